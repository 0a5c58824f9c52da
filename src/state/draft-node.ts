import type { JsonValue } from '../protocol/json.ts';
import type { Adoptions, Replace } from './adoptions.ts';
import type { DraftHandle } from './draft-handle.ts';
import type { Journal } from './journal.ts';
import type { Container } from './json-rules.ts';
import type { Path } from './op.ts';
import { JsonCopier, NUMBER_BYTES } from './copy-json.ts';
import { handleOf } from './draft-handle.ts';
import { MAX_DEPTH, isContainer } from './json-rules.ts';
import { StateError } from './state-error.ts';

/** What all drafts of one recording share. */
export interface DraftTree {
  readonly journal: Journal;
  readonly adoptions: Adoptions;
  /** The node of a container, if it has one already, or of a draft. */
  find(value: Container): DraftNode | undefined;
  /** The node of a container that `parent` holds (or is about to hold) at `key`; the same node every time. */
  nodeOf(target: Container, parent: DraftNode, key: string | number): DraftNode;
  /** What stands for a container that `parent` holds at `key`. */
  draftOf(value: Container, parent: DraftNode, key: string | number): object;
}

/** A value on its way into the tree. */
export type Incoming = { readonly value: JsonValue; readonly bytes: number; readonly adopted: boolean };

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
  /**
   * Assigned in this recording, or inside something that was: undo takes it out of the tree whole, so changes inside need
   * no undo of their own. What others hold of it (it is an object of the handler) they may write to.
   */
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

  /** Replaces everything adopted that stands in this container itself. */
  abstract replaceAdopted(replace: Replace): void;

  assertOpen(): void {
    this.tree.journal.assertOpen();
  }

  /** Where a write to this container takes place now. */
  place(): Place {
    return DraftNode.#placeOf(this);
  }

  /** From the root, as far as it is known; followed by `more`. */
  path(...more: Path): Path {
    const path: Path = [];
    let { parent, key } = this;
    while (parent !== undefined && path.length < LONGEST_WAY) {
      path.push(key);
      ({ parent, key } = parent);
    }
    path.reverse().push(...more);
    return path;
  }

  /** How many containers there are from the root to here. */
  depth(): number {
    return this.path().length + 1;
  }

  /** Whether it stands in the tree, all the way from the root. */
  isAttached(steps = 0): boolean {
    const { parent } = this;
    if (parent === undefined) return true;
    return steps < LONGEST_WAY && parent.holds(this) && parent.isAttached(steps + 1);
  }

  /** The draft (or primitive) that stands for a value found at `key`. */
  view(value: JsonValue | undefined, key: string | number): unknown {
    return isContainer(value) ? this.tree.draftOf(value, this, key) : value;
  }

  /**
   * Makes any value fit to be stored at `key`. It is checked. Plain objects are adopted; drafts are copied, but one that was
   * taken out of the tree and stands nowhere is put back, so it stays usable; `taken` are values of the same write.
   */
  takeIn(value: unknown, key: string | number, taken: readonly JsonValue[] = []): Incoming {
    if (!isContainer(value)) return this.#takePrimitive(value, key);
    const { journal } = this.tree;
    const maxDepth = journal.limits.maxDepth - this.depth();
    const copier = new JsonCopier({ maxDepth, maxBytes: journal.bytesLeft }, () => this.path(key), noteCopied);
    const handle = handleOf(value);
    const returning = handle instanceof DraftNode && handle.#canReturn(this, taken);
    const stored = handle === undefined ? copier.adopt(value, this.target) : (copier.copy(value) as Container);
    if (returning) return this.#takeBack(handle, key, copier.bytes);
    const node = this.tree.nodeOf(stored, this, key);
    node.#putAt(this, key);
    node.created = true;
    this.tree.adoptions.note(this, stored, copier.bytes);
    return { value: stored, bytes: copier.bytes, adopted: true };
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
    if (typeof value === 'number' && Number.isFinite(value)) return { value: value === 0 ? 0 : value, bytes: NUMBER_BYTES, adopted: false };
    if (typeof value === 'string') return { value, bytes: value.length + 2, adopted: false };
    if (typeof value === 'boolean' || value === null) return { value, bytes: NUMBER_BYTES, adopted: false };
    return { value: new JsonCopier({ maxDepth: 0, maxBytes: 0 }, () => this.path(key)).copy(value), bytes: 0, adopted: false };
  }

  #takeBack(node: DraftNode, key: string | number, bytes: number): Incoming {
    node.#putAt(this, key);
    if (node.created) this.tree.adoptions.note(this, node.target, bytes);
    // What the handler holds itself gets the draft: a container of the tree before must not be written unrecorded.
    const value = this.created && !node.created ? (node.proxy as Container) : node.target;
    return { value, bytes, adopted: node.created };
  }

  #canReturn(into: DraftNode, taken: readonly JsonValue[]): boolean {
    if (this.tree !== into.tree || this.parent === undefined || this.parent.holds(this)) return false;
    let node: DraftNode | undefined = into;
    for (let steps = 0; node !== undefined && steps < LONGEST_WAY; steps += 1) {
      if (node === this) throw new StateError('cycle', into.path(), 'an object cannot be put into itself');
      node = node.parent;
    }
    return !taken.includes(this.target) && !taken.includes(this.proxy as Container);
  }

  #putAt(parent: DraftNode, key: string | number): void {
    this.parent = parent;
    this.key = key;
    this.inserted = true;
    this.displaced = false;
    this.#givenAway = false;
    this.#quoted = false;
  }

  static #placeOf(start: DraftNode): Place {
    const path: Path = [];
    let inserted = false;
    let givenAway = false;
    let quoted = false;
    let node = start;
    for (let parent = node.parent; parent !== undefined; parent = node.parent) {
      if (path.length === LONGEST_WAY) return 'detached';
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
    if (!nested || !node.isAttached()) node.#givenAway = true;
    else node.#quoted = true;
  }
}

/** Objects of the handler can hold one another in a circle until the recording finishes; nothing goes round in it. */
const LONGEST_WAY = 2 * MAX_DEPTH;

function noteCopied(handle: DraftHandle, nested: boolean): void {
  if (handle instanceof DraftNode) DraftNode.noteCopied(handle, nested);
}

const LOST_WRITE = 'this was removed from the state after it had been assigned elsewhere, which copies; change the copy where it is now';
