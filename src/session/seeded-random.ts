import { createHash } from 'node:crypto';
import type { CommandRandom } from '../definition/command-context.ts';

/**
 * `ctx.random` and `ctx.id` of one event: SHA-256(seed, counter) as a stream of 32-bit words. What one event shows of
 * its stream tells nothing of another's, because every event has a fresh 128-bit seed; and a hash in counter mode, unlike
 * a small generator, tells nothing of its own earlier or later words either.
 */
export class SeededRandom implements CommandRandom {
  readonly #seed: string;
  #counter = 0;
  #block: Buffer | undefined;
  #offset = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** True once anything was drawn: only then must the seed be stored. */
  get used(): boolean {
    return this.#counter > 0;
  }

  int(min: number, max: number): number {
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || max < min) {
      throw new RangeError(`random.int(min, max) takes two whole numbers with min <= max, got ${min} and ${max}`);
    }
    const span = max - min + 1;
    if (!Number.isSafeInteger(span)) throw new RangeError(`random.int(min, max) takes a span of at most 2^53 - 1, got ${min} to ${max}`);
    const limit = 2 ** 53 - (2 ** 53 % span);
    for (;;) {
      const value = this.#word53();
      if (value < limit) return min + (value % span);
    }
  }

  float(): number {
    return this.#word53() / 2 ** 53;
  }

  bool(): boolean {
    return (this.#word32() & 1) === 1;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('random.pick(items) takes an array with at least one item');
    return items[this.int(0, items.length - 1)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let index = result.length - 1; index > 0; index -= 1) {
      const other = this.int(0, index);
      const kept = result[index] as T;
      result[index] = result[other] as T;
      result[other] = kept;
    }
    return result;
  }

  /** 128 unpredictable bits, base64url: 22 characters. */
  id(): string {
    const bytes = Buffer.alloc(16);
    for (let index = 0; index < 4; index += 1) bytes.writeUInt32LE(this.#word32(), index * 4);
    return bytes.toString('base64url');
  }

  #word53(): number {
    return (this.#word32() >>> 5) * 2 ** 26 + (this.#word32() >>> 6);
  }

  #word32(): number {
    if (this.#block === undefined || this.#offset === this.#block.length) {
      this.#block = createHash('sha256').update(`${this.#seed} ${this.#counter}`).digest();
      this.#counter += 1;
      this.#offset = 0;
    }
    const word = this.#block.readUInt32LE(this.#offset);
    this.#offset += 4;
    return word;
  }
}
