import { EXIT } from './cli-error.ts';

/** A server that served for so long was well: what comes after is a new trouble. */
const WELL_AFTER_MS = 10_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/** How the process of a server ended. */
export type Ending = {
  /** Null where a signal ended it. */
  readonly code: number | null;
  /** Milliseconds since it was ready; undefined where it never was. */
  readonly servedMs: number | undefined;
  /** Somebody has asked for the end. */
  readonly asked: boolean;
};

/** What the supervisor does about it. */
export type Decision = { readonly then: 'end'; readonly code: number } | { readonly then: 'start'; readonly afterMs: number };

/** Decides what becomes of a server that ended. Pure but for its memory of how often that happened lately. */
export class Supervision {
  #wasReady = false;
  #failures = 0;

  decide({ code, servedMs, asked }: Ending): Decision {
    if (servedMs !== undefined) this.#wasReady = true;
    // What is wrong from the beginning, or with a setting, is said once; trying again would only repeat it.
    if (asked || code === EXIT.ok || code === EXIT.usage || code === EXIT.notFound || !this.#wasReady)
      return { then: 'end', code: code ?? EXIT.failed };
    if (servedMs !== undefined && servedMs >= WELL_AFTER_MS) this.#failures = 0;
    this.#failures += 1;
    return { then: 'start', afterMs: this.#failures === 1 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 2)) };
  }
}
