import type { Clock } from '../protocol/ports.ts';

/** A clock whose timers run inside `guard`. */
export function guardedClock(clock: Clock, guard: (work: () => void) => void): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    startTimer: (afterMs, fire) => clock.startTimer(afterMs, () => guard(fire)),
  };
}
