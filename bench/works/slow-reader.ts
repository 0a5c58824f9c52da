import { pause } from '../crowd.ts';
import { tokenIds } from '../entities.ts';
import type { Player } from '../player.ts';
import { Returner } from '../returner.ts';
import { runSchedule, type ScheduleReport } from '../schedule.ts';
import { Samples } from '../statistics.ts';
import type { System } from '../system.ts';
import { generatorWarnings } from '../warnings.ts';
import type { Work } from '../work.ts';

const FAST = 1000;
const IDENTITIES = 50;
const RATE = 20;
const SLOW_BYTES_PER_SECOND = 1024;
/** Written before the others come, so that the slow one's share of the kernel's buffers is full when they are measured. */
const FILLING = 300;
const LONG_TEXT = 'x'.repeat(32_000);
const TEXT = 'y'.repeat(1_000);
const [TOKEN = ''] = tokenIds(1);

/** How long each of `readers` waited for each change, from when it was due; and the schedule's own report. */
async function measure(writer: Player, readers: readonly Player[], ms: number): Promise<{ latency: Samples; report: ScheduleReport }> {
  const seen: { seq: number; at: number }[] = [];
  const due = new Map<number, number>();
  for (const reader of readers) reader.onDelivery = (seq) => void seen.push({ seq, at: performance.now() });
  writer.onEcho = (dueAt, seq) => void due.set(seq, dueAt);
  const report = await runSchedule(RATE, ms, (i, dueAt) => writer.write(TOKEN, writer.sent + 1, i, TEXT, dueAt));
  await pause(500);
  for (const reader of readers) reader.onDelivery = undefined;
  const latency = new Samples();
  for (const { seq, at } of seen) {
    const dueAt = due.get(seq);
    if (dueAt !== undefined) latency.add(at - dueAt);
  }
  return { latency, report };
}

/** Joins as one who reads at 1 KB/s, and falls behind by more than any buffer takes. */
async function fallBehind(system: System, session: string, token: string, writer: Player): Promise<Returner> {
  const slow = new Returner(system.side, { session, token, as: FAST + 1 });
  await slow.come(system.port, SLOW_BYTES_PER_SECOND);
  for (let i = 0; i < FILLING; i++) {
    await new Promise<void>((resolve) => {
      writer.onEcho = () => resolve();
      writer.write(TOKEN, writer.sent + 1, i, LONG_TEXT);
    });
  }
  return slow;
}

export const slowReader: Work = {
  name: 'slow-reader',
  title: 'one who reads 1 KB/s among 1,000 who read as it comes, 20 changes of 1 KB a second',
  metrics: [
    { name: 'ratio', label: 'p99 of the others, with by without', digits: 2, wanted: 'least', target: 1.2 },
    { name: 'p99', label: 'p99 with the slow one, ms', digits: 2, wanted: 'least' },
    { name: 'memoryMb', label: 'memory for the slow one, MB', digits: 1, wanted: 'least' },
  ],
  async run({ start, short }) {
    const phaseMs = short ? 4000 : 10_000;
    const system = await start();
    const [session = ''] = await system.createSessions(1);
    const names = ['writer', 'slow', ...Array.from({ length: IDENTITIES }, (_, i) => `reader${i}`)];
    const [first = '', second = '', ...others] = await system.tokens(names);
    const writer = await system.join(session, first, 0);
    const slow = await fallBehind(system, session, second, writer);
    writer.write(TOKEN, writer.sent + 1, 0, TEXT);
    await pause(500);
    const readers: Player[] = [];
    for (let at = 0; at < FAST; at += 50) {
      const group = Array.from({ length: 50 }, (_, i) => system.join(session, others[(at + i) % IDENTITIES] as string, at + i + 1));
      readers.push(...(await Promise.all(group)));
    }
    await measure(writer, readers, 1500);
    const wasThere = slow.wire?.closed === false;
    const withSlow = await measure(writer, readers, phaseMs);
    const stayed = slow.wire?.closed === false;
    const memoryWith = await system.memory();
    slow.cut();
    await pause(500);
    const without = await measure(writer, readers, phaseMs);
    const memoryWithout = await system.memory();
    for (const player of [writer, ...readers]) player.leave();
    await system.stop();
    const fault = [writer, ...readers].find((player) => player.fault !== '')?.fault;
    const [p99, p99Without] = [withSlow.latency.percentile(0.99), without.latency.percentile(0.99)];
    return {
      measures: {
        ratio: p99 / p99Without,
        p99,
        p99Without,
        p50: withSlow.latency.percentile(0.5),
        p50Without: without.latency.percentile(0.5),
        memoryMb: (memoryWith - memoryWithout) / 2 ** 20,
        wasThere: Number(wasThere),
        stayed: Number(stayed),
      },
      warnings: [
        ...generatorWarnings(withSlow.report),
        ...generatorWarnings(without.report),
        ...(fault === undefined ? [] : [fault]),
        ...(wasThere ? [] : ['the slow reader had been cut off before the others were measured']),
      ],
      generatorBusy: withSlow.report.generatorBusy,
      generatorLagP99Ms: withSlow.report.lagP99Ms,
    };
  },
};
