import type { Clock } from '../protocol/ports.ts';

/** The clock of a browser or of Node, by web globals alone. */
export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  startTimer(afterMs, fire) {
    // What is late already is due at once; Node warns of less than nothing. More than this would be taken for none at all.
    const timer = setTimeout(fire, Math.min(Math.max(0, afterMs), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
