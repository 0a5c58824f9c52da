import type { LiveFrame, PathList, WirePath } from '../protocol/frames.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Op } from './op.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import { isContainer, isIndex, MAX_DEPTH } from './json-rules.ts';
import { isPermutation } from './parse-ops.ts';
import { TABLE_ROOM, getsNumber } from './path-table.ts';
import { StateError } from './state-error.ts';

/** One event as a view saw it. */
export type LiveEvent = {
  readonly seq: Seq;
  readonly meta: Op[];
  readonly state: Op[];
  readonly messages: { readonly name: string; readonly payload: JsonValue; readonly by: string }[];
};

/** What a frame held: the events with something to see, in order, and the last seq that it covers. */
export type DecodedFrame = { readonly events: LiveEvent[]; readonly upTo: Seq };

/** Reads the live stream of one view. Throws `StateError` on anything odd; the stream must then be started anew. */
export class LiveDecoder {
  readonly #after: Seq;
  #id: number;
  #paths: WirePath[];

  /**
   * `paths` is the table that came with the snapshot or tail, `after` the seq of that: of a frame that reaches back
   * before it, the events up to it are skipped, and what they taught is in the table already. A table that goes on
   * behind what the client has needs the decoder that has it.
   */
  constructor(paths: PathList | [], after: Seq = 0, earlier?: LiveDecoder) {
    const [id = earlier?.table[0], count = 0, ...list] = Array.isArray(paths) ? paths : [-1];
    const known = earlier !== undefined && earlier.#id === id ? earlier.#paths.slice(0, count) : [];
    const all = [...known, ...list];
    must(
      isIndex(after) && isIndex(id) && isIndex(count) && known.length >= count && all.length <= TABLE_ROOM && list.every(isWirePath),
      paths,
    );
    this.#id = id;
    this.#paths = all;
    this.#after = after;
  }

  /** The table as it stands: its id, and how many paths it has. As a `PathList` it is this table without anything new. */
  get table(): [id: number, known: number] {
    return [this.#id, this.#paths.length];
  }

  /** Reads one frame. The numbers that paths get in a tail hold for that alone. */
  decode(frame: LiveFrame, { tail = false }: { readonly tail?: boolean } = {}): DecodedFrame {
    return tail ? new LiveDecoder(this.table, 0, this).#decode(frame, true) : this.#decode(frame, false);
  }

  #decode(frame: readonly unknown[], tail: boolean): DecodedFrame {
    must(Array.isArray(frame) && typeof frame[0] === 'number', frame);
    let seq = 0;
    const events: LiveEvent[] = [];
    let event: LiveEvent | undefined;
    for (const item of frame) {
      if (typeof item === 'number') {
        seq += item;
        must(isIndex(item) && item > 0 && isIndex(seq), item);
        event = undefined;
        continue;
      }
      must(Array.isArray(item), item);
      if (seq <= this.#after) continue;
      if (event === undefined) events.push((event = { seq, meta: [], state: [], messages: [] }));
      this.#readItem(item, event, tail);
    }
    return { events, upTo: seq };
  }

  #readItem(item: readonly unknown[], event: LiveEvent, tail: boolean): void {
    const [head, ref, ...rest] = item;
    if (typeof head === 'number') {
      must(item.length > 1, item);
      for (const [at, value] of item.slice(1).entries()) this.#add(event, 's', head + at, [value]);
    } else if (Array.isArray(head)) this.#add(event, 's', head, item.slice(1));
    else if (head === 'm') {
      const [payload, by] = rest;
      must(item.length === 4 && typeof ref === 'string' && isPlainJson(payload) && typeof by === 'string', item);
      event.messages.push({ name: ref, payload, by });
    } else if (head === 'n') {
      must(!tail && item.length === 2 && isIndex(ref), item);
      this.#id = ref;
      this.#paths = [];
    } else this.#add(event, head, ref, rest);
  }

  #add(event: LiveEvent, kind: unknown, ref: unknown, rest: readonly unknown[]): void {
    const op: unknown[] = [kind, this.#path(ref), ...rest];
    must(isOp(op), op);
    const [, path] = op;
    if (path[0] === 0) {
      op[1] = path.slice(1);
      event.meta.push(op);
    } else event.state.push(op);
  }

  /** The path of a ref. One that has no number yet gets the table's next one. */
  #path(ref: unknown): WirePath {
    if (typeof ref === 'number') return this.#numbered(ref);
    const path = this.#isBeside(ref) ? [...this.#numbered(ref[0] - 1).slice(0, -1), ref[1]] : ref;
    must(isWirePath(path), ref);
    if (getsNumber(path, this.#paths.length)) this.#paths.push(path);
    return path;
  }

  #numbered(number: number): WirePath {
    const path = this.#paths[number];
    must(path !== undefined, number);
    return path;
  }

  /** `[number + 1, key]`: a whole path begins with a key, or with 0. */
  #isBeside(ref: unknown): ref is [number, unknown] {
    return Array.isArray(ref) && ref.length === 2 && typeof ref[0] === 'number' && ref[0] !== 0;
  }
}

/** Whether an op with a sound path has what belongs to its kind, and nothing else. */
function isOp(op: readonly unknown[]): op is Op {
  const [kind, , ...rest] = op;
  const [first, second] = rest;
  switch (kind) {
    case 's':
      return rest.length === 1 && isPlainJson(first);
    case 'd':
      return rest.length === 0;
    case 'p':
      return isIndex(first) && isIndex(second) && rest.every((value) => isPlainJson(value));
    case 'o':
      return rest.length === 1 && isPermutation(first);
    default:
      return false;
  }
}

/** What came as JSON is JSON: left to be checked are its numbers, its keys and its depth. */
function isPlainJson(value: unknown, depth = 0): value is JsonValue {
  if (!isContainer(value)) return typeof value !== 'number' || Number.isFinite(value);
  if (depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isPlainJson(item, depth + 1));
  return Object.entries(value).every(([key, item]) => isPlainKey(key) && isPlainJson(item, depth + 1));
}

function isWirePath(path: unknown): path is WirePath {
  if (!Array.isArray(path) || path.length > MAX_DEPTH) return false;
  return typeof path[path[0] === 0 ? 1 : 0] === 'string' && path.every((key) => (typeof key === 'string' ? isPlainKey(key) : isIndex(key)));
}

function must(fine: boolean, what: unknown): asserts fine {
  if (!fine) throw new StateError('bad-frame', [], `not understood: ${`${JSON.stringify(what)}`.slice(0, 100)}`);
}
