import type { PongFrame } from '../protocol/frames.ts';
import type { Clock } from '../protocol/ports.ts';

/** So many of the latest round trips count. */
const SAMPLES = 9;

/** How far away the server is, in milliseconds: medians over the latest round trips. */
export type SessionClock = {
  /** A round trip. */
  readonly rttMs: number;
  /** By how much one round trip differs from the next. */
  readonly jitterMs: number;
  /** What to add to this device's wall-clock time to have the server's; right to within half a round trip. */
  readonly offsetMs: number;
};

/** Measures distance and clock of the server by its pongs. */
export class ClockEstimate {
  readonly #clock: Clock;
  #samples: readonly { readonly rttMs: number; readonly offsetMs: number }[] = [];
  #result: SessionClock | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get result(): SessionClock | undefined {
    return this.#result;
  }

  /** Milliseconds of the latest round trip. */
  get latest(): number | undefined {
    return this.#samples.at(-1)?.rttMs;
  }

  take({ at, now }: PongFrame): void {
    const rttMs = this.#clock.monotonic() - at;
    // The server is taken to have read its clock in the middle of the round trip.
    const offsetMs = now + rttMs / 2 - this.#clock.now();
    this.#samples = [...this.#samples, { rttMs, offsetMs }].slice(-SAMPLES);
    const rtts = this.#samples.map((sample) => sample.rttMs);
    this.#result = {
      rttMs: median(rtts),
      jitterMs: median(rtts.slice(1).map((rtt, index) => Math.abs(rtt - (rtts[index] ?? rtt)))),
      offsetMs: median(this.#samples.map((sample) => sample.offsetMs)),
    };
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
