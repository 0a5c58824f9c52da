import type { Logger } from './logger.ts';

/** Functions of the application that want to hear of something. One that throws is logged and stops no other. */
export class Listeners<Args extends unknown[]> {
  readonly #logger: Logger;
  readonly #what: string;
  #all: readonly ((...args: Args) => void)[] = [];

  constructor(what: string, logger: Logger) {
    this.#what = what;
    this.#logger = logger;
  }

  /** The result takes the listener away again. Each call counts on its own, also for the same function. */
  add(fn: (...args: Args) => void): () => void {
    const entry = (...args: Args) => fn(...args);
    this.#all = [...this.#all, entry];
    return () => {
      this.#all = this.#all.filter((other) => other !== entry);
    };
  }

  call(...args: Args): void {
    for (const entry of this.#all) {
      try {
        entry(...args);
      } catch (error) {
        this.#logger.error(`Holdfast: a listener of ${this.#what} threw`, error);
      }
    }
  }
}
