import type { Clock } from '../protocol/ports.ts';

const MISSES_ALLOWED = 2;

/** Asks the server for a sign of life at a steady pace. Any frame counts as a sign of life. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #on: { ping(at: number): void; dead(): void };
  #stopTimer: () => void;
  #heard = true;
  #missed = 0;

  constructor(clock: Clock, everyMs: number, on: { ping(at: number): void; dead(): void }) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#on = on;
    this.#stopTimer = clock.startTimer(everyMs, this.#beat);
  }

  /** Sends a ping now; its mark, the time, comes back with the pong. */
  ping(): void {
    this.#on.ping(this.#clock.monotonic());
  }

  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    this.#stopTimer();
  }

  readonly #beat = (): void => {
    this.#missed = this.#heard ? 0 : this.#missed + 1;
    this.#heard = false;
    if (this.#missed >= MISSES_ALLOWED) return this.#on.dead();
    this.#stopTimer = this.#clock.startTimer(this.#everyMs, this.#beat);
    this.ping();
  };
}
