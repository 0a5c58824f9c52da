import type { LiveFrame, PathList, WirePath } from '../protocol/frames.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Op, Path } from './op.ts';
import { checkJson, checkPath } from './check-json.ts';
import { isIndex } from './json-rules.ts';
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
    if (!isIndex(id) || !isIndex(count) || known.length < count || all.length > TABLE_ROOM) throw fault('the path table is malformed');
    for (const path of list) checkWirePath(path);
    this.#id = id;
    this.#paths = all;
    this.#after = after;
  }

  /** The table as it stands: its id, and how many paths it has. As a `PathList` it is this table without anything new. */
  get table(): [id: number, known: number] {
    return [this.#id, this.#paths.length];
  }

  /** Reads one frame. The numbers that paths get in a tail hold for that alone. */
  decode(frame: LiveFrame, options: { readonly tail?: boolean } = {}): DecodedFrame {
    if (options.tail === true) return new LiveDecoder(this.table, 0, this).#decode(frame, true);
    return this.#decode(frame, false);
  }

  #decode(frame: LiveFrame, tail: boolean): DecodedFrame {
    const items: readonly unknown[] = frame;
    let seq = checkStep(Array.isArray(items) ? items[0] : undefined, 0);
    const events: LiveEvent[] = [];
    let event: LiveEvent | undefined;
    for (let at = 1; at < items.length; at += 1) {
      const item = items[at];
      if (typeof item === 'number') {
        seq = checkStep(item, seq);
        event = undefined;
        continue;
      }
      if (!Array.isArray(item)) throw fault('an item is neither a step nor a list');
      if (seq <= this.#after) continue;
      if (event === undefined) events.push((event = { seq, meta: [], state: [], messages: [] }));
      this.#readItem(item, event, tail);
    }
    return { events, upTo: seq };
  }

  #readItem(item: readonly unknown[], event: LiveEvent, tail: boolean): void {
    const [head, ref, ...rest] = item;
    if (typeof head === 'number') return this.#readRun(item, head, event);
    if (Array.isArray(head)) {
      if (item.length !== 2) throw fault('a set must have a path and a value');
      return addOp(event, this.#path(head), (path) => ['s', path, checked(ref)]);
    }
    switch (head) {
      case 'd':
        if (item.length !== 2) throw fault('a delete has nothing but its path');
        return addOp(event, this.#path(ref), (path) => ['d', path]);
      case 'p':
        return addOp(event, this.#path(ref), (path) => readSplice(path, rest));
      case 'o':
        return addOp(event, this.#path(ref), (path) => readOrder(path, rest));
      case 'm':
        event.messages.push(readMessage(item));
        return;
      case 'n':
        if (tail || item.length !== 2 || !isIndex(ref)) throw fault('a table cannot start anew like this');
        this.#id = ref;
        this.#paths = [];
        return;
      default:
        throw fault('an item is of a kind that this version does not know');
    }
  }

  /** `[number, value, value, ...]`. */
  #readRun(item: readonly unknown[], first: number, event: LiveEvent): void {
    if (item.length < 2) throw fault('a set must have a value');
    for (let at = 1; at < item.length; at += 1) {
      const value = checked(item[at]);
      addOp(event, this.#path(first + at - 1), (path) => ['s', path, value]);
    }
  }

  /** The path of a ref. One that has no number yet gets the table's next one. */
  #path(ref: unknown): WirePath {
    if (typeof ref === 'number') return this.#numbered(ref);
    const path = this.#isBeside(ref) ? [...this.#numbered(ref[0] - 1).slice(0, -1), ref[1]] : ref;
    checkWirePath(path);
    if (getsNumber(path, this.#paths.length)) this.#paths.push(path);
    return path;
  }

  #numbered(number: number): WirePath {
    const path = this.#paths[number];
    if (path === undefined) throw fault('a path was never sent');
    return path;
  }

  /** `[number + 1, key]`: a whole path begins with a key, or with 0. */
  #isBeside(ref: unknown): ref is [number, unknown] {
    return Array.isArray(ref) && ref.length === 2 && typeof ref[0] === 'number' && ref[0] !== 0;
  }
}

function addOp(event: LiveEvent, path: WirePath, make: (path: Path) => Op): void {
  if (path[0] === 0) event.meta.push(make(path.slice(1)));
  else event.state.push(make(path));
}

function readSplice(path: Path, [index, deleteCount, ...values]: readonly unknown[]): Op {
  if (!isIndex(index) || !isIndex(deleteCount)) throw fault('a splice needs an index and a count');
  return ['p', path, index, deleteCount, ...values.map(checked)];
}

function readOrder(path: Path, rest: readonly unknown[]): Op {
  const [order] = rest;
  if (rest.length !== 1 || !isPermutation(order)) throw fault('an order must name every index once');
  return ['o', path, order];
}

function readMessage(item: readonly unknown[]): LiveEvent['messages'][number] {
  const [, name, payload, by] = item;
  if (item.length !== 4 || typeof name !== 'string' || typeof by !== 'string')
    throw fault('a message must have a name, a payload and a sender');
  return { name, payload: checked(payload), by };
}

function checked(value: unknown): JsonValue {
  checkJson(value);
  return value;
}

function checkWirePath(path: unknown): asserts path is WirePath {
  checkPath(path);
  if (path[0] === 0 ? typeof path[1] !== 'string' : typeof path[0] !== 'string')
    throw fault('a path does not begin with a key of its root');
}

function checkStep(step: unknown, from: Seq): Seq {
  if (!isIndex(step) || step === 0 || !Number.isSafeInteger(from + step)) throw fault('a step must be a positive whole number');
  return from + step;
}

function fault(message: string): StateError {
  return new StateError('bad-frame', [], message);
}
