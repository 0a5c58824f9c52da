import type { Seq } from '../protocol/ids.ts';
import type { StoredEvent } from '../store/store.ts';
import { decodeStored, seenFrom } from './recovery.ts';
import type { SeenEvent } from './view.ts';

const EVENTS_MOST = 1_024;
const CHARACTERS_MOST = 512 * 1024;
const NOTHING: SeenEvent = { seq: 0, meta: [], state: [], messages: [] };

type Kept = { event: SeenEvent | StoredEvent; readonly seq: Seq; readonly size: number };

/** The newest events of an awake session, bounded: what a client that was away shortly gets without a read from the store. */
export class RecentEvents {
  #events: Kept[] = [];
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
    this.#add(event, event.seq, size);
  }

  /** The next event as the log has it: it is read once somebody wants it. */
  addStored(event: StoredEvent, seq: Seq): void {
    this.#add(event, seq, event.content?.length ?? 0);
  }

  #add(event: SeenEvent | StoredEvent, seq: Seq, size: number): void {
    this.#events.push({ event, seq, size });
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
    return this.#events.slice(start, start + (upTo - seq)).map(eventOf);
  }

  #dropFirst(): void {
    const dropped = this.#events[this.#first];
    if (dropped === undefined) return;
    this.#events[this.#first] = { event: NOTHING, seq: dropped.seq, size: 0 };
    this.#size -= dropped.size;
    this.#first += 1;
    this.#after = dropped.seq;
  }
}

function eventOf(kept: Kept): SeenEvent {
  const { event } = kept;
  if (!('header' in event)) return event;
  return (kept.event = seenFrom(decodeStored(event)));
}
