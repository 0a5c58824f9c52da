import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Clock } from '../protocol/ports.ts';

/** So much of what a slow store or machine held up is made good, in ms; what is more is left out. */
const CATCH_UP_MS = 1_000;
/** After so many failures in a row the session is paused. */
const FAILURES_MOST = 10;

export type TickHost = {
  readonly clock: Clock;
  /** True while the session is active and someone is connected. */
  readonly isPlayed: () => boolean;
  /** True while the last event is on its way to the store, or the store has no room. */
  readonly isBehind: () => boolean;
  /** Runs the tick so many times as one event; false where it failed. */
  readonly run: (times: number) => boolean;
  /** The tick keeps failing. */
  readonly giveUp: () => void;
};

/** The tick of one awake session: at a fixed rate while it is played. Ticks that come too early for the store become one event. */
export class Ticker {
  readonly #everyMs: number;
  readonly #host: TickHost;
  #cancel: (() => void) | undefined;
  /** When the next tick is due (monotonic). */
  #due = 0;
  #owed = 0;
  #isTicking = false;
  #failures = 0;

  constructor(tick: NonNullable<SessionDefinition['tick']>, host: TickHost) {
    this.#everyMs = tick.everyMs;
    this.#host = host;
  }

  /** Ticks where the session is played, and does not where it is not. */
  follow(): void {
    const { clock, isPlayed } = this.#host;
    if (!isPlayed()) return this.stop();
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#due = clock.monotonic() + this.#everyMs;
    this.#wait();
  }

  stop(): void {
    this.#isTicking = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#owed = 0;
  }

  #wait(): void {
    const { clock } = this.#host;
    this.#cancel = clock.startTimer(Math.max(0, this.#due - clock.monotonic()), () => this.#tick());
  }

  #tick(): void {
    this.#cancel = undefined;
    const { clock, isPlayed, isBehind } = this.#host;
    if (!isPlayed()) return this.stop();
    const late = Math.max(0, clock.monotonic() - this.#due);
    const most = Math.max(1, Math.floor(CATCH_UP_MS / this.#everyMs));
    const steps = 1 + Math.floor(late / this.#everyMs);
    this.#due += steps * this.#everyMs;
    this.#owed = Math.min(most, this.#owed + steps);
    if (!isBehind()) this.#run();
    // What it did may have paused or ended the session.
    if (this.#isTicking && isPlayed()) this.#wait();
    else this.stop();
  }

  #run(): void {
    const times = this.#owed;
    this.#owed = 0;
    this.#failures = this.#host.run(times) ? 0 : this.#failures + 1;
    if (this.#failures < FAILURES_MOST) return;
    this.#failures = 0;
    this.#host.giveUp();
  }
}
