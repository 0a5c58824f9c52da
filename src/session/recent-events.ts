import type { Seq } from '../protocol/ids.ts';
import { decodeText, seenFrom } from './recovery.ts';
import type { SeenEvent } from './view.ts';

const EVENTS_MOST = 1_024;
const CHARACTERS_MOST = 512 * 1024;

/** Heap of an event besides the characters of its texts. */
const EVENT_BYTES = 96;

/** An event as the log has it; its content is undefined where it was erased. */
export type EventText = { readonly header: string; readonly content: string | undefined };

/**
 * The newest events of an awake session, bounded: what a client that was away shortly gets without a read from the store.
 * They are kept as texts and read when somebody wants them, which is seldom: as objects, a thousand events of each session
 * would be what the collector of young objects mostly copies.
 */
export class RecentEvents {
  #events: (EventText | undefined)[] = [];
  #first = 0;
  #size = 0;
  #after: Seq;
  /** Called before events go because they are large: what builds on them takes them in now, so that nobody notices. */
  beforeLettingGo: () => void = () => undefined;

  /** Everything up to `after` is not kept. */
  constructor(after: Seq) {
    this.#after = after;
  }

  /** Every event after this seq is kept. */
  get after(): Seq {
    return this.#after;
  }

  /** The last event that was added. */
  get upTo(): Seq {
    return this.#after + this.#events.length - this.#first;
  }

  /** Heap bytes of what is kept. */
  get heapBytes(): number {
    return this.#size + EVENT_BYTES * (this.#events.length - this.#first);
  }

  /** The next event. */
  add(event: EventText): void {
    this.#events.push(event);
    this.#size += sizeOf(event);
    if (this.#events.length - this.#first > EVENTS_MOST) this.#dropFirst();
    if (this.#size > CHARACTERS_MOST) {
      this.beforeLettingGo();
      while (this.#size > CHARACTERS_MOST / 2) this.#dropFirst();
    }
    if (this.#first > EVENTS_MOST) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The events after `seq` up to `upTo`; undefined when some of them are no longer kept. */
  between(seq: Seq, upTo: Seq): SeenEvent[] | undefined {
    if (seq < this.#after) return undefined;
    const start = this.#first + (seq - this.#after);
    return this.#events.slice(start, start + (upTo - seq)).flatMap((event) => (event === undefined ? [] : [seenFrom(decodeText(event))]));
  }

  /** Keeps nothing of what came until now. */
  forget(): void {
    this.#after = this.upTo;
    this.#events = [];
    this.#first = 0;
    this.#size = 0;
  }

  #dropFirst(): void {
    this.#size -= sizeOf(this.#events[this.#first]);
    this.#events[this.#first] = undefined;
    this.#first += 1;
    this.#after += 1;
  }
}

function sizeOf(event: EventText | undefined): number {
  return event === undefined ? 0 : event.header.length + (event.content?.length ?? 0);
}
