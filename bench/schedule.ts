import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers';
import { Samples } from './statistics.ts';
import { activity } from './wire-client.ts';

export type ScheduleReport = {
  readonly sent: number;
  readonly elapsedMs: number;
  /** How far behind its intended instant each command was sent. */
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  /** Share of the time that the load generator was working rather than waiting, 0 to 1. */
  readonly generatorBusy: number;
  /** Share of the time that the load generator wanted its core and other processes of the machine had it, 0 to 1; Linux only. */
  readonly generatorWaited: number;
};

const NAP_MS = 0.05;
/** A command that is due sooner is waited for without sleeping, since a nap takes about twice as long as asked. */
const NAP_LEAST_MS = 0.15;
const bed = new Int32Array(new SharedArrayBuffer(4));

function nap(): void {
  Atomics.wait(bed, 0, 0, NAP_MS);
}

/** Milliseconds that this process was ready to run and did not. */
function waitedMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/** Most sends in one turn of the loop, so that a generator that fell behind still reads what arrives. */
const BURST = 128;

/**
 * Open loop: command i is due at start + i / rate whatever came back before, and `send` is given that instant, so that a
 * server that stalls is charged for every command that should have been sent meanwhile (no coordinated omission).
 * Timers are good to a millisecond only, so shorter waits are naps between looks at the sockets; it never spins for long,
 * because what the kernel does for the server (syncing, above all) needs the load generator's core, too.
 */
export function runSchedule(
  rate: number,
  durationMs: number,
  send: (index: number, dueAt: number) => void,
  stop: () => boolean = () => false,
): Promise<ScheduleReport> {
  const spacing = 1000 / rate;
  const total = Math.round(durationMs / spacing);
  const lag = new Samples();
  const start = performance.now();
  const waitedAtStart = waitedMs();
  const loopAtStart = performance.eventLoopUtilization();
  let index = 0;
  let spunIdle = 0;
  let spunAt = 0;
  return new Promise((resolve) => {
    const finish = (): void => {
      const elapsedMs = performance.now() - start;
      const active = performance.eventLoopUtilization(loopAtStart).active;
      const generatorBusy = Math.max(0, (active - spunIdle) / elapsedMs);
      resolve({
        sent: index,
        elapsedMs,
        lagP50Ms: lag.percentile(0.5),
        lagP99Ms: lag.percentile(0.99),
        generatorBusy,
        generatorWaited: (waitedMs() - waitedAtStart) / elapsedMs,
      });
    };
    const turn = (): void => {
      const now = performance.now();
      if (spunAt !== 0 && !activity.worked) spunIdle += now - spunAt;
      activity.worked = false;
      const most = Math.min(total, index + BURST);
      while (index < most && start + index * spacing <= now) {
        const dueAt = start + index * spacing;
        send(index, dueAt);
        lag.add(performance.now() - dueAt);
        index += 1;
      }
      const nextIn = start + index * spacing - now;
      if (stop() || (index >= total && nextIn <= 0)) return finish();
      if (nextIn > 2.5) {
        spunAt = 0;
        setTimeout(turn, Math.floor(nextIn - 1.5));
      } else {
        spunAt = performance.now();
        if (nextIn > NAP_LEAST_MS) {
          nap();
          const awake = performance.now();
          spunIdle += awake - spunAt;
          spunAt = awake;
        }
        setImmediate(turn);
      }
    };
    turn();
  });
}
