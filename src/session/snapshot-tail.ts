import type { Seq } from '../protocol/ids.ts';
import type { EventItems } from '../state/live-encoder.ts';
import { OpFolder } from '../state/fold.ts';
import type { Sight } from '../state/sight.ts';
import { seenThrough, type SeenEvent } from './view.ts';

/** Events as a tail shows them, and whether their boundaries were merged. */
export type TailEvents = { readonly events: readonly (EventItems & { readonly seq: Seq })[]; readonly folded: boolean };

/**
 * What came after a snapshot that joiners get, folded as it comes: each joiner costs what is new since the one before. It
 * has no messages: what was sent before someone came is not news to them.
 */
export class SnapshotTail {
  readonly #sight: Sight;
  readonly #meta = new OpFolder();
  readonly #state = new OpFolder();
  #upTo: Seq;
  #changes = 0;
  #lastChange: Seq;

  constructor(sight: Sight, snapshotSeq: Seq) {
    this.#sight = sight;
    this.#upTo = snapshotSeq;
    this.#lastChange = snapshotSeq;
  }

  /** The events up to here are in. */
  get upTo(): Seq {
    return this.#upTo;
  }

  /** Takes the events that follow, up to `upTo`. */
  add(events: readonly SeenEvent[], upTo: Seq): void {
    for (const event of events) {
      const { seq, meta, state } = seenThrough(event, this.#sight);
      if (meta.length + state.length === 0) continue;
      for (const op of meta) this.#meta.add(op);
      for (const op of state) this.#state.add(op);
      this.#changes += 1;
      this.#lastChange = seq;
    }
    this.#upTo = upTo;
  }

  events(): TailEvents {
    if (this.#changes === 0) return { events: [], folded: false };
    const folded = this.#changes > 1;
    const seq = folded ? this.#upTo : this.#lastChange;
    return { events: [{ seq, meta: this.#meta.ops(), state: this.#state.ops(), messages: [] }], folded };
  }
}
