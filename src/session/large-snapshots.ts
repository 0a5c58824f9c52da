import type { Seq, SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';
import type { MakeSnapshot } from './make-snapshot.ts';
import type { SessionEvent } from './session-event.ts';

/** Up to this many characters a snapshot is made between two commands, which takes about a millisecond. */
export const INLINE_MOST = 256 * 1024;

/** Told how many bytes the snapshot that was kept has; undefined: none was. */
type Settled = (length: number | undefined) => void;
type Wanted = { readonly session: SessionId; upTo: Seq; readonly waiting: Settled[] };

export type LargeSnapshotsOptions = {
  readonly store: Pick<Store, 'keepSnapshot'>;
  readonly clock: Clock;
  readonly make: MakeSnapshot;
  readonly observe: (event: SessionEvent) => void;
};

/**
 * Snapshots of sessions that are too large to be made between two commands: made elsewhere of what is stored, one at a
 * time, and written behind the head. The session may be in memory or not.
 */
export class LargeSnapshots {
  readonly #options: LargeSnapshotsOptions;
  readonly #wanted = new Map<SessionId, Wanted>();
  #isWorking = false;
  #idle: (() => void)[] = [];

  constructor(options: LargeSnapshotsOptions) {
    this.#options = options;
  }

  /** Sessions that wait for theirs, or whose is being made. */
  get waiting(): number {
    return this.#wanted.size + (this.#isWorking ? 1 : 0);
  }

  /** Asks for one at `upTo`, which is durable. */
  request(session: SessionId, upTo: Seq, settled: Settled): void {
    const wanted = this.#wanted.get(session) ?? { session, upTo, waiting: [] };
    wanted.upTo = Math.max(wanted.upTo, upTo);
    wanted.waiting.push(settled);
    this.#wanted.set(session, wanted);
    if (!this.#isWorking) void this.#work();
  }

  /** Resolves when nothing is wanted, or after `mostMs`: then what still waits is given up. */
  async drained(mostMs: number): Promise<void> {
    if (this.waiting === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.startTimer(mostMs, () => {
        for (const { waiting } of this.#wanted.values()) for (const settled of waiting) settled(undefined);
        this.#wanted.clear();
        resolve();
      });
      this.#idle.push(() => {
        cancel();
        resolve();
      });
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (const wanted of this.#wanted.values()) {
      this.#wanted.delete(wanted.session);
      const length = await this.#make(wanted);
      for (const settled of wanted.waiting) settled(length);
    }
    this.#isWorking = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #make({ session, upTo }: Wanted): Promise<number | undefined> {
    const { store, clock, make, observe } = this.#options;
    const began = clock.monotonic();
    try {
      const made = await make({ session, upTo });
      // Handed over, it has no length any more.
      const bytes = made?.data.byteLength ?? 0;
      if (made === undefined || !(await store.keepSnapshot(session, made))) return undefined;
      observe({ kind: 'snapshot-made', session, seq: upTo, bytes, tookMs: clock.monotonic() - began });
      return bytes;
    } catch (error) {
      // It only saves time; the next one is asked for in its turn.
      observe({ kind: 'snapshot-failed', session, seq: upTo, reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }
}
