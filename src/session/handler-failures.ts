/** In this time, failures in a row count. */
const WINDOW_MS = 60_000;

/** Counts commands in a row whose handler threw. */
export class HandlerFailures {
  readonly #most: number;
  #times: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Notes a failure; true when it is one too many. */
  failed(now: number): boolean {
    this.#times.push(now);
    if (this.#times.length < this.#most) return false;
    const first = this.#times.shift() ?? now;
    if (now - first > WINDOW_MS) return false;
    this.#times = [];
    return true;
  }

  /** A handler did what it is there for, be it to refuse. */
  worked(): void {
    this.#times = [];
  }
}
