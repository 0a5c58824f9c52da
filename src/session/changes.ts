import type { VisibilityRules } from '../definition/visibility.ts';
import type { Seq } from '../protocol/ids.ts';
import type { Op } from '../state/op.ts';
import { filterOps, type Sight } from '../state/sight.ts';

/** Of so many events it is known what they changed. */
const EVENTS_MOST = 256;

/**
 * Where the newest events changed the state, so that a command can be refused that was based on something older. Only what
 * its sender sees counts: a refusal must not tell of the rest. Bounded by a number of events, whatever was written.
 */
export class Changes {
  readonly #rules: VisibilityRules;
  /** One for each event: ops that stand for all at their place. */
  #events: (readonly Op[])[] = [];
  #after: Seq;

  /** Nothing is known of events up to `after`. */
  constructor(rules: VisibilityRules, after: Seq) {
    this.#rules = rules;
    this.#after = after;
  }

  /** The next event. */
  add(ops: readonly Op[]): void {
    this.#events.push(this.#places(ops));
    if (this.#events.length < 2 * EVENTS_MOST) return;
    this.#events = this.#events.slice(EVENTS_MOST);
    this.#after += EVENTS_MOST;
  }

  /** True when something that the sight shows (undefined: everything) changed after `basis`, or when that is too long ago to tell. */
  isOutdated(basis: Seq, sight: Sight | undefined): boolean {
    const head = this.#after + this.#events.length;
    if (basis < Math.max(this.#after, head - EVENTS_MOST)) return true;
    return this.#events
      .slice(basis - this.#after)
      .some((places) => (sight === undefined ? places : filterOps('state', places, sight)).length > 0);
  }

  #places(ops: readonly Op[]): readonly Op[] {
    const places = new Map<string, Op>();
    for (const [, path] of ops) {
      const place = path.slice(0, this.#rules[String(path[0])] === 'self' ? 2 : 1);
      const name = place.join('\n');
      if (!places.has(name)) places.set(name, ['d', place]);
    }
    return [...places.values()];
  }
}
