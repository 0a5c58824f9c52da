import type { PathList, WirePath } from '../protocol/frames.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Op } from './op.ts';
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
  /** A table of an earlier stream of the same view, to go on with instead: its recipients may come back. */
  readonly table?: PathTable | undefined;
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
  /** Someone knows that the table is empty, and not its id. */
  #owesId = false;
  /** Added and not yet taken. */
  #waiting: Waiting[] = [];
  /** False: nothing of that is for single recipients. */
  #hasOwn = false;

  constructor(options: LiveEncoderOptions) {
    this.#capacity = Math.min(options.capacity ?? 2048, TABLE_ROOM);
    this.#nextId = options.nextId;
    this.#table = options.table ?? new PathTable(options.id);
    this.#taken = options.from ?? 0;
  }

  /** Everything up to here is covered by the frames taken. */
  get taken(): Seq {
    return this.#taken;
  }

  /** True when all that was added has been taken. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /**
   * Adds the next event, in order; one with nothing to see only counts as a step. `own` has all messages of the event for
   * those recipients who get other ones than the rest.
   */
  add(seq: Seq, items: EventItems, own?: ReadonlyMap<string, EventItems['messages']>): void {
    const ops = this.#encode(items);
    const text = ops + messagesText(items.messages);
    this.#hasOwn ||= own !== undefined;
    this.#waiting.push(own === undefined ? { seq, text } : { seq, text, own: mapValues(own, (messages) => ops + messagesText(messages)) });
  }

  /** What those recipients get in place of the frame that `take(upTo)` gives, which is to be called after this. */
  takeOwn(upTo: Seq): ReadonlyMap<string, string> {
    if (!this.#hasOwn) return NOBODY;
    const count = countUpTo(this.#waiting, upTo);
    const events = this.#waiting.slice(0, count);
    this.#hasOwn = this.#waiting.some(({ own }, index) => index >= count && own !== undefined);
    const last = events.at(-1)?.seq ?? upTo;
    const recipients = new Set(events.flatMap(({ own }) => [...(own?.keys() ?? [])]));
    const frames = [...recipients].map((recipient): [string, string] => {
      const seen = events.map(({ seq, text, own }) => ({ seq, text: own?.get(recipient) ?? text }));
      return [recipient, frameText(seen, last)];
    });
    return new Map(frames);
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
    this.#taken = events[events.length - 1]?.seq ?? upTo;
    return frameText(first === 0 ? events : events.slice(first), this.#taken);
  }

  /** The path table as it stands after everything added so far: what a joiner at that seq needs. */
  paths(): PathList {
    return [this.#table.id, 0, ...this.#table.list];
  }

  /** That table, for a later stream. */
  get table(): PathTable {
    return this.#table;
  }

  /** The events as those that return get them (see `TailFrame`), up to `upTo`: the table stays as it is. */
  tailText(events: readonly (EventItems & { readonly seq: Seq })[], upTo: Seq): string {
    const table = this.#table;
    const own = new PathTable(table.id, table.list.length);
    const refOf = (path: WirePath): number | string => {
      const ref = table.numberOrText(path);
      if (typeof ref === 'number') return ref;
      const other = own.numberOrTeach(path);
      return typeof other === 'number' || other.length < ref.length ? other : ref;
    };
    return frameText(
      events.map((event) => ({ seq: event.seq, text: writeOps(new ItemWriter(), event, refOf) + messagesText(event.messages) })),
      upTo,
    );
  }

  /** The table as JSON (see `TailFrame`), for a client that has `known`; undefined when that is all of it. */
  pathsText(known: KnownTable | undefined): string | undefined {
    const { id, list } = this.#table;
    const after = known?.id === id && known.known <= list.length ? known.known : undefined;
    if (after === list.length) return undefined;
    if (list.length === 0) {
      this.#owesId = true;
      return '[]';
    }
    const added = this.#listText(after ?? 0);
    return `[${id},${after ?? 0}${added === '' ? '' : `,${added}`}]`;
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

  /** What changes, every item with a comma before it. */
  #encode(items: EventItems): string {
    const run = new ItemWriter();
    const isFull = this.#table.list.length >= this.#capacity;
    if ((isFull || this.#owesId) && items.meta.length + items.state.length > 0) {
      if (isFull) this.#table = new PathTable(this.#nextId());
      this.#owesId = false;
      run.write(`["n",${this.#table.id}]`);
    }
    return writeOps(run, items, this.#teach);
  }

  readonly #teach = (path: WirePath): number | string => this.#table.numberOrTeach(path);
}

/** An encoded event; `text` is empty when the view sees nothing of it. `own` is what single recipients get in its place. */
type Waiting = { readonly seq: Seq; readonly text: string; readonly own?: ReadonlyMap<string, string> };

const NOBODY: ReadonlyMap<string, string> = new Map();

function mapValues<From, To>(map: ReadonlyMap<string, From>, change: (value: From) => To): Map<string, To> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function messagesText(messages: EventItems['messages']): string {
  return messages.map(({ name, payload, by }) => `,${JSON.stringify(['m', name, payload, by])}`).join('');
}

/** What stands for a path: its number, or a text. */
type RefOf = (path: WirePath) => number | string;

/** Events with their items as text, each with a comma before it. */
function frameText(events: readonly { readonly seq: Seq; readonly text: string }[], upTo: Seq): string {
  let text = '';
  let at = 0;
  for (const event of events) {
    if (event.text === '') continue;
    text += at === 0 ? `[${event.seq}` : `,${event.seq - at}`;
    text += event.text;
    at = event.seq;
  }
  if (at === 0) return `[${upTo}]`;
  return upTo === at ? `${text}]` : `${text},${upTo - at}]`;
}

function writeOps(run: ItemWriter, items: EventItems, refOf: RefOf): string {
  for (const op of items.meta) writeOp(run, op, refOf([0, ...op[1]]));
  for (const op of items.state) writeOp(run, op, refOf(op[1]));
  return run.end();
}

function writeOp(run: ItemWriter, op: Op, ref: number | string): void {
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
