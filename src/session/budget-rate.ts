/** Rates are means of about this long. */
export const RATE_WINDOW_MS = 10_000;
/** What came within this time counts as if it came at once. */
const STEP_MS = 100;

/** How much a second, as a mean that forgets exponentially: cheap to add to, and it falls by itself. */
export class Rate {
  #sum = 0;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** Adds an amount; `now` is monotonic. */
  add(amount: number, now: number): void {
    if (now - this.#at >= STEP_MS) this.#forget(now);
    this.#sum += amount;
  }

  /** So much a second, as of the last call. */
  get perSecond(): number {
    return this.#sum / (RATE_WINDOW_MS / 1_000);
  }

  /** The same as of now. */
  perSecondAt(now: number): number {
    if (now - this.#at >= STEP_MS) this.#forget(now);
    return this.perSecond;
  }

  /** Milliseconds until it has fallen below `perSecond`, if nothing comes. */
  waitFor(perSecond: number): number {
    return Math.max(STEP_MS, RATE_WINDOW_MS * Math.log(this.perSecond / perSecond));
  }

  #forget(now: number): void {
    this.#sum *= Math.exp((this.#at - now) / RATE_WINDOW_MS);
    this.#at = now;
  }
}
