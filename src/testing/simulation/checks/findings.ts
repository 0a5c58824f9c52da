import type { Checked, Violation } from './finished-run.ts';
import type { RunReading } from './read-run.ts';

/** A check looks at a run and says what it found, and at how much it looked. */
export type Check = (reading: RunReading) => Checked;

/** More of one kind say no more. */
const MOST = 20;

/** What one check finds, as it goes. */
export class Findings {
  readonly #reading: RunReading;
  readonly #promise: number;
  readonly #violations: Violation[] = [];
  readonly #looked: Record<string, number>;

  /** `names`: what is counted, so that what never occurs is there as 0. */
  constructor(reading: RunReading, promise: number, names: readonly string[]) {
    this.#reading = reading;
    this.#promise = promise;
    this.#looked = Object.fromEntries(names.map((name) => [name, 0]));
  }

  looked(name: string, times = 1): void {
    this.#looked[name] = (this.#looked[name] ?? 0) + times;
  }

  wrong(index: number, what: string): void {
    if (this.#violations.length < MOST) this.#violations.push(this.#reading.violation(this.#promise, index, what));
  }

  /** Wrong unless it holds. */
  must(holds: boolean, index: number, what: () => string): void {
    if (!holds) this.wrong(index, what());
  }

  get checked(): Checked {
    return { violations: this.#violations, looked: this.#looked };
  }
}

/** Who, in a sentence. */
export function whose({ client, connection }: { readonly client: string; readonly connection: string }): string {
  return `${client} (${connection})`;
}
