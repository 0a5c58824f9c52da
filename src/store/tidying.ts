import type { PageScrubber } from './page-scrubber-adapter.ts';
import type { SqliteEngine } from './sqlite-engine.ts';

/** Pages of the database file that are looked through at a time. */
const PAGES_PER_SCRUB = 512;
/** Between two steps of tidying, and after another process was in the way. */
const TIDY_MS = 5;
const BUSY_MS = 250;

/**
 * A pass over the database file that takes traces away, and how far it is. It is good for what was deleted before it
 * began; `since` counts the changes until then.
 */
export type WipePass = { readonly page: number; readonly since: number };
/** What comes next: more of the pass, or nothing; `busy`: another process reads, try again later. */
export type WipeStep = WipePass | 'done' | 'busy';

/** What can wait until nothing else is asked: names for the index, what removals have left, traces of what was deleted. */
export class Tidying {
  readonly #engine: SqliteEngine;
  readonly #scrubber: PageScrubber;
  #pass: WipePass | undefined;

  constructor(engine: SqliteEngine, scrubber: PageScrubber) {
    this.#engine = engine;
    this.#scrubber = scrubber;
  }

  /** One step. Returns when the next is due, in ms; undefined when nothing is left. */
  step(): number | undefined {
    const engine = this.#engine;
    try {
      if (engine.ask('looking for new names', ({ names }) => names.hasWaiting(1))) {
        engine.change('taking up names', ({ names }) => names.step());
      } else if (engine.ask('looking for trash', ({ remover }) => remover.hasTrash)) {
        engine.rearrange('sweeping', ({ remover }) => remover.sweep());
      } else if (engine.ask('looking for unused parts', ({ parts }) => parts.hasUnused)) {
        engine.change('sweeping', ({ parts }) => parts.sweep());
      } else if (engine.ask('looking for traces', ({ remover }) => remover.hasTraces)) {
        return this.#wipeOn();
      } else return undefined;
      return TIDY_MS;
    } catch {
      // What waits for an answer is told of the failure; this can wait for the next time.
      return undefined;
    }
  }

  /** Takes the traces of deleted content out of a part of the files; see {@link WipeStep}. Throws `StoreError`. */
  wipe(pass: WipePass = { page: 0, since: this.#engine.changes }): WipeStep {
    if (!this.#engine.emptyLog()) return 'busy';
    const page = this.#engine.ask('wiping deleted content', () => this.#scrubber.scrub(pass.page, PAGES_PER_SCRUB));
    if (page !== undefined) return { ...pass, page };
    if (pass.since === this.#engine.changes) this.#engine.change('noting that it is wiped', ({ remover }) => remover.forgetTraces());
    return 'done';
  }

  #wipeOn(): number {
    const step = this.wipe(this.#pass);
    this.#pass = typeof step === 'string' ? undefined : step;
    return step === 'busy' ? BUSY_MS : TIDY_MS;
  }
}
