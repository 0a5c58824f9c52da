import { pause, tokenOf } from '../crowd.ts';
import type { Player } from '../player.ts';
import { runSchedule } from '../schedule.ts';
import type { Work } from '../work.ts';
import { generatorWarnings } from '../warnings.ts';

const SPECTATORS = 3000;
/** One person has at most 32 connections to a session. */
const IDENTITIES = 100;

export const spectators: Work = {
  name: 'spectators',
  title: 'one writer at 20/s, 3,000 spectators',
  metrics: [{ name: 'cpu', label: 'CPU per delivery, us', digits: 2, wanted: 'least', ratioTarget: 0.85 }],
  async run({ start, short }) {
    const system = await start();
    const [session = ''] = await system.createSessions(1);
    const [token = '', ...others] = await system.tokens(['writer', ...Array.from({ length: IDENTITIES }, (_, i) => `spectator${i}`)]);
    const writer = await system.join(session, token, 0);
    const crowd: Player[] = [];
    for (let at = 0; at < SPECTATORS; at += 50) {
      const group = Array.from({ length: 50 }, (_, i) =>
        system.join(session, others[(at + i) % IDENTITIES] as string, at + i + 1, 'spectator'),
      );
      crowd.push(...(await Promise.all(group)));
    }
    await pause(300);
    const play = (ms: number): ReturnType<typeof runSchedule> =>
      runSchedule(20, ms, (i, dueAt) => void writer.move(tokenOf(0), i + 1, i, dueAt));
    await play(1000);
    await pause(200);
    const count = (): number => crowd.reduce((sum, player) => sum + player.deliveries, writer.deliveries);
    const deliveriesBefore = count();
    const before = await system.usage();
    const report = await play(short ? 3000 : 8000);
    await pause(300);
    const after = await system.usage();
    const delivered = count() - deliveriesBefore;
    for (const player of [writer, ...crowd]) player.leave();
    await system.stop();
    const warnings = generatorWarnings(report);
    if (delivered !== report.sent * (SPECTATORS + 1)) warnings.push(`${delivered} deliveries instead of ${report.sent * (SPECTATORS + 1)}`);
    const fault = [writer, ...crowd].find((player) => player.fault !== '')?.fault;
    if (fault !== undefined) warnings.push(fault);
    return {
      measures: { cpu: (after.cpuUs - before.cpuUs) / delivered, serverMainBusy: after.mainBusy },
      warnings,
      generatorBusy: report.generatorBusy,
      generatorLagP99Ms: report.lagP99Ms,
    };
  },
};
