import type { JsonValue } from '../protocol/json.ts';
import type { DraftHandle } from './draft-handle.ts';
import type { Journal } from './journal.ts';
import type { Container } from './json-rules.ts';
import type { Path } from './op.ts';
import { JsonCopier, NUMBER_BYTES } from './copy-json.ts';
import { handleOf } from './draft-handle.ts';
import { isContainer } from './json-rules.ts';
import { StateError } from './state-error.ts';

/** What all drafts of one recording share. */
export interface DraftTree {
  readonly journal: Journal;
  /** The node of a container, if it has one already. */
  find(target: Container): DraftNode | undefined;
  /** The node of a container that `parent` holds (or is about to hold) at `key`; the same node every time. */
  nodeOf(target: Container, parent: DraftNode, key: string | number): DraftNode;
}

/** A value on its way into the tree. */
export type Incoming = { readonly value: JsonValue; readonly bytes: number };

/**
 * Where a write takes place. A path: it needs an op there. `inserted`: something above was inserted by this
 * very recording, whose op will hold the final content. `detached`: not in the tree (any more).
 */
export type Place = Path | 'inserted' | 'detached';

/** One container of the tree while it is recorded; also the handler of the proxy that stands for it. */
export abstract class DraftNode implements DraftHandle {
  abstract readonly target: Container;
  /** What handlers hold. */
  abstract readonly proxy: object;
  readonly tree: DraftTree;
  parent: DraftNode | undefined;
  /** Where `parent` holds it; a hint only when the parent is an array. */
  key: string | number;
  /** Put where it is by this recording: the op that did so will hold the content as it is in the end. */
  inserted = false;
  /** Made by this recording: undo takes it out of the tree whole, so changes inside need no undo of their own. */
  created: boolean;
  /** Something else was assigned over it. */
  displaced = false;
  /** It was assigned to another place as it is, or copied while it stood nowhere: written on, it was meant to be there. */
  #givenAway = false;
  /** It was copied as a part of some other value. */
  #quoted = false;

  constructor(tree: DraftTree, parent: DraftNode | undefined, key: string | number) {
    this.tree = tree;
    this.parent = parent;
    this.key = key;
    this.created = parent?.created ?? false;
  }

  /** Whether `node` still stands in this container; brings its key up to date. */
  abstract holds(node: DraftNode): boolean;

  assertOpen(): void {
    this.tree.journal.assertOpen();
  }

  /** Where a write to this container takes place now. */
  place(): Place {
    return DraftNode.#placeOf(this);
  }

  /** From the root, as far as it is known; followed by `more`. */
  path(...more: Path): Path {
    if (this.parent === undefined) return more;
    const path = this.parent.path();
    path.push(this.key, ...more);
    return path;
  }

  /** The draft (or primitive) that stands for a value found at `key`. */
  view(value: JsonValue | undefined, key: string | number): unknown {
    return isContainer(value) ? this.tree.nodeOf(value, this, key).proxy : value;
  }

  /**
   * Makes any value fit to be stored at `key`: checked, and copied so that nothing is shared. A draft that was taken out
   * of the tree and stands nowhere is not copied but put back, so it stays usable; `taken` are values of the same write.
   */
  takeIn(value: unknown, key: string | number, taken: readonly JsonValue[] = []): Incoming {
    if (!isContainer(value)) return this.#takePrimitive(value, key);
    const { journal } = this.tree;
    const maxDepth = journal.limits.maxDepth - this.#depth();
    const copier = new JsonCopier({ maxDepth, maxBytes: journal.bytesLeft }, () => this.path(key), noteCopied);
    const handle = handleOf(value);
    const returning = handle instanceof DraftNode && handle.#isAdoptable(this) && !taken.includes(handle.target);
    const copy = copier.copy(value);
    if (returning) {
      handle.#adopt(this, key);
      return { value: handle.target, bytes: copier.bytes };
    }
    if (isContainer(copy)) this.tree.nodeOf(copy, this, key).#markCreated();
    return { value: copy, bytes: copier.bytes };
  }

  /** Notes that something else is being assigned over a value. */
  displace(old: JsonValue | undefined): void {
    const node = isContainer(old) ? this.tree.find(old) : undefined;
    if (node !== undefined) node.displaced = true;
  }

  refuse(code: 'not-allowed' | 'bad-value' | 'sparse' | 'reserved-key', key: string | symbol | undefined, message: string): never {
    throw new StateError(code, key === undefined ? this.path() : this.path(String(key)), message);
  }

  // Traps that are the same for objects and arrays.

  defineProperty(_target: Container, key: string | symbol): boolean {
    return this.refuse('not-allowed', key, 'Object.defineProperty is refused on state; assign a value');
  }

  setPrototypeOf(): boolean {
    return this.refuse('not-allowed', undefined, 'state holds plain objects and arrays; a prototype cannot be set');
  }

  preventExtensions(): boolean {
    return this.refuse('not-allowed', undefined, 'state cannot be frozen, sealed or closed to new keys');
  }

  #takePrimitive(value: unknown, key: string | number): Incoming {
    if (typeof value === 'number' && Number.isFinite(value)) return { value: value === 0 ? 0 : value, bytes: NUMBER_BYTES };
    if (typeof value === 'string') return { value, bytes: value.length + 2 };
    if (typeof value === 'boolean' || value === null) return { value, bytes: NUMBER_BYTES };
    return { value: new JsonCopier({ maxDepth: 0, maxBytes: 0 }, () => this.path(key)).copy(value), bytes: 0 };
  }

  #depth(): number {
    let depth = 1;
    for (let node = this.parent; node !== undefined; node = node.parent) depth += 1;
    return depth;
  }

  #isAdoptable(into: DraftNode): boolean {
    if (this.tree !== into.tree || this.parent === undefined || this.parent.holds(this)) return false;
    for (let node: DraftNode | undefined = into; node !== undefined; node = node.parent) {
      if (node === this) throw new StateError('cycle', into.path(), 'an object cannot be put into itself');
    }
    return true;
  }

  #adopt(parent: DraftNode, key: string | number): void {
    this.parent = parent;
    this.key = key;
    this.inserted = true;
    this.displaced = false;
    this.#givenAway = false;
    this.#quoted = false;
  }

  #markCreated(): void {
    this.inserted = true;
    this.created = true;
  }

  static #placeOf(start: DraftNode): Place {
    const path: Path = [];
    let inserted = false;
    let givenAway = false;
    let quoted = false;
    let node = start;
    for (let parent = node.parent; parent !== undefined; parent = node.parent) {
      inserted ||= node.inserted;
      givenAway ||= node.#givenAway;
      quoted ||= node.#quoted;
      if (!parent.holds(node)) {
        if (givenAway || (quoted && node.displaced)) throw new StateError('detached', start.path(), LOST_WRITE);
        return 'detached';
      }
      path.push(node.key);
      node = parent;
    }
    return inserted ? 'inserted' : path.reverse();
  }

  static noteCopied(node: DraftNode, nested: boolean): void {
    if (!nested || !DraftNode.#isAttached(node)) node.#givenAway = true;
    else node.#quoted = true;
  }

  static #isAttached(start: DraftNode): boolean {
    let node = start;
    for (let parent = node.parent; parent !== undefined; parent = node.parent) {
      if (!parent.holds(node)) return false;
      node = parent;
    }
    return true;
  }
}

function noteCopied(handle: DraftHandle, nested: boolean): void {
  if (handle instanceof DraftNode) DraftNode.noteCopied(handle, nested);
}

const LOST_WRITE = 'this was removed from the state after it had been assigned elsewhere, which copies; change the copy where it is now';
