import { pin } from './environment.ts';
import { System } from './system.ts';
import { gatherCrowd, load } from './crowd.ts';
const { serverPrefix } = pin();
const nodeFlags = ['--conditions=holdfast-source', ...(process.argv[3] ? ['--cpu-prof', `--cpu-prof-dir=${process.argv[3]}`] : [])];
const s = await System.start({ side: 'holdfast', dir: '/work/main/holdfast-data/dbg', serverPrefix, nodeFlags });
const crowd = await gatherCrowd(s);
for (const rate of (process.argv[2] ?? '2000').split(',').map(Number)) {
  const r = await load(s, crowd, rate, 3000, 900);
  console.log(rate, {
    cpuPerDelivery: (r.cpuUs / r.deliveries).toFixed(1),
    cpuShare: (r.cpuUs / 1e3 / r.elapsedMs).toFixed(2),
    epf: (r.deliveries / r.frames).toFixed(2),
    p50: r.latency.percentile(0.5).toFixed(2),
    p90: r.latency.percentile(0.9).toFixed(1),
    p99: r.latency.percentile(0.99).toFixed(1),
    max: r.latency.percentile(1).toFixed(1),
    main: r.mainBusy.toFixed(2),
    gen: r.generatorBusy.toFixed(2),
    lag: r.lagP99Ms.toFixed(2),
    drained: r.drained,
    faults: r.faults,
    fault: r.fault,
  });
  if (!r.drained) break;
}
await s.stop();
process.exit(0);
