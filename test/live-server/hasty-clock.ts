import { performance } from 'node:perf_hooks';
import type { Clock } from '../../src/protocol/ports.ts';

/** A clock that runs `times` as fast, so that waiting before a reconnect does not make up most of a test. */
export function hastyClock(times: number): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * times,
    startTimer(afterMs, fire) {
      const timer = setTimeout(fire, Math.max(0, afterMs / times));
      return () => clearTimeout(timer);
    },
  };
}
