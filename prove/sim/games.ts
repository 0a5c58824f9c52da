import { tabletop } from '../../examples/tabletop/game.ts';
import type { SessionDefinition } from '../../src/definition/session-definition.ts';
import { ScheduleMaker } from '../../src/testing/simulation/make-schedule.ts';
import { runSchedule, type Outcome } from '../../src/testing/simulation/run-schedule.ts';
import type { Schedule } from '../../src/testing/simulation/schedule.ts';
import { settle, versionsOf } from '../../src/testing/simulation/simulation-options.ts';
import { everything, laterVersions } from './everything.ts';

/** Steps of one run. */
export const STEPS = 200;
const SERVERS = 2;

type Versions = readonly (readonly SessionDefinition[])[];

/** The game that uses everything, the one of the example, and both at one server. */
const GAMES: readonly Versions[] = [
  versionsOf([everything], laterVersions),
  versionsOf([tabletop], undefined),
  versionsOf([everything], laterVersions),
  versionsOf([everything, tabletop], laterVersions),
];
const makers = GAMES.map((versions) => {
  const definitions = versions[0] ?? [];
  return new ScheduleMaker({ ...settle(definitions, { steps: STEPS }), definitions, servers: SERVERS, versions: versions.length });
});

/** The schedule of that seed, for the game of that seed. */
export function makeSchedule(seed: number): Schedule {
  const maker = makers[seed % makers.length];
  if (maker === undefined) throw new RangeError(`there is no seed ${seed}`);
  return maker.make(seed);
}

/** Plays a schedule, or what is left of one, with the game of its seed. */
export function play(schedule: Schedule): Promise<Outcome> {
  return runSchedule(schedule, { versions: GAMES[schedule.seed % GAMES.length] ?? [], servers: SERVERS });
}
