import type { Clock } from '../protocol/ports.ts';
import type { ConnectionPolicy } from './lifecycle-policy.ts';

/**
 * What the time means for all connections together: logins that take too long, silence, windows of lost ones. One timer
 * for all: a timer per connection would cost more than the connection's own state.
 */
export class Sweep {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #look: (at: number) => void;
  #lastAt: number;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, { loginTimeoutMs, heartbeatMs }: ConnectionPolicy, look: (at: number) => void) {
    this.#clock = clock;
    this.#everyMs = Math.max(10, Math.min(1_000, loginTimeoutMs / 5, heartbeatMs / 5));
    this.#look = look;
    this.#lastAt = clock.monotonic();
  }

  /** When it last looked (monotonic): a time that costs nothing to ask for, with every message if need be. */
  get lastAt(): number {
    return this.#lastAt;
  }

  start(): void {
    this.#lastAt = this.#clock.monotonic();
    this.#cancel ??= this.#clock.startTimer(this.#everyMs, this.#run);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  readonly #run = (): void => {
    this.#lastAt = this.#clock.monotonic();
    this.#look(this.#lastAt);
    if (this.#cancel !== undefined) this.#cancel = this.#clock.startTimer(this.#everyMs, this.#run);
  };
}
