import type { Clock } from '../protocol/ports.ts';
import { nextDueAt, timersByDue } from './timer-entry.ts';
import type { SessionLog } from './session-log.ts';

/** Timers run at one go. More of them wait until others had their turn. */
const AT_ONCE = 50;
/** Longest wait that a timer of the platform takes. */
const WAIT_MOST_MS = 24 * 3_600_000;
const FULL_RETRY_MS = 1_000;
/** Where downtime does not count, the log says at least this often that there was none. */
const MARK_MS = 30_000;
/** A session whose timer is due within this time stays awake for it. */
const SOON_MS = 15_000;

export type TimersHost = {
  readonly clock: Clock;
  /** True while the store has no room. */
  readonly isFull: () => boolean;
  /** Runs one timer as an event of its own, by which it is gone. */
  readonly fire: (id: string) => void;
  /** Notes in the log that the session was still there. */
  readonly mark: () => void;
};

/** Runs the timers of one awake session when they are due: those of the log, so that a restart changes nothing. */
export class Timers {
  readonly #log: SessionLog;
  readonly #host: TimersHost;
  #cancel: (() => void) | undefined;
  #armedFor: number | undefined;
  #cancelMark: (() => void) | undefined;
  #stopped = false;

  constructor(log: SessionLog, host: TimersHost) {
    this.#log = log;
    this.#host = host;
  }

  /** When the next timer is due (wall-clock milliseconds); null where none is, or time stands still. */
  get nextDueAt(): number | null {
    return nextDueAt(this.#log.tree.internal);
  }

  /** True while the session has to stay in memory for its timers. */
  get holds(): boolean {
    const due = this.nextDueAt;
    return due !== null && (this.#isFrozen || due <= this.#log.now() + SOON_MS);
  }

  get #isFrozen(): boolean {
    return this.#log.definition.policies.timers.downtime === 'frozen';
  }

  /** Follows what the last event did to timers and time. */
  rearm(): void {
    const due = this.#stopped ? null : this.nextDueAt;
    this.#keepMarking(due !== null && this.#isFrozen);
    if (due === (this.#armedFor ?? null)) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedFor = due ?? undefined;
    if (due !== null) this.#wait(due - this.#log.now());
  }

  /** Nothing runs any more. */
  stop(): void {
    this.#stopped = true;
    this.rearm();
  }

  #keepMarking(wanted: boolean): void {
    if (!wanted) {
      this.#cancelMark?.();
      this.#cancelMark = undefined;
    } else this.#cancelMark ??= this.#host.clock.startTimer(MARK_MS, () => this.#mark());
  }

  #mark(): void {
    this.#cancelMark = undefined;
    if (!this.#host.isFull() && this.#log.now() - this.#log.tree.internal.at >= MARK_MS) this.#host.mark();
    this.rearm();
  }

  #wait(forMs: number): void {
    this.#cancel = this.#host.clock.startTimer(Math.min(Math.max(0, forMs), WAIT_MOST_MS), () => this.#run());
  }

  #run(): void {
    this.#cancel = undefined;
    this.#armedFor = undefined;
    if (this.#stopped) return;
    if (this.#host.isFull()) return this.#wait(FULL_RETRY_MS);
    for (let count = 0; count < AT_ONCE && this.#isDue(); count += 1) {
      const [first] = timersByDue(this.#log.tree.internal);
      if (first !== undefined) this.#host.fire(first[0]);
    }
    this.rearm();
  }

  #isDue(): boolean {
    const due = this.nextDueAt;
    return due !== null && due <= this.#log.now();
  }
}
