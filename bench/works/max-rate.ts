import { disperse, gatherCrowd, load, type Crowd } from '../crowd.ts';
import type { System } from '../system.ts';
import type { Work } from '../work.ts';

const P99_MS = 50;
/** Unanswered commands that one client may have; a client that would need more is far beyond 50 ms anyway. */
const MOST_UNANSWERED = 32;

type Step = { readonly holds: boolean; readonly busy: number; readonly lag: number; readonly waited: number; readonly p99: number };

/** Starts afresh: a server pushed over its limit may keep a backlog or have closed connections. */
async function startWarm(start: () => Promise<System>, durationMs: number): Promise<{ system: System; crowd: Crowd }> {
  const system = await start();
  const crowd = await gatherCrowd(system);
  await load(system, crowd, 2000, durationMs);
  return { system, crowd };
}

async function tryRate(system: System, crowd: Crowd, rate: number, durationMs: number): Promise<Step> {
  const report = await load(system, crowd, rate, durationMs, MOST_UNANSWERED);
  const p99 = report.latency.percentile(0.99);
  return {
    holds: report.drained && report.faults === 0 && p99 <= P99_MS,
    busy: report.generatorBusy,
    lag: report.lagP99Ms,
    waited: report.generatorWaited,
    p99,
  };
}

export const maxRate: Work = {
  name: 'max-rate',
  title: 'same sessions, most commands/s with p99 <= 50 ms',
  metrics: [{ name: 'rate', label: 'commands/s', digits: 0, wanted: 'most', ratioTarget: 2.5 }],
  async run({ start, short }) {
    const durationMs = short ? 1000 : 2000;
    let { system, crowd } = await startWarm(start, durationMs);
    let best = { rate: 0, busy: 0, lag: 0 };
    let failed: { rate: number; step: Step } | undefined;
    let next = 8000;
    while (next >= 500 && (failed === undefined || failed.rate / Math.max(best.rate, 1) > 1.05)) {
      const rate = Math.round(next);
      let step = await tryRate(system, crowd, rate, durationMs);
      // One hiccup of the machine must not end the ramp: a rate counts as too high when it fails twice.
      for (let attempt = 1; !step.holds && attempt <= 2; attempt++) {
        disperse(crowd);
        await system.stop();
        ({ system, crowd } = await startWarm(start, durationMs));
        if (attempt === 1) step = await tryRate(system, crowd, rate, durationMs);
      }
      if (step.holds) best = { rate, busy: step.busy, lag: step.lag };
      else failed = { rate, step };
      next = failed === undefined ? rate * 1.3 : best.rate === 0 ? rate / 2 : Math.sqrt(best.rate * failed.rate);
    }
    disperse(crowd);
    await system.stop();
    if (failed === undefined) throw new Error('the ramp found no limit');
    const atLimit = failed.step;
    const warnings =
      atLimit.busy > 0.9 && atLimit.lag > P99_MS / 2
        ? [`at ${failed.rate}/s the load generator itself was ${Math.round(atLimit.busy * 100)} % busy: the server may be faster`]
        : [];
    return {
      measures: { rate: best.rate, failedAt: failed.rate, failedP99: atLimit.p99 },
      warnings,
      generatorBusy: best.busy,
      generatorLagP99Ms: best.lag,
    };
  },
};
