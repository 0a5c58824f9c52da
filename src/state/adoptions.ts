import type { DraftNode } from './draft-node.ts';
import type { Journal } from './journal.ts';
import type { Container } from './json-rules.ts';
import { JsonCopier, cloneJson } from './copy-json.ts';

/** Replaces what stands at `key` of `holder`, if it was adopted. */
export type Replace = (holder: DraftNode, key: string | number, value: Container) => Container | undefined;

/**
 * Containers that a recording took from the handler as they are. They stand in the tree itself, so whoever else has them
 * writes to the tree too, unchecked, until `settle` puts a checked copy of its own into each place.
 */
export class Adoptions {
  /** What each took when it was assigned last. */
  readonly #bytes = new Map<Container, number>();
  /** What they were put into. */
  readonly #holders = new Set<DraftNode>();
  readonly #copies = new Map<Container, Container>();

  note(holder: DraftNode, value: Container, bytes: number): void {
    this.#holders.add(holder);
    this.#bytes.set(value, bytes);
  }

  has(value: Container): boolean {
    return this.#bytes.has(value);
  }

  /** After `settle`: a copy of what stands in the tree for it, if it still stands there. */
  copyOf(value: Container): Container | undefined {
    const copy = this.#copies.get(value);
    return copy === undefined ? undefined : cloneJson(copy);
  }

  /** Throws `StateError` on anything that cannot stay. What has left the tree is not looked at. */
  settle(journal: Journal): void {
    const { maxDepth, maxBytes } = journal.limits;
    let bytesLeft = maxBytes - journal.opBytes();
    const replace: Replace = (holder, key, value) => {
      const before = this.#bytes.get(value);
      if (before === undefined) return undefined;
      const limits = { maxDepth: maxDepth - holder.depth(), maxBytes: bytesLeft + before };
      const copier = new JsonCopier(limits, () => holder.path(key));
      const copy = copier.copy(value) as Container;
      bytesLeft -= Math.max(copier.bytes - before, 0);
      this.#copies.set(value, copy);
      return copy;
    };
    // Where an adopted object stands in another, replacing the outer one cuts off the inner, which is in its copy.
    for (const holder of this.#holders) if (holder.isAttached()) holder.replaceAdopted(replace);
  }
}
