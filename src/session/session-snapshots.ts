import type { Seq } from '../protocol/ids.ts';
import type { AppendEntry } from '../store/store.ts';
import { INLINE_MOST, type LargeSnapshots } from './large-snapshots.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import type { SessionLog } from './session-log.ts';

type Asked = (outcome: Outcome<{ seq: Seq }>) => void;

/** Snapshots of one session: a small one rides in an append, a large one is made elsewhere once its events are durable. */
export class SessionSnapshots {
  readonly #log: SessionLog;
  readonly #large: LargeSnapshots | undefined;
  #asked: Asked[] = [];
  /** Those who asked before the last entry was taken. */
  #due: Asked[] = [];
  #isRiding = false;

  constructor(log: SessionLog, large: LargeSnapshots | undefined) {
    this.#log = log;
    this.#large = large;
    if (large !== undefined) log.leaveLarge(INLINE_MOST);
  }

  /** Asks for one now; `commit` lets the next entry be taken. Settles once it is stored, or where the newest one is of the head. */
  ask(settle: Asked, commit: () => void): void {
    if (!this.#log.wantSnapshot()) return settle({ ok: true, seq: this.#log.snapshotSeq });
    this.#asked.push(settle);
    commit();
  }

  /** What is to be committed was taken. */
  taken(entry: AppendEntry | undefined): void {
    this.#isRiding = entry?.side?.some(({ kind }) => kind === 'snapshot') === true;
    this.#due.push(...this.#asked.splice(0));
    if (entry === undefined) this.#makeApart();
  }

  /** What was taken is durable. */
  committed(): void {
    if (this.#isRiding) this.#settle(this.#due.splice(0), true);
    else this.#makeApart();
  }

  /** The session's memory is dropped. */
  drop(refusal: Refusal): void {
    for (const settle of [...this.#due.splice(0), ...this.#asked.splice(0)]) settle(refusal);
  }

  #makeApart(): void {
    const seq = this.#log.takeApart();
    const asked = this.#due.splice(0);
    if (seq === undefined || this.#large === undefined) return this.#settle(asked, false);
    this.#large.request(this.#log.session, seq, (length) => {
      if (length === undefined) this.#log.apartLost();
      else this.#log.apartKept(length);
      this.#settle(asked, length !== undefined);
    });
  }

  #settle(asked: readonly Asked[], isStored: boolean): void {
    const seq = this.#log.snapshotSeq;
    for (const settle of asked) settle(isStored ? { ok: true, seq } : refuse('unavailable', 'No snapshot could be stored; try again.'));
  }
}
