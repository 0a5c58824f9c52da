import { everyLook } from '../../src/testing/simulation/checks/index.ts';
import { Coverage } from '../../src/testing/simulation/coverage.ts';
import { CRASH_POINTS, FAULT_KINDS } from '../../src/testing/simulation/history.ts';
import type { Outcome } from '../../src/testing/simulation/run-schedule.ts';
import { shorten } from '../../src/testing/simulation/shorten.ts';
import { SimulationError } from '../../src/testing/simulation/simulation-error.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';
import { makeSchedule, play, STEPS } from '../sim/games.ts';

const SHORTEN_MS = 60_000;

/** A unit is a step; a run has `STEPS` of them, and the seed of the run is the piece's seed and how many runs came before. */
async function run({ seed, from, count, done }: Piece): Promise<PieceResult> {
  const coverage = new Coverage();
  const looked: Record<string, number> = {};
  let entries = 0;
  const wrong: Wrong[] = [];
  for (let number = Math.ceil(from / STEPS); number * STEPS < from + count; number += 1) {
    const outcome = await play(makeSchedule(seed + number));
    coverage.add(outcome.schedule, outcome.history.entries);
    entries += outcome.history.entries.length;
    for (const [name, times] of Object.entries(outcome.looked)) looked[name] = (looked[name] ?? 0) + times;
    if (outcome.violations.length > 0) wrong.push(await tellWrong(outcome, number * STEPS));
    done(STEPS);
  }
  const accepted = Object.values(coverage.commands).reduce((sum, one) => sum + one.accepted, 0);
  const rejected = Object.values(coverage.commands).reduce((sum, one) => sum + one.rejected, 0);
  const totals = { 'runs': coverage.runs, 'entries of histories': entries, 'commands accepted': accepted, 'commands refused': rejected };
  const took = { ...prefixed('fault', coverage.faults), ...prefixed('crash', coverage.crashPoints) };
  return { counts: { ...totals, ...took, ...prefixed('looked at', looked) }, wrong };
}

async function tellWrong({ schedule, violations }: Outcome, unit: number): Promise<Wrong> {
  const repeat = `npm run prove -- sim --seed ${schedule.seed} --units 1`;
  const [violation] = violations;
  if (violation === undefined) throw new Error('nothing was wrong');
  const until = performance.now() + SHORTEN_MS;
  const { schedule: shortened } = await shorten(schedule, {
    stillFails: async (candidate) => (await play(candidate)).violations.some(({ promise }) => promise === violation.promise),
    isLate: () => performance.now() > until,
  });
  const failure = { seed: schedule.seed, violation, violations, schedule, shortened, repeat };
  return { unit, what: new SimulationError(failure).message, repeat };
}

function prefixed(prefix: string, counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}: ${name}`, count]));
}

export const proof: Proof = {
  name: 'sim',
  title: 'simulation on virtual time',
  claim: 'Whatever goes wrong with servers, disks, networks and devices, in whatever order, every promise holds.',
  unit: 'step',
  short: 100_000,
  long: 100_000_000,
  pieceUnits: 5_000,
  pieceLimitMs: 300_000,
  mustOccur: [
    ...FAULT_KINDS.map((fault) => `fault: ${fault}`),
    ...CRASH_POINTS.map((point) => `crash: ${point}`),
    ...everyLook().map((name) => `looked at: ${name}`),
  ],
  run,
};
