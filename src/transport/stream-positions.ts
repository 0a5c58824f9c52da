import type { SharedFrame } from '../connection/wire.ts';
import type { LogId, Position, Seq, Tag } from '../protocol/ids.ts';
import { markOfTable } from '../protocol/table-id.ts';

/** Before any position is known: who comes back with it is the same reader, and starts from a snapshot. */
const NOWHERE = 'new';
const KEY = '[A-Za-z0-9_-]{1,64}';
const WORD = '[A-Za-z0-9_-]{1,64}';
const PLACE = `(?<seq>\\d{1,15})\\.(?<tag>${WORD})\\.(?<logId>${WORD})\\.(?<mark>\\d{1,6})`;
const EVENT_ID = new RegExp(`^(?<key>${KEY})\\.(?:${NOWHERE}|${PLACE})$`);

/** How far a stream had come, and the mark of the sight (see `markOfTable`) through which that was seen. */
export type StreamPlace = { readonly position: Position; readonly mark: number };

/** What an event's id says: whose stream it was, and its place after that event. */
export type EventId = { readonly key: string; readonly place: StreamPlace | undefined };

/** Reads an id that `StreamPositions` made. Undefined for anything else. */
export function readEventId(id: string): EventId | undefined {
  const groups = EVENT_ID.exec(id)?.groups;
  if (groups === undefined) return undefined;
  const { key = '', seq, tag, logId, mark } = groups;
  if (seq === undefined) return { key, place: undefined };
  return { key, place: { position: { logId: logId as LogId, seq: Number(seq), tag: tag as Tag }, mark: Number(mark) } };
}

/** Follows the frames that go down one stream, and knows the id of the place after each. */
export class StreamPositions {
  readonly #key: string;
  #tag = '';
  #logId: string;
  #mark: number;
  #fresh: boolean;

  /** `key` tells the streams of one server apart; only the stream's reader learns it. `from` is where that one comes back from. */
  constructor(key: string, from: StreamPlace | undefined) {
    this.#key = key;
    this.#logId = from?.position.logId ?? '';
    this.#mark = from?.mark ?? 0;
    this.#fresh = from === undefined;
  }

  /** The id that goes with this frame; undefined where the place stays the same. */
  after(frame: string): string | undefined {
    return frame.startsWith('[') ? this.#at(lastSeqOf(frame)) : this.#afterOwn(frame);
  }

  /** The same for a frame that many streams receive: it is looked through once. */
  afterShared(frame: SharedFrame): string | undefined {
    // What is not an array brings nobody further.
    if (!frame.text.startsWith('[')) return undefined;
    let seq = SHARED.get(frame);
    if (seq === undefined) SHARED.set(frame, (seq = lastSeqOf(frame.text)));
    return this.#at(seq);
  }

  #afterOwn(frame: string): string | undefined {
    // The first fields say all: a snapshot may be large, and is not read here.
    const [, kind, tailSeq] = /^\{"t":"(welcome|snapshot|tail)"(?:,"seq":(\d+))?/.exec(frame) ?? [];
    if (kind === 'welcome') return this.#welcome(frame);
    if (kind === 'tail') return this.#at(Number(tailSeq));
    if (kind === undefined) return undefined;
    const [, position, table] = /"position":(\{[^{}]*\}).*?"paths":\[(\d+)/.exec(frame.slice(0, 1_000)) ?? [];
    if (position === undefined) return undefined;
    const { logId, seq, tag } = JSON.parse(position) as Position;
    this.#logId = logId;
    this.#mark = markOfTable(Number(table));
    // A snapshot for many may be older than the present owner of the session, whose tag the live events carry.
    return this.#id(seq, tag);
  }

  #welcome(frame: string): string | undefined {
    this.#tag = (JSON.parse(frame) as { tag: Tag }).tag;
    if (!this.#fresh) return undefined;
    this.#fresh = false;
    return `${this.#key}.${NOWHERE}`;
  }

  #at(seq: Seq): string | undefined {
    return this.#logId === '' ? undefined : this.#id(seq, this.#tag);
  }

  #id(seq: Seq, tag: string): string {
    return `${this.#key}.${seq}.${tag}.${this.#logId}.${this.#mark}`;
  }
}

const SHARED = new WeakMap<SharedFrame, Seq>();

/** The seq up to which a live frame covers its view: the first one and all steps. */
function lastSeqOf(frame: string): Seq {
  let seq = 0;
  for (const item of JSON.parse(frame) as readonly unknown[]) if (typeof item === 'number') seq += item;
  return seq;
}
