import type { Clock, Random } from 'holdfast/connection';

/** What a host needs from outside: time and chance. */
export type Ports = { readonly clock: Clock; readonly random: Random };

/** The real ones. A test gives others, and time passes as it likes. */
export const systemPorts: Ports = {
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    startTimer(afterMs, fire) {
      const timer = setTimeout(fire, afterMs);
      return () => clearTimeout(timer);
    },
  },
  random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
};
