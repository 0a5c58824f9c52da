import { SeededBytes } from '../../src/testing/seeded-bytes.ts';

/** Chance by a seed, for making schedules. */
export class Dice {
  readonly #bytes: SeededBytes;

  constructor(seed: number) {
    this.#bytes = new SeededBytes(seed);
  }

  /** 0 to `below` - 1. */
  below(below: number): number {
    const [high = 0, low = 0] = this.#bytes.bytes(2);
    return (high * 256 + low) % below;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** One of the keys, as often as its number says. */
  weighed<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    const keys = Object.keys(weights) as Key[];
    let left = this.below(keys.reduce((sum, key) => sum + weights[key], 0));
    return keys.find((key) => (left -= weights[key]) < 0) as Key;
  }
}
