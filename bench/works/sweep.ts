import { disperse, gatherCrowd, load } from '../crowd.ts';
import { loadWarnings } from '../warnings.ts';
import type { Work } from '../work.ts';

const STORED = 100_000;
const SHORT = 10_000;
/** Commands a second of those who play meanwhile. */
const RATE = 1_000;

/**
 * Of the stored sessions two fifths are to be ended, two fifths are not due, and a fifth is due and held. They are given up by
 * one sweep and ended by the next, while 100 sessions are played.
 */
export const sweep: Work = {
  name: 'sweep',
  title: 'a sweep of 100,000 stored sessions while 100 are played',
  metrics: [
    { name: 'seconds', label: 'a sweep that ends 40,000 of 100,000, s', digits: 1, wanted: 'least' },
    { name: 'quiet', label: 'p99 of the played ones without a sweep, ms', digits: 2, wanted: 'least' },
    { name: 'swept', label: 'p99 of the played ones during it, ms', digits: 2, wanted: 'least' },
    { name: 'slowdown', label: 'the second by the first', digits: 2, wanted: 'least', target: 1.2 },
  ],
  async run({ start, short, side }) {
    if (side === 'floor') return { measures: {}, warnings: [] };
    const stored = short ? SHORT : STORED;
    const [due, held] = [stored * 0.4, stored * 0.2];
    const before = await start();
    await before.shelve({ stale: due, held, fresh: stored - due - held });
    // So that all of them are asleep.
    await before.stop();
    const system = await start({ keepData: true });
    const first = await system.sweep();
    const crowd = await gatherCrowd(system);
    await load(system, crowd, RATE, 5_000);
    const quiet = await load(system, crowd, RATE, 8_000);
    const sweeping = system.sweep();
    const during = await load(system, crowd, RATE, short ? 3_000 : 15_000);
    const second = await sweeping;
    const warnings = [...loadWarnings(during, crowd)];
    if (first.steps['abandon'] !== due || second.steps['end'] !== due || second.ended !== due)
      warnings.push(`wrong ones: ${first.steps['abandon']} given up, ${second.steps['end']} and ${second.ended} ended, not ${due}`);
    if (second.looked > due + held) warnings.push(`${second.looked} looked at`);
    disperse(crowd);
    await system.stop();
    const [p99Quiet, p99Swept] = [quiet.latency.percentile(0.99), during.latency.percentile(0.99)];
    return {
      measures: {
        seconds: second.tookMs / 1_000,
        quiet: p99Quiet,
        swept: p99Swept,
        slowdown: p99Swept / p99Quiet,
        firstSeconds: first.tookMs / 1_000,
      },
      warnings,
      generatorBusy: during.generatorBusy,
      generatorLagP99Ms: during.lagP99Ms,
    };
  },
};
