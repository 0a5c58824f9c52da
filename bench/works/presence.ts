import { disperse, gatherCrowd, pause, PLAYERS, type Crowd } from '../crowd.ts';
import type { Player } from '../player.ts';
import { runSchedule, type ScheduleReport } from '../schedule.ts';
import { Samples } from '../statistics.ts';
import type { System } from '../system.ts';
import { generatorWarnings } from '../warnings.ts';
import type { Work } from '../work.ts';

const RATE = 2000;
const SPECTATORS = 3000;
/** One person has at most 32 connections to a session. */
const IDENTITIES = 1000;
const KEPT = 4096;

export const presence: Work = {
  name: 'presence',
  title: '100 sessions x 6 clients, 2,000 cursor moves/s; then 3,000 who come to watch',
  metrics: [
    { name: 'cpu', label: 'CPU per presence delivery, us', digits: 2, wanted: 'least' },
    { name: 'p50', label: 'change to everyone, p50 ms', digits: 2, wanted: 'least' },
    { name: 'p99', label: 'change to everyone, p99 ms', digits: 2, wanted: 'least' },
    { name: 'audienceFrames', label: 'frames each spectator got while 3,000 came', digits: 2, wanted: 'least' },
    { name: 'audienceSeconds', label: 'which took, s', digits: 1, wanted: 'least' },
  ],
  async run({ start, short, side }) {
    const system = await start();
    const crowd = await gatherCrowd(system);
    await wave(system, crowd, short ? 3000 : 6000);
    const report = await wave(system, crowd, short ? 4000 : 10_000);
    disperse(crowd);
    const audience = side === 'holdfast' ? await gatherAudience(system) : undefined;
    await system.stop();
    const warnings = generatorWarnings(report.schedule);
    const expected = report.schedule.sent * PLAYERS;
    if (report.deliveries !== expected) warnings.push(`${report.deliveries} deliveries instead of ${expected}`);
    return {
      measures: {
        cpu: report.cpuUs / report.deliveries,
        p50: report.latency.percentile(0.5),
        p99: report.latency.percentile(0.99),
        serverMainBusy: report.mainBusy,
        ...audience,
      },
      warnings,
      generatorBusy: report.schedule.generatorBusy,
      generatorLagP99Ms: report.schedule.lagP99Ms,
    };
  },
};

type WaveReport = {
  readonly schedule: ScheduleReport;
  readonly latency: Samples;
  readonly deliveries: number;
  readonly cpuUs: number;
  readonly mainBusy: number;
};

/** Everyone moves a cursor in turn; a delivery is one change that reaches one client. */
async function wave(system: System, { players }: Crowd, durationMs: number): Promise<WaveReport> {
  const latency = new Samples();
  const dueAts = new Float64Array(players.length * KEPT);
  const sent = new Uint32Array(players.length);
  let deliveries = 0;
  for (const player of players) {
    player.onPresence = ({ people }) => {
      const now = performance.now();
      for (const id in people) {
        const data = people[id as keyof typeof people]?.data as { as: number; n: number } | undefined;
        if (data === undefined) continue;
        deliveries += 1;
        latency.add(now - (dueAts[data.as * KEPT + (data.n % KEPT)] ?? 0));
      }
    };
  }
  const before = await system.usage();
  const step = 7 * PLAYERS + 1;
  const schedule = await runSchedule(RATE, durationMs, (index, dueAt) => {
    const at = (index * step) % players.length;
    const n = (sent[at] = (sent[at] ?? 0) + 1);
    dueAts[at * KEPT + (n % KEPT)] = dueAt;
    (players[at] as Player).show(at, n);
  });
  await pause(300);
  const after = await system.usage();
  return { schedule, latency, deliveries, cpuUs: after.cpuUs - before.cpuUs, mainBusy: after.mainBusy };
}

async function gatherAudience(system: System): Promise<{ audienceFrames: number; audienceSeconds: number }> {
  const [session = ''] = await system.createSessions(1);
  const tokens = await system.tokens(Array.from({ length: IDENTITIES }, (_, i) => `spectator${i}`));
  const began = performance.now();
  const crowd: Player[] = [];
  let frames = 0;
  for (let at = 0; at < SPECTATORS; at += 50) {
    const group = Array.from({ length: 50 }, (_, i) =>
      system.join(session, tokens[(at + i) % IDENTITIES] as string, at + i, 'spectator').then((player) => {
        player.onPresence = () => (frames += 1);
        return player;
      }),
    );
    crowd.push(...(await Promise.all(group)));
  }
  await pause(1500);
  const audienceSeconds = (performance.now() - began) / 1000;
  for (const player of crowd) player.leave();
  return { audienceFrames: frames / SPECTATORS, audienceSeconds };
}
