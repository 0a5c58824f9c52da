import { disperse, gatherCrowd, load } from '../crowd.ts';
import type { Work } from '../work.ts';
import { loadWarnings } from '../warnings.ts';

export const deliveries: Work = {
  name: 'deliveries',
  title: '100 sessions x 6 clients, 2,000 commands/s',
  metrics: [
    { name: 'cpu', label: 'CPU per delivery, us', digits: 2, wanted: 'least', ratioTarget: 1.5 },
    { name: 'p50', label: 'command to own echo, p50 ms', digits: 2, wanted: 'least', target: 2 },
    { name: 'p99', label: 'command to own echo, p99 ms', digits: 2, wanted: 'least', target: 6 },
  ],
  async run({ start, short }) {
    const system = await start();
    const crowd = await gatherCrowd(system);
    // The optimising compiler works beside the server for its first seconds.
    await load(system, crowd, 2000, short ? 5000 : 10_000);
    const report = await load(system, crowd, 2000, short ? 4000 : 10_000);
    disperse(crowd);
    await system.stop();
    return {
      measures: {
        cpu: report.cpuUs / report.deliveries,
        p50: report.latency.percentile(0.5),
        p99: report.latency.percentile(0.99),
        eventsPerFrame: report.deliveries / report.frames,
        serverMainBusy: report.mainBusy,
      },
      warnings: loadWarnings(report, crowd),
      generatorBusy: report.generatorBusy,
      generatorLagP99Ms: report.lagP99Ms,
    };
  },
};
