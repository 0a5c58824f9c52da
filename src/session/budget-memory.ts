import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { Op } from '../state/op.ts';
import { heapSizeAdded, heapSizeOf } from './budget-heap-size.ts';
import type { Tree } from './tree.ts';

/** Growth of less than this, or of less than the share, does not call for another look at the state. */
const GROWTH_LEAST = 16 * 1024;
const GROWTH_SHARE = 0.05;
/** A slot and a key, where a write may have made one. */
const SLOT = 32;

/** What a session holds besides its tree, in heap bytes, counted by those who hold it. */
export type HeldBytes = () => number;

/**
 * How much heap a session holds. Its tree is looked at when it has grown by enough since the last look, by what was written
 * to it; what overwrites and deletes gave back shows then.
 */
export class SessionMemory {
  readonly #tree: Tree;
  readonly #held: HeldBytes;
  #ofTree: number | undefined;
  #grown = 0;
  /** Bytes written to the state since this memory began: that is made differently from what was read. */
  #written: number;
  #shrunk = false;

  constructor(tree: Tree, held: HeldBytes, isNew: boolean) {
    this.#tree = tree;
    this.#written = isNew ? Number.POSITIVE_INFINITY : 0;
    this.#held = held;
  }

  /** As of the last look. */
  get bytes(): number {
    return (this.#ofTree ?? 0) + this.#held();
  }

  /** Takes in what an event did to the state. Close to `limit` it is looked at more often. */
  wrote(ops: readonly Op[], limit: number): void {
    let added = 0;
    for (const op of ops) added += this.#added(op);
    this.#grown += added;
    this.#written += added;
    const known = this.#ofTree ?? 0;
    const isClose = known + this.#grown >= limit && this.#grown >= limit / 100;
    if (this.#ofTree === undefined || isClose || this.#grown > Math.max(GROWTH_LEAST, known * GROWTH_SHARE)) this.look();
  }

  /** Looks at the tree where anything may have changed since the last time. */
  refresh(): void {
    if (this.#ofTree === undefined || this.#grown > 0 || this.#shrunk) this.look();
  }

  /** Looks at the whole tree, by samples where it is large. */
  look(): void {
    const { state, meta, internal } = this.#tree;
    // Before the first look all is as it was read, or all is new.
    const share = Math.min(1, this.#written / (this.#ofTree ?? Number.MAX_VALUE));
    this.#ofTree = heapSizeOf(state, share) + heapSizeOf(meta) + heapSizeOf(internal as JsonObject);
    this.#grown = 0;
    this.#shrunk = false;
  }

  #added(op: Op): number {
    switch (op[0]) {
      case 's':
        return heapSizeAdded(op[2]) + SLOT;
      case 'p':
        if (op[3] > 0) this.#shrunk = true;
        return op.slice(4).reduce<number>((sum, value) => sum + heapSizeAdded(value as JsonValue) + SLOT, 0);
      default:
        this.#shrunk = true;
        return 0;
    }
  }
}
