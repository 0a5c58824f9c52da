import { rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { sqliteStore } from 'holdfast/server';
import { Cycles } from '../../test/scale/cycles.ts';
import { dir, report, short } from './scenario.ts';

/** Sessions created, played, ended and deleted, a third crashed midway: heap, handles and timers after each tenth. Run with --expose-gc. */
const COUNT = Number(process.env['COUNT'] ?? (short ? 2_000 : 100_000));
rmSync(dir, { recursive: true, force: true });
const cycles = await new Cycles(sqliteStore({ dir, durability: 'normal' })).start();
const measures: Record<string, number> = { cycles: COUNT };
const began = performance.now();
for (let tenth = 1; tenth <= 10; tenth += 1) {
  await cycles.run(COUNT / 10);
  const { timers, awake, sessionObjects, stored, created, deleted } = await cycles.remains();
  globalThis.gc?.();
  measures[`heapMb${tenth}`] = process.memoryUsage().heapUsed / 2 ** 20;
  measures[`rssMb${tenth}`] = process.memoryUsage().rss / 2 ** 20;
  measures[`handles${tenth}`] = process.getActiveResourcesInfo().length;
  Object.assign(measures, { timers, awake, sessionObjects, stored, created, deleted, crashes: cycles.crashes });
}
measures['tookMs'] = performance.now() - began;
await cycles.stop();
report(measures);
