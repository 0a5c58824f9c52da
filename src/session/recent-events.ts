import type { Seq } from '../protocol/ids.ts';
import type { SeenEvent } from './view.ts';

const EVENTS_MOST = 1_024;
const CHARACTERS_MOST = 512 * 1024;

/** The newest events of an awake session, bounded: what a client that was away shortly gets without a read from the store. */
export class RecentEvents {
  #events: { readonly event: SeenEvent; readonly size: number }[] = [];
  #first = 0;
  #size = 0;
  #after: Seq;

  /** Everything up to `after` is not kept. */
  constructor(after: Seq) {
    this.#after = after;
  }

  /** Every event after this seq is kept. */
  get after(): Seq {
    return this.#after;
  }

  add(event: SeenEvent, size: number): void {
    this.#events.push({ event, size });
    this.#size += size;
    while (this.#events.length - this.#first > EVENTS_MOST || this.#size > CHARACTERS_MOST) this.#dropFirst();
    if (this.#first > EVENTS_MOST) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The events after `seq` up to `upTo`; undefined when some of them are no longer kept. */
  between(seq: Seq, upTo: Seq): SeenEvent[] | undefined {
    if (seq < this.#after) return undefined;
    const start = this.#first + (seq - this.#after);
    return this.#events.slice(start, start + (upTo - seq)).map((kept) => kept.event);
  }

  #dropFirst(): void {
    const dropped = this.#events[this.#first];
    if (dropped === undefined) return;
    this.#events[this.#first] = { event: dropped.event, size: 0 };
    this.#size -= dropped.size;
    this.#first += 1;
    this.#after = dropped.event.seq;
  }
}
