import type { Clock } from '../protocol/ports.ts';
import type { AppendEntry, AppendResult, Store } from '../store/store.ts';

/** A session as the committer sees it. */
export interface Committing {
  /** Everything that is not yet handed over, as one entry; undefined when there is nothing. */
  takeEntry(): AppendEntry | undefined;
  /** What became of the entry taken last. */
  committed(result: AppendResult): void;
}

/** How the committer's rhythm follows the load. */
export type CommitRhythm = {
  /** Under load, a commit waits until this many events are likely to share it, ... */
  readonly eventsPerCommit: number;
  /** ... but never longer after the commit before it than this, in ms. 0 = always at once. */
  readonly maxDelayMs: number;
};

export const DEFAULT_RHYTHM: CommitRhythm = { eventsPerCommit: 6, maxDelayMs: 2.5 };

/** Time constant of the measured load, in ms. */
const LOAD_WINDOW_MS = 250;
/** Load means that more than this share of the events came while others were on their way: one lone client never makes load. */
const CROWDED_LEAST = 0.15;
/** A wait shorter than this is not worth a timer. */
const WAIT_LEAST_MS = 0.5;

/**
 * Group commit: one batch for all sessions, one batch in flight; what arrives meanwhile is the next. At once when idle;
 * when busy, commits keep a distance, because a commit costs the same whatever it holds.
 */
export class Committer {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #rhythm: CommitRhythm;
  #waiting = new Set<Committing>();
  #inFlight = false;
  #cancelTimer: (() => void) | undefined;
  #lastStart = Number.NEGATIVE_INFINITY;
  /** Events per second, and the share of them that came while others were on their way: moving averages. */
  #rate = 0;
  #crowded = 0;
  #arrived = 0;
  #arrivedInCompany = 0;
  #idle: (() => void)[] = [];
  #commits = 0;

  constructor(store: Store, clock: Clock, rhythm: CommitRhythm = DEFAULT_RHYTHM) {
    this.#store = store;
    this.#clock = clock;
    this.#rhythm = rhythm;
  }

  /** Commits done since the start. */
  get commits(): number {
    return this.#commits;
  }

  /** True while an append is on its way to the store. */
  get inFlight(): boolean {
    return this.#inFlight;
  }

  /** `session` has something to commit. */
  request(session: Committing): void {
    this.#arrived += 1;
    if (this.#inFlight || this.#cancelTimer !== undefined) this.#arrivedInCompany += 1;
    this.#waiting.add(session);
    this.#schedule();
  }

  /** Resolves when nothing waits and nothing is in flight. From now until then, no commit waits for company. */
  drained(): Promise<void> {
    if (!this.#inFlight && this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#inFlight || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#clock.startTimer(this.#wait(), () => {
      this.#cancelTimer = undefined;
      this.#flush();
    });
  }

  #wait(): number {
    if (this.#crowded < CROWDED_LEAST || this.#idle.length > 0) return 0;
    const { eventsPerCommit, maxDelayMs } = this.#rhythm;
    const distance = Math.min(maxDelayMs, (eventsPerCommit * 1000) / this.#rate);
    const wait = this.#lastStart + distance - this.#clock.monotonic();
    return wait < WAIT_LEAST_MS ? 0 : wait;
  }

  #flush(): void {
    const sessions: Committing[] = [];
    const entries: AppendEntry[] = [];
    let events = 0;
    for (const session of this.#waiting) {
      const entry = session.takeEntry();
      if (entry === undefined) continue;
      sessions.push(session);
      entries.push(entry);
      events += entry.events.length;
    }
    this.#waiting.clear();
    if (entries.length === 0) return this.#settleIdle();
    this.#measure(events);
    this.#inFlight = true;
    this.#store.append(entries).then(
      (results) => this.#finish(sessions, results),
      (error: unknown) =>
        this.#finish(
          sessions,
          entries.map(() => failedBy(error)),
        ),
    );
  }

  #measure(events: number): void {
    const now = this.#clock.monotonic();
    const elapsed = Math.max(now - this.#lastStart, 0.05);
    const weight = Math.exp(-elapsed / LOAD_WINDOW_MS);
    this.#rate = this.#rate * weight + (1 - weight) * ((events * 1000) / elapsed);
    this.#crowded = this.#crowded * weight + (1 - weight) * (this.#arrivedInCompany / Math.max(this.#arrived, 1));
    this.#arrived = 0;
    this.#arrivedInCompany = 0;
    this.#lastStart = now;
  }

  #finish(sessions: readonly Committing[], results: readonly AppendResult[]): void {
    this.#inFlight = false;
    this.#commits += 1;
    for (const [index, session] of sessions.entries()) {
      session.committed(results[index] ?? { outcome: 'failed', full: false, message: 'the store gave no result for this entry' });
    }
    if (this.#waiting.size > 0) this.#schedule();
    else this.#settleIdle();
  }

  #settleIdle(): void {
    if (this.#waiting.size > 0 || this.#inFlight) return;
    const waiters = this.#idle;
    this.#idle = [];
    for (const resolve of waiters) resolve();
  }
}

function failedBy(error: unknown): AppendResult {
  return { outcome: 'failed', full: false, message: error instanceof Error ? error.message : String(error) };
}
