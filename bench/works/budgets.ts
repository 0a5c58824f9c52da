import { disperse, gatherCrowd, load, pause, type Crowd } from '../crowd.ts';
import type { Player } from '../player.ts';
import { loadWarnings } from '../warnings.ts';
import type { Work, WorkContext } from '../work.ts';

const RATE = 2_000;
const HEALTHY = 999;
/** Commands a second of each poisoned session, and the bytes by which each makes it larger. */
const POISON_RATE = 20;
const GROWTH = 100_000;

/** CPU per command of the same load, with budgets kept or not. */
async function cpuOf({ start, short }: WorkContext, budgets: boolean): Promise<number> {
  const system = await start({ budgets });
  const crowd = await gatherCrowd(system);
  await load(system, crowd, RATE, short ? 3_000 : 8_000);
  const report = await load(system, crowd, RATE, short ? 4_000 : 10_000);
  disperse(crowd);
  await system.stop();
  return report.cpuUs / report.sent;
}

/** Sends what makes its session grow, or fail, until the session takes no more of it. */
function poison(player: Player, name: string): { stop: () => void; readonly isStopped: () => boolean } {
  const timer = setInterval(() => player.send(name, { size: GROWTH }), 1_000 / POISON_RATE);
  return { stop: () => clearInterval(timer), isStopped: () => player.refusals.has('not-active') };
}

export const budgets: Work = {
  name: 'budgets',
  title: 'budgets on and off; one session that grows and one that throws, among 999 others',
  metrics: [
    { name: 'cpuRatio', label: 'CPU per command, budgets on by off', digits: 3, wanted: 'least' },
    { name: 'ratio', label: 'p99 of the healthy ones, with the poisoned by without', digits: 2, wanted: 'least', target: 1.2 },
    { name: 'stopped', label: 'poisoned sessions that were paused, of 2', digits: 0, wanted: 'most' },
  ],
  async run(context) {
    const { side, start, short } = context;
    if (side === 'floor') return { measures: {}, warnings: [] };
    const [off, on] = [[] as number[], [] as number[]];
    for (let turn = 0; turn < 2; turn++) {
      off.push(await cpuOf(context, false));
      on.push(await cpuOf(context, true));
    }
    const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

    const system = await start({});
    const crowd: Crowd = await gatherCrowd(system, HEALTHY, 1);
    const sick = await gatherCrowd(system, 2, 1);
    const phaseMs = short ? 8_000 : 20_000;
    await load(system, crowd, RATE / 2, 5_000);
    const quiet = await load(system, crowd, RATE / 2, phaseMs);
    const [growing, throwing] = sick.players as [Player, Player];
    const poisons = [poison(growing, 'grow'), poison(throwing, 'fail')];
    const during = await load(system, crowd, RATE / 2, phaseMs);
    // Those that were not stopped yet will be.
    for (let waited = 0; waited < 20_000 && !poisons.every(({ isStopped }) => isStopped()); waited += 500) await pause(500);
    for (const { stop } of poisons) stop();
    disperse(crowd);
    disperse(sick);
    await system.stop();
    const [before, after] = [quiet.latency.percentile(0.99), during.latency.percentile(0.99)];
    return {
      measures: {
        cpuRatio: sum(on) / sum(off),
        cpuOffUs: sum(off) / off.length,
        cpuOnUs: sum(on) / on.length,
        ratio: after / before,
        quietP99: before,
        poisonedP99: after,
        stopped: poisons.filter(({ isStopped }) => isStopped()).length,
      },
      warnings: loadWarnings(during, crowd),
    };
  },
};
