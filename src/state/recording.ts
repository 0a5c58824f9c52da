import type { JsonValue } from '../protocol/json.ts';
import type { DraftTree } from './draft-node.ts';
import type { RecordingLimits } from './journal.ts';
import type { Container } from './json-rules.ts';
import type { Op } from './op.ts';
import { Adoptions } from './adoptions.ts';
import { cloneJson } from './copy-json.ts';
import { DraftArray } from './draft-array.ts';
import { handleOf } from './draft-handle.ts';
import { DraftNode } from './draft-node.ts';
import { DraftObject } from './draft-object.ts';
import { Journal } from './journal.ts';
import { MAX_DEPTH } from './json-rules.ts';

export type { RecordingLimits } from './journal.ts';

/** One run of writes on a tree. */
export interface Recording<S extends object> {
  /** The tree to write to; closed by `finish` and `undo`. */
  readonly draft: S;
  /** The ops that lead from the tree before to the tree now; they share nothing with it. */
  finish(): Op[];
  /** Puts the tree back as it was, key order included. */
  undo(): void;
}

const DEFAULT_LIMITS: RecordingLimits = { maxDepth: MAX_DEPTH, maxOps: 100_000, maxBytes: 8 * 1024 * 1024 };

/**
 * Starts to record writes on a tree. The draft behaves like the tree itself: each write changes the tree in place at
 * once, and an op is noted for it with the way back.
 *
 * Only JSON can be written. A plain object that is assigned stands in the tree itself until the recording finishes, which
 * checks and copies it, so that nothing in the tree is shared with anything from then on. A draft that stands in the tree
 * is copied at once when it is assigned to another place; one that was taken out is put back as it is. Reads see own keys
 * only. Throws `StateError` that says where; after one of `finish` the recording is still open, to be undone.
 *
 * ```ts
 * const recording = startRecording(tree);
 * recording.draft.tokens.hero.x = 7;
 * recording.finish(); // [['s', ['tokens', 'hero', 'x'], 7]]
 * ```
 */
export function startRecording<S extends object>(tree: S, limits: Partial<RecordingLimits> = {}): Recording<S> {
  const journal = new Journal({ ...DEFAULT_LIMITS, ...limits });
  const recorded = new RecordedTree(journal);
  const { proxy } = recorded.root(tree as Container);
  return { draft: proxy as S, finish: () => recorded.finish(), undo: () => journal.undo() };
}

class RecordedTree implements DraftTree {
  readonly journal: Journal;
  #adoptions: Adoptions | undefined;
  readonly #nodes = new Map<Container, DraftNode>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  get adoptions(): Adoptions {
    this.#adoptions ??= new Adoptions();
    return this.#adoptions;
  }

  root(target: Container): DraftNode {
    return this.#create(target, undefined, '');
  }

  find(value: Container): DraftNode | undefined {
    return this.#nodes.get(value) ?? this.#nodeOfDraft(value);
  }

  nodeOf(target: Container, parent: DraftNode, key: string | number): DraftNode {
    const known = this.#nodes.get(target);
    if (known === undefined) return this.#create(target, parent, key);
    known.parent = parent;
    known.key = key;
    return known;
  }

  draftOf(value: Container, parent: DraftNode, key: string | number): object {
    // A draft inside an adopted object stands for its own place, whatever holds it.
    if (!this.#nodes.has(value) && handleOf(value) !== undefined) return value;
    return this.nodeOf(value, parent, key).proxy;
  }

  finish(): Op[] {
    this.journal.assertOpen();
    this.#adoptions?.settle(this.journal);
    return this.journal.finish((value) => this.#detach(value));
  }

  /** What an op holds of a value. It has left the tree again if it stands nowhere, so nothing is lost without it. */
  #detach(value: Container): JsonValue {
    if (this.adoptions.has(value)) return this.adoptions.copyOf(value) ?? null;
    return this.find(value)?.isAttached() === true ? cloneJson(value) : null;
  }

  #nodeOfDraft(value: Container): DraftNode | undefined {
    const handle = handleOf(value);
    return handle instanceof DraftNode && handle.tree === this ? handle : undefined;
  }

  #create(target: Container, parent: DraftNode | undefined, key: string | number): DraftNode {
    const node = Array.isArray(target) ? new DraftArray(target, this, parent, key) : new DraftObject(target, this, parent, key);
    this.#nodes.set(target, node);
    return node;
  }
}
