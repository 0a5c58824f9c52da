import type { Clock } from '../protocol/ports.ts';

/** The clock of a browser or of Node, by web globals alone. */
export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  startTimer(afterMs, fire) {
    const timer = setTimeout(fire, afterMs);
    return () => clearTimeout(timer);
  },
};
