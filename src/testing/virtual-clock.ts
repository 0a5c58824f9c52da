import type { Clock } from '../protocol/ports.ts';

type Timer = { readonly dueAt: number; readonly order: number; readonly fire: () => void };

/**
 * A clock that stands still until the test moves it: nothing sleeps, and the same moves give the same run.
 *
 * @example
 * const clock = new VirtualClock();
 * clock.startTimer(5_000, () => console.log('five seconds later'));
 * clock.advance(5_000);
 */
export class VirtualClock implements Clock {
  #startedAt: number;
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #order = 0;

  /** `startedAt`: wall-clock milliseconds at which this clock begins (default 2026-01-01T00:00:00Z). */
  constructor(options: { startedAt?: number } = {}) {
    this.#startedAt = options.startedAt ?? 1_767_225_600_000;
  }

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  startTimer(afterMs: number, fire: () => void): () => void {
    const timer: Timer = { dueAt: this.#elapsed + Math.max(0, afterMs), order: this.#order++, fire };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers are running: 0 proves that nothing was left behind. */
  get timers(): number {
    return this.#timers.size;
  }

  /**
   * Lets `ms` milliseconds pass. Timers fire in the order in which they are due (equal times: as started), each with the
   * clock standing at its time; timers that they start fire too when due within the span. `advance(0)` fires what is due now.
   */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let timer = this.#nextDue(end); timer !== undefined; timer = this.#nextDue(end)) {
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, timer.dueAt);
      timer.fire();
    }
    this.#elapsed = end;
  }

  /** The device sleeps for `ms` milliseconds: time passes, and no timer fires until the next `advance`. */
  sleep(ms: number): void {
    this.#elapsed += ms;
  }

  /** Somebody sets the wall clock forward, or back: no time passes. */
  jump(byMs: number): void {
    this.#startedAt += byMs;
  }

  #nextDue(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > end) continue;
      const sooner = next === undefined || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.order < next.order);
      if (sooner) next = timer;
    }
    return next;
  }
}
