import type { LiveFrame, LiveItem, WirePath } from '../protocol/frames.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Op, Path } from './op.ts';
import { PathTable, TABLE_ROOM } from './path-table.ts';

/** What one event holds for one view, already filtered. */
export type EventItems = {
  readonly meta: readonly Op[];
  readonly state: readonly Op[];
  readonly messages: readonly { readonly name: string; readonly payload: JsonValue; readonly by: string }[];
};

export type LiveEncoderOptions = {
  /** Id of the first path table. */
  readonly id: number;
  /** The table starts anew at the next event once it holds this many paths. Default 2048, most 4096. */
  readonly capacity?: number;
  /** Ids of later tables. */
  readonly nextId: () => number;
  /** What the view's recipients have already. Default 0. */
  readonly from?: Seq;
};

/** A path table that a client has, or the beginning of it. */
export type KnownTable = { readonly id: number; readonly known: number };

/**
 * Encodes the live stream of one view (see `LiveFrame`). Events are encoded when they are added, since the tree and the
 * ops may change afterwards, and leave when they are taken, once durable.
 */
export class LiveEncoder {
  readonly #capacity: number;
  readonly #nextId: () => number;
  #table: PathTable;
  #taken: Seq;
  #listed: { readonly table: PathTable; readonly after: number; readonly upTo: number; readonly text: string } | undefined;
  /** Added and not yet taken; `text` is empty when the view sees nothing of the event. */
  #waiting: { readonly seq: Seq; readonly text: string }[] = [];

  constructor(options: LiveEncoderOptions) {
    this.#capacity = Math.min(options.capacity ?? 2048, TABLE_ROOM);
    this.#nextId = options.nextId;
    this.#table = new PathTable(options.id);
    this.#taken = options.from ?? 0;
  }

  /** Everything up to here is covered by the frames taken. */
  get taken(): Seq {
    return this.#taken;
  }

  /** Adds the next event, in order; one with nothing to see only counts as a step. */
  add(seq: Seq, items: EventItems): void {
    this.#waiting.push({ seq, text: this.#encode(items) });
  }

  /**
   * The text of one frame with the events added up to `upTo`. Undefined when the view sees nothing of them: that range
   * joins the next frame.
   */
  take(upTo: Seq): string | undefined {
    const count = countUpTo(this.#waiting, upTo);
    const events = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    const first = events.findIndex((event) => event.text !== '');
    if (first === -1) return undefined;
    return this.#frame(first === 0 ? events : events.slice(first));
  }

  /** The path table as it stands after everything added so far: what a joiner at that seq needs. */
  paths(): { id: number; list: WirePath[] } {
    return { id: this.#table.id, list: [...this.#table.list] };
  }

  /** The id and the size of that table. */
  get table(): KnownTable {
    return { id: this.#table.id, known: this.#table.list.length };
  }

  /** The same table as JSON (see `PathList`), without what a client that has `known` of it needs no more. */
  pathsText(known: KnownTable | undefined): string {
    const { id, list } = this.#table;
    const after = known === undefined || known.id !== id || known.known > list.length ? 0 : known.known;
    const text = `{"id":${id},"list":[${this.#listText(after)}]`;
    return after === 0 ? `${text}}` : `${text},"after":${after}}`;
  }

  /** Kept for the next joiner, who mostly has the same beginning: then only what was added since is made. */
  #listText(after: number): string {
    const { list } = this.#table;
    let kept = this.#listed;
    if (kept?.table !== this.#table || kept.after !== after) kept = { table: this.#table, after, upTo: after, text: '' };
    const added = JSON.stringify(list.slice(kept.upTo)).slice(1, -1);
    const text = kept.text === '' || added === '' ? kept.text + added : `${kept.text},${added}`;
    this.#listed = { table: this.#table, after, upTo: list.length, text };
    return text;
  }

  #frame(events: readonly { readonly seq: Seq; readonly text: string }[]): string {
    let text = '';
    let at = 0;
    for (const event of events) {
      if (event.text === '') continue;
      text += at === 0 ? `[${event.seq}` : `,${event.seq - at}`;
      text += event.text;
      at = event.seq;
    }
    const last = events[events.length - 1]?.seq ?? at;
    this.#taken = last;
    return last === at ? `${text}]` : `${text},${last - at}]`;
  }

  /** Every item with a comma before it. */
  #encode(items: EventItems): string {
    const run = new ItemWriter();
    if (this.#table.list.length >= this.#capacity && items.meta.length + items.state.length > 0) {
      this.#table = new PathTable(this.#nextId());
      run.write(`["n",${this.#table.id}]`);
    }
    for (const op of items.meta) this.#encodeOp(run, op, [0, ...op[1]]);
    for (const op of items.state) this.#encodeOp(run, op, op[1]);
    for (const { name, payload, by } of items.messages) run.write(JSON.stringify(['m', name, payload, by]));
    return run.end();
  }

  #encodeOp(run: ItemWriter, op: Op, path: WirePath): void {
    const ref = this.#table.numberOrTeach(path);
    switch (op[0]) {
      case 's':
        if (typeof ref === 'string') run.write(`[${ref},${JSON.stringify(op[2])}]`);
        else run.writeSet(ref, JSON.stringify(op[2]));
        return;
      case 'd':
        run.write(`["d",${ref}]`);
        return;
      case 'p':
        run.write(`["p",${ref},${JSON.stringify(op.slice(2)).slice(1)}`);
        return;
      case 'o':
        run.write(`["o",${ref},${JSON.stringify(op[2])}]`);
        return;
    }
  }
}

/** Joins items, and sets of consecutive numbers into one item. */
class ItemWriter {
  #text = '';
  /** Number of the last set in the open item `[number, value, ...`, or -1 when none is open. */
  #open = -1;

  write(item: string): void {
    this.#text = `${this.end()},${item}`;
  }

  writeSet(number: number, value: string): void {
    if (this.#open >= 0 && number === this.#open + 1) this.#text += `,${value}`;
    else this.#text = `${this.end()},[${number},${value}`;
    this.#open = number;
  }

  end(): string {
    if (this.#open >= 0) this.#text += ']';
    this.#open = -1;
    return this.#text;
  }
}

function countUpTo(events: readonly { readonly seq: Seq }[], upTo: Seq): number {
  const beyond = events.findIndex((event) => event.seq > upTo);
  return beyond === -1 ? events.length : beyond;
}

/** Events for a returning client, up to `upTo`: paths are whole, so it teaches nothing and needs no table. */
export function encodeTail(events: readonly (EventItems & { readonly seq: Seq })[], upTo: Seq): LiveFrame {
  const items: (LiveItem | number)[] = [];
  let first: Seq | undefined;
  let at = upTo;
  for (const event of events) {
    const own = tailItems(event);
    if (own.length === 0) continue;
    if (first === undefined) first = event.seq;
    else items.push(event.seq - at);
    at = event.seq;
    for (const item of own) items.push(item);
  }
  if (at < upTo) items.push(upTo - at);
  return [first ?? upTo, ...items];
}

function tailItems(items: EventItems): LiveItem[] {
  const list: LiveItem[] = [];
  for (const op of items.meta) list.push(tailItem(op, [0, ...op[1]]));
  for (const op of items.state) list.push(tailItem(op, op[1]));
  for (const { name, payload, by } of items.messages) list.push(['m', name, payload, by]);
  return list;
}

function tailItem(op: Op, path: Path): LiveItem {
  switch (op[0]) {
    case 's':
      return [path, op[2]];
    case 'd':
      return ['d', path];
    case 'p':
      return ['p', path, ...op.slice(2)] as LiveItem;
    case 'o':
      return ['o', path, op[2]];
  }
}
