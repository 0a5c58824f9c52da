import type { Seq, SessionId } from '../protocol/ids.ts';
import { mergeHeads } from './head-record.ts';
import type { HeadRecord } from './head-record.ts';

/** Collects what the head record will say: only what was synced for sure when {@link synced} was called. */
export class HeadKeeper {
  #recent = new Map<SessionId, Seq>();
  #eventRow: number;
  #synced: HeadRecord;
  #removed = new Set<SessionId>();
  #changed = true;

  constructor(known: HeadRecord) {
    this.#eventRow = known.eventRow;
    this.#synced = known;
  }

  /** A session's log has been written up to `seq`. */
  note(session: SessionId, seq: Seq): void {
    this.#recent.delete(session);
    this.#recent.set(session, seq);
  }

  /** A session was removed: from the next record on it is not named any more. */
  remove(session: SessionId): void {
    this.#removed.add(session);
    this.#recent.delete(session);
    const heads = new Map(this.#synced.heads);
    heads.delete(session);
    this.#synced = { ...this.#synced, heads, regressions: this.#synced.regressions.filter((lost) => lost.session !== session) };
    this.#changed = true;
  }

  /** Sessions removed since this was last asked; a record that was taken since does not name them. */
  takeRemoved(): SessionId[] {
    const removed = [...this.#removed];
    this.#removed.clear();
    return removed;
  }

  /** Everything up to this row of the events table has been committed. */
  committed(eventRow: number): void {
    this.#eventRow = eventRow;
  }

  /** Everything committed so far is on the disk. */
  synced(): void {
    if (this.#recent.size === 0 && this.#eventRow === this.#synced.eventRow) return;
    this.#synced = { ...this.#synced, eventRow: this.#eventRow, heads: mergeHeads(this.#synced.heads, this.#recent) };
    this.#recent = new Map();
    this.#changed = true;
  }

  /** The record to write, or undefined when it would say what the last one said. */
  take(): HeadRecord | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return this.#synced;
  }
}
