import { MOST_REQUESTS_AT_ONCE } from '../protocol/event-stream.ts';

/** Brings requests that overtook each other on their way back into the order in which they were made. */
export class RequestOrder {
  #next = 1;
  readonly #early = new Map<number, readonly string[]>();

  /**
   * Takes the frames of the request with that number (1, 2, 3, ...) and gives all frames whose turn it is now. A request
   * that comes again, as browsers may send it, gives none. Undefined for one that a client cannot have made yet.
   */
  take(number: number, frames: readonly string[]): readonly string[] | undefined {
    if (number >= this.#next + MOST_REQUESTS_AT_ONCE) return undefined;
    if (number >= this.#next) this.#early.set(number, frames);
    const due: string[] = [];
    for (let turn = this.#early.get(this.#next); turn !== undefined; turn = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next += 1;
      due.push(...turn);
    }
    return due;
  }
}
