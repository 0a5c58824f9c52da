import type { JsonArray, JsonValue } from '../protocol/json.ts';
import type { DraftTree, Place } from './draft-node.ts';
import type { Entry } from './journal.ts';
import type { Path, SpliceOp } from './op.ts';
import type { Replace } from './adoptions.ts';
import { ARRAY_MUTATORS } from './array-mutators.ts';
import { HANDLE, handleOf } from './draft-handle.ts';
import { DraftNode } from './draft-node.ts';
import { isContainer, isIndex, type Container } from './json-rules.ts';
import { spliceValues } from './splice-values.ts';
import { StateError } from './state-error.ts';

/** The draft of an array. Each mutating method is one op at most. */
export class DraftArray extends DraftNode implements ProxyHandler<JsonArray> {
  readonly target: JsonArray;
  readonly proxy: object;
  /** Ops of this recording that set an index here, since the indexes last moved. */
  #sets: Map<number, Entry<['s', Path, JsonValue]>> | undefined;
  #lastSplice: Entry<SpliceOp> | undefined;
  /** Nothing adopted stands before this index. */
  #adoptedFrom = Number.POSITIVE_INFINITY;

  constructor(target: JsonArray, tree: DraftTree, parent: DraftNode | undefined, key: string | number) {
    super(tree, parent, key);
    this.target = target;
    this.proxy = new Proxy(target, this);
  }

  holds(node: DraftNode): boolean {
    const value = this.target[node.key as number];
    if (value === node.target || value === node.proxy) return true;
    let index = this.target.indexOf(node.target);
    if (index === -1 && this.created) index = this.target.indexOf(node.proxy as Container);
    if (index === -1) return false;
    node.key = index;
    return true;
  }

  replaceAdopted(replace: Replace): void {
    const { target } = this;
    for (let index = this.#adoptedFrom; index < target.length; index += 1) {
      const value = target[index];
      if (isContainer(value)) target[index] = replace(this, index, value) ?? value;
    }
  }

  get(target: JsonArray, key: string | symbol): unknown {
    if (key === HANDLE) return this;
    this.assertOpen();
    const value: unknown = Reflect.get(target, key);
    if (typeof value === 'function') return key === 'constructor' ? undefined : (ARRAY_MUTATORS.get(key) ?? value);
    if (!isContainer(value)) return value;
    return Object.hasOwn(target, key) ? this.view(value, Number(key)) : undefined;
  }

  has(target: JsonArray, key: string | symbol): boolean {
    this.assertOpen();
    return Object.hasOwn(target, key);
  }

  ownKeys(target: JsonArray): (string | symbol)[] {
    this.assertOpen();
    return Reflect.ownKeys(target);
  }

  getOwnPropertyDescriptor(target: JsonArray, key: string | symbol): PropertyDescriptor | undefined {
    this.assertOpen();
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    return isContainer(descriptor?.value) ? { ...descriptor, value: this.view(descriptor.value, Number(key)) } : descriptor;
  }

  set(target: JsonArray, key: string | symbol, value: unknown, receiver: unknown): boolean {
    this.assertOpen();
    if (receiver !== this.proxy) return this.refuse('not-allowed', key, 'an object that inherits from state cannot be written');
    if (key === 'length') return this.#setLength(value);
    const index = typeof key === 'string' ? Number(key) : Number.NaN;
    if (!isIndex(index) || String(index) !== key) return this.refuse('bad-value', key, 'an array of state has indexes only, no other keys');
    if (index > target.length) return this.refuse('sparse', key, `an array of state cannot have holes; its length is ${target.length}`);
    if (index === target.length) this.splice(index, 0, [value]);
    else this.#setAt(index, value);
    return true;
  }

  deleteProperty(target: JsonArray, key: string | symbol): boolean {
    this.assertOpen();
    if (Object.hasOwn(target, key)) return this.refuse('sparse', key, 'deleting an element would leave a hole; use splice');
    return true;
  }

  /** Replaces elements by any values; returns those removed, as they stand in the tree. */
  splice(index: number, deleteCount: number, values: readonly unknown[]): JsonValue[] {
    if (deleteCount === 0 && values.length === 0) return [];
    const place = this.place();
    const { target, tree } = this;
    const { journal } = tree;
    const taken: JsonValue[] = [];
    let bytes = 0;
    let adopted = false;
    for (const [at, value] of values.entries()) {
      const incoming = this.takeIn(value, index + at, taken);
      taken.push(incoming.value);
      bytes += incoming.bytes;
      adopted ||= incoming.adopted;
      if (bytes > journal.bytesLeft) journal.reserve(bytes, () => this.path());
    }
    journal.reserve(bytes + 8, () => this.path());
    const removed = spliceValues(target, index, deleteCount, taken);
    this.#indexesMove(index + deleteCount, taken.length - deleteCount, index);
    if (adopted) this.#adoptedFrom = Math.min(this.#adoptedFrom, index);
    if (!this.created) journal.addUndo(() => void spliceValues(target, index, taken.length, removed));
    this.#recordSplice(place, index, deleteCount, taken, bytes + 8);
    return removed;
  }

  /** Puts the elements in the order of their old indexes. */
  reorder(order: number[]): void {
    if (order.every((from, index) => from === index)) return;
    const { target, tree } = this;
    const { journal } = tree;
    const place = this.place();
    const bytes = order.length * 4 + 8;
    journal.reserve(bytes, () => this.path());
    const before = [...target];
    this.#indexesMove(target.length, 0, 0);
    for (const [index, from] of order.entries()) target[index] = before[from] as JsonValue;
    if (!this.created) journal.addUndo(() => before.forEach((value, index) => void (target[index] = value)));
    if (typeof place === 'object') journal.record(['o', place, order], bytes);
  }

  #setAt(index: number, value: unknown): void {
    const { target, tree } = this;
    const old = target[index] as JsonValue;
    if (isContainer(value) && (value === old || handleOf(value)?.target === old)) return;
    const place = this.place();
    const incoming = this.takeIn(value, index);
    if (incoming.value === old) return;
    const { journal } = tree;
    const entry = this.#sets?.get(index);
    const bytes = incoming.bytes + 8;
    journal.reserve(bytes, () => this.path(index));
    if (!this.created && entry === undefined) journal.addUndo(() => void (target[index] = old));
    this.displace(old);
    target[index] = incoming.value;
    if (incoming.adopted) this.#adoptedFrom = Math.min(this.#adoptedFrom, index);
    if (typeof place === 'string') return;
    if (entry !== undefined) return journal.replaceValue(entry, incoming.value, bytes);
    this.#sets ??= new Map();
    this.#sets.set(index, journal.record(['s', [...place, index], incoming.value], bytes));
  }

  /** Elements from `start` on have moved by `distance`, those from `changed` up to there in any way. */
  #indexesMove(start: number, distance: number, changed: number): void {
    this.#sets = undefined;
    if (this.#adoptedFrom >= start) this.#adoptedFrom += distance;
    else if (this.#adoptedFrom > changed) this.#adoptedFrom = changed;
  }

  #setLength(length: unknown): true {
    const { target } = this;
    if (!isIndex(length)) throw new StateError('bad-value', this.path('length'), 'the length of an array must be a whole number');
    if (length > target.length) return this.refuse('sparse', 'length', 'an array of state cannot have holes; push values instead');
    this.splice(length, target.length - length, []);
    return true;
  }

  #recordSplice(place: Place, index: number, deleteCount: number, values: readonly JsonValue[], bytes: number): void {
    if (typeof place === 'string') return;
    const { journal } = this.tree;
    const last = this.#lastSplice;
    // Values that follow right behind those inserted by the op just before join it.
    if (last !== undefined && journal.isLast(last) && deleteCount === 0 && index === last.op[2] + last.op.length - 4) {
      for (const value of values) last.op.push(value);
      last.bytes += bytes;
      return;
    }
    const op: SpliceOp = ['p', place, index, deleteCount];
    for (const value of values) op.push(value);
    this.#lastSplice = journal.record(op, bytes);
  }
}
