/** Chance by a seed: the same seed throws the same. (mulberry32) */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    // Seeds that are neighbours begin alike otherwise.
    this.#state = this.next() ^ Math.imul(seed, 0x9e3779b1);
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to `below` - 1. */
  below(below: number): number {
    return this.next() % below;
  }

  /** From `min` to `max`, both included; for spans beyond 2^32 only some of the numbers. */
  int(min: number, max: number): number {
    return Math.min(max, min + Math.floor((this.next() / 2 ** 32) * (max - min + 1)));
  }

  /** True in `percent` of a hundred throws. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.below(items.length)] as Item;
  }

  /** Each of the items with a chance of `percent`, but never none of them. */
  some<Item>(items: readonly Item[], percent: number): Item[] {
    if (items.length === 0) return [];
    const sure = this.below(items.length);
    return items.filter((_, index) => this.chance(percent) || index === sure);
  }

  /** One of the names, as often as its weight says. */
  weighed<Name extends string>(weights: ReadonlyMap<Name, number>): Name {
    let left = this.below([...weights.values()].reduce((sum, weight) => sum + weight, 0));
    for (const [name, weight] of weights) if ((left -= weight) < 0) return name;
    throw new RangeError('nothing has a weight');
  }

  /** Other dice, for something that is to stay as it is when this throws more often. */
  fork(): Dice {
    return new Dice(this.next());
  }
}
