import type { Clock } from '../../protocol/ports.ts';
import type { Gate } from './gate.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** Wall-clock time at which every run begins: 2026-01-01T00:00:00Z. */
const STARTED_AT = 1_767_225_600_000;

/** The wall clock of one machine, which may be wrong. */
export class WallClock {
  readonly #time: SimulatedTime;
  #offsetMs = 0;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  now(): number {
    return STARTED_AT + this.#offsetMs + this.#time.elapsed;
  }

  jump(ms: number): void {
    this.#offsetMs += ms;
  }
}

/** The clock as one program sees it. Its timers stand still and end with it. */
export class SimulatedClock implements Clock {
  readonly #time: SimulatedTime;
  readonly #gate: Gate;
  readonly #wall: WallClock;
  #timers = 0;

  constructor(time: SimulatedTime, gate: Gate, wall: WallClock) {
    this.#time = time;
    this.#gate = gate;
    this.#wall = wall;
  }

  /** How many are running. */
  get timers(): number {
    return this.#timers;
  }

  now(): number {
    return this.#wall.now();
  }

  monotonic(): number {
    return this.#time.elapsed;
  }

  startTimer(afterMs: number, fire: () => void): () => void {
    if (this.#gate.isGone) return () => undefined;
    this.#timers += 1;
    let isOver = false;
    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      this.#timers -= 1;
      return true;
    };
    const cancel = this.#time.after(afterMs, () => this.#gate.pass(() => end() && fire()));
    return () => {
      if (end()) cancel();
    };
  }
}
