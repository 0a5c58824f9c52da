/** An allowance that fills up by so much a second, and never beyond `burst`. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** What an allowance holds after some time. `level` may be below nothing: what was taken on credit is paid back first. */
export function fillUp(level: number, elapsedMs: number, { perSecond, burst }: Rate): number {
  return Math.min(burst, level + (elapsedMs * perSecond) / 1_000);
}

/** Milliseconds until an allowance holds at least one again; 0 when it does. */
export function waitFor(level: number, { perSecond }: Rate): number {
  return level >= 1 ? 0 : Math.ceil(((1 - level) * 1_000) / perSecond);
}

type Bucket = { level: number; at: number };

/** One allowance for each key. A key that has all of its allowance costs nothing. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one where there is one. The result is 0, or how many milliseconds to wait. */
  take(key: string, at: number): number {
    const bucket = this.#filled(key, at);
    const waitMs = waitFor(bucket.level, this.#rate);
    if (waitMs === 0) bucket.level -= 1;
    return waitMs;
  }

  /** Takes what was used already. The result is 0, or how many milliseconds the key is behind. */
  charge(key: string, count: number, at: number): number {
    const bucket = this.#filled(key, at);
    bucket.level -= count;
    return bucket.level >= 0 ? 0 : waitFor(bucket.level, this.#rate);
  }

  /** Forgets the keys that have all of their allowance. */
  forgetFull(at: number): void {
    for (const [key, { level, at: from }] of this.#buckets) {
      if (fillUp(level, at - from, this.#rate) >= this.#rate.burst) this.#buckets.delete(key);
    }
  }

  #filled(key: string, at: number): Bucket {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, (bucket = { level: this.#rate.burst, at }));
    bucket.level = fillUp(bucket.level, at - bucket.at, this.#rate);
    bucket.at = at;
    return bucket;
  }
}
