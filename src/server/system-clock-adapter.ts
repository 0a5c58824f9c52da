import type { Clock } from '../protocol/ports.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  startTimer(afterMs, fire) {
    if (afterMs <= 0) {
      const immediate = setImmediate(fire);
      return () => clearImmediate(immediate);
    }
    // Node cuts fractions off, which would make every wait shorter than asked, and takes more than this for none at all.
    const timer = setTimeout(fire, Math.min(Math.ceil(afterMs), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
