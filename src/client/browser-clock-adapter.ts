import type { Clock } from '../protocol/ports.ts';

/** The clock of a browser or of Node, by web globals alone. */
export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  startTimer(afterMs, fire) {
    // What is late already is due at once; Node warns of less than nothing.
    const timer = setTimeout(fire, Math.max(0, afterMs));
    return () => clearTimeout(timer);
  },
};
