import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { DraftTree, Incoming, Place } from './draft-node.ts';
import type { Entry } from './journal.ts';
import type { Path } from './op.ts';
import type { Replace } from './adoptions.ts';
import { HANDLE, REMOVED, handleOf } from './draft-handle.ts';
import { DraftNode } from './draft-node.ts';
import { isContainer, keyFault } from './json-rules.ts';

type SetEntry = Entry<['s', Path, JsonValue]> & { readonly isNew: boolean };

/** The draft of an object. Reads see own keys only: nothing that a key from outside names can reach a prototype. */
export class DraftObject extends DraftNode implements ProxyHandler<JsonObject> {
  readonly target: JsonObject;
  readonly proxy: object;
  /** Ops of this recording that set a key here and still hold. */
  #sets: Map<string, SetEntry> | undefined;
  /** How many keys hold `REMOVED`. */
  #removed = 0;
  /** Keys at which something adopted was put. */
  #adopted: Set<string> | undefined;

  constructor(target: JsonObject, tree: DraftTree, parent: DraftNode | undefined, key: string | number) {
    super(tree, parent, key);
    this.target = target;
    this.proxy = new Proxy(target, this);
  }

  holds(node: DraftNode): boolean {
    const value = this.target[node.key];
    return value === node.target || value === node.proxy;
  }

  replaceAdopted(replace: Replace): void {
    for (const key of this.#adopted ?? []) {
      const value = this.#read(key);
      if (isContainer(value)) this.target[key] = replace(this, key, value) ?? value;
    }
  }

  get(_target: JsonObject, key: string | symbol): unknown {
    if (key === HANDLE) return this;
    this.assertOpen();
    return typeof key === 'symbol' ? undefined : this.view(this.#read(key), key);
  }

  has(_target: JsonObject, key: string | symbol): boolean {
    this.assertOpen();
    return typeof key === 'string' && this.#read(key) !== undefined;
  }

  ownKeys(target: JsonObject): string[] {
    this.assertOpen();
    const keys = Object.keys(target);
    return this.#removed === 0 ? keys : keys.filter((key) => target[key] !== REMOVED);
  }

  getOwnPropertyDescriptor(_target: JsonObject, key: string | symbol): PropertyDescriptor | undefined {
    this.assertOpen();
    const value = typeof key === 'string' ? this.#read(key) : undefined;
    if (value === undefined) return undefined;
    return { value: this.view(value, String(key)), writable: true, enumerable: true, configurable: true };
  }

  set(_target: JsonObject, key: string | symbol, value: unknown, receiver: unknown): boolean {
    this.assertOpen();
    if (typeof key === 'symbol') return this.refuse('bad-value', key, 'a symbol cannot be a key of state');
    if (receiver !== this.proxy) return this.refuse('not-allowed', key, 'an object that inherits from state cannot be written');
    const old = this.#read(key);
    const fault = old === undefined ? keyFault(key) : undefined;
    if (fault !== undefined) return this.refuse('reserved-key', key, fault);
    if (isContainer(value) && old !== undefined && (value === old || handleOf(value)?.target === old)) return true;
    const place = this.place();
    const incoming = this.takeIn(value, key);
    if (incoming.value !== old) this.#write(key, incoming, old, place);
    return true;
  }

  deleteProperty(_target: JsonObject, key: string | symbol): boolean {
    this.assertOpen();
    const old = typeof key === 'string' ? this.#read(key) : undefined;
    if (typeof key === 'symbol' || old === undefined) return true;
    const place = this.place();
    this.tree.journal.reserve(key.length + 8, () => this.path(key));
    const entry = this.#sets?.get(key);
    this.#sets?.delete(key);
    if (entry !== undefined) this.tree.journal.drop(entry);
    const isNew = entry?.isNew === true;
    this.#remove(key, old, isNew);
    if (typeof place === 'object' && !isNew) this.tree.journal.record(['d', [...place, key]], key.length + 8);
    return true;
  }

  #read(key: string): JsonValue | undefined {
    const value = this.target[key];
    if (value === undefined || value === REMOVED) return undefined;
    // Whatever is inherited (functions, `__proto__`) is not state.
    return (typeof value === 'object' || typeof value === 'function') && !Object.hasOwn(this.target, key) ? undefined : value;
  }

  #write(key: string, { value, bytes, adopted }: Incoming, old: JsonValue | undefined, place: Place): void {
    const { journal } = this.tree;
    const entry = this.#sets?.get(key);
    const size = bytes + key.length + 8;
    journal.reserve(size, () => this.path(key));
    if (entry === undefined) this.#rememberBefore(key, old);
    this.displace(old);
    this.target[key] = value;
    if (adopted) (this.#adopted ??= new Set()).add(key);
    if (typeof place === 'string') return;
    if (entry !== undefined) return journal.replaceValue(entry, value, size);
    this.#sets ??= new Map();
    place.push(key);
    this.#sets.set(key, Object.assign(journal.record(['s', place, value], size), { isNew: old === undefined }));
  }

  /** The way back from a set. */
  #rememberBefore(key: string, old: JsonValue | undefined): void {
    const { target } = this;
    if (target[key] === REMOVED) return this.#revive(key);
    if (this.created) return;
    if (old !== undefined) this.tree.journal.addUndo(() => void (target[key] = old));
    else this.tree.journal.addUndo(() => void delete target[key]);
  }

  /** A deleted key that is set again goes last, like any new key; undo needs its old place. */
  #revive(key: string): void {
    const { target } = this;
    const after = Object.keys(target);
    after.splice(0, after.indexOf(key) + 1);
    delete target[key];
    this.#removed -= 1;
    this.tree.journal.addUndo(() => {
      delete target[key];
      const values = after.map((other) => target[other] as JsonValue);
      for (const other of after) delete target[other];
      target[key] = REMOVED;
      for (const [index, other] of after.entries()) target[other] = values[index] as JsonValue;
    });
  }

  #remove(key: string, old: JsonValue, isNew: boolean): void {
    const { target } = this;
    if (this.created) {
      delete target[key];
    } else if (isNew) {
      // Undo goes on to take the key away altogether, so its place in the order does not matter.
      delete target[key];
      this.tree.journal.addUndo(() => void (target[key] = old));
    } else {
      target[key] = REMOVED;
      this.#removed += 1;
      this.tree.journal.sweepLater(target, key);
      this.tree.journal.addUndo(() => void (target[key] = old));
    }
  }
}
