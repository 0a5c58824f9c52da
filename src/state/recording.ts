import type { DraftNode, DraftTree } from './draft-node.ts';
import type { RecordingLimits } from './journal.ts';
import type { Container } from './json-rules.ts';
import type { Op } from './op.ts';
import { DraftArray } from './draft-array.ts';
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
 * Only JSON can be written, and what is written is copied: nothing in the tree is ever shared with anything. A draft
 * that was taken out of the tree is put back as it is. Reads see own keys only. Throws `StateError` that says where.
 *
 * ```ts
 * const recording = startRecording(tree);
 * recording.draft.tokens.hero.x = 7;
 * recording.finish(); // [['s', ['tokens', 'hero', 'x'], 7]]
 * ```
 */
export function startRecording<S extends object>(tree: S, limits: Partial<RecordingLimits> = {}): Recording<S> {
  const journal = new Journal({ ...DEFAULT_LIMITS, ...limits });
  const { proxy } = new RecordedTree(journal).root(tree as Container);
  return { draft: proxy as S, finish: () => journal.finish(), undo: () => journal.undo() };
}

class RecordedTree implements DraftTree {
  readonly journal: Journal;
  readonly #nodes = new Map<Container, DraftNode>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  root(target: Container): DraftNode {
    return this.#create(target, undefined, '');
  }

  find(target: Container): DraftNode | undefined {
    return this.#nodes.get(target);
  }

  nodeOf(target: Container, parent: DraftNode, key: string | number): DraftNode {
    const known = this.#nodes.get(target);
    if (known === undefined) return this.#create(target, parent, key);
    known.parent = parent;
    known.key = key;
    return known;
  }

  #create(target: Container, parent: DraftNode | undefined, key: string | number): DraftNode {
    const node = Array.isArray(target) ? new DraftArray(target, this, parent, key) : new DraftObject(target, this, parent, key);
    this.#nodes.set(target, node);
    return node;
  }
}
