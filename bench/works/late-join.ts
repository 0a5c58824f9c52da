import { pause } from '../crowd.ts';
import { tokenIds } from '../entities.ts';
import { runSchedule } from '../schedule.ts';
import { Samples } from '../statistics.ts';
import type { Work } from '../work.ts';

const ENTITIES = 1000;
const IDS = tokenIds(ENTITIES);

export const lateJoin: Work = {
  name: 'late-join',
  title: 'late join of 1,000 entities (200 kB) while 20 commands/s flow',
  metrics: [
    { name: 'ms', label: 'connect to state applied, ms', digits: 2, wanted: 'least', target: 1.6 },
    { name: 'bytes', label: 'bytes on the wire', digits: 0, wanted: 'least', target: 100_000 },
    { name: 'cpuMs', label: 'server CPU per join, ms', digits: 2, wanted: 'least', target: 0.5 },
  ],
  async run({ start, short }) {
    const system = await start();
    const joins = short ? 40 : 100;
    const everyMs = 40;
    const [session = ''] = await system.createSessions(1, { tokens: ENTITIES, rich: true });
    const [token = '', ...others] = await system.tokens(['writer', ...Array.from({ length: joins + 20 }, (_, i) => `late${i}`)]);
    const writer = await system.join(session, token, 0);
    let finished = false;
    const flow = runSchedule(
      20,
      600_000,
      (i, dueAt) => void writer.move(IDS[(i * 7) % ENTITIES] as string, i % 2000, i % 1999, dueAt),
      () => finished,
    );
    const took = new Samples();
    const bytes = new Samples();
    let faults = writer.fault;
    const joinAll = async (credentials: readonly string[], from: number): Promise<void> => {
      for (const [i, credential] of credentials.entries()) {
        await pause(everyMs);
        const connectAt = performance.now();
        const player = await system.join(session, credential, from + i);
        took.add(performance.now() - connectAt);
        bytes.add(player.wire.bytes);
        if (Object.keys(player.state['tokens'] ?? {}).length !== ENTITIES) faults ||= 'a joiner did not get every entity';
        player.leave();
      }
    };
    await joinAll(others.slice(0, 20), 1);
    const quietFrom = await system.usage();
    const quietAt = performance.now();
    await pause(joins * everyMs);
    const joinsFrom = await system.usage();
    const joinsAt = performance.now();
    const quietUsPerMs = (joinsFrom.cpuUs - quietFrom.cpuUs) / (joinsAt - quietAt);
    took.clear();
    bytes.clear();
    await joinAll(others.slice(20), 100);
    const joinsTo = await system.usage();
    const cpuUs = joinsTo.cpuUs - joinsFrom.cpuUs - quietUsPerMs * (performance.now() - joinsAt);
    finished = true;
    await flow;
    writer.leave();
    await system.stop();
    return {
      measures: { ms: took.percentile(0.5), p99: took.percentile(0.99), bytes: bytes.percentile(0.5), cpuMs: cpuUs / joins / 1000 },
      warnings: faults === '' ? [] : [faults],
    };
  },
};
