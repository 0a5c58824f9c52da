import './pack-at-once.ts';
import { isDeepStrictEqual } from 'node:util';
import { difference, seenFromOutside } from './compare.ts';
import { makeSchedule, OUTSIDERS } from './schedule.ts';
import { HUSH, LONG, SHORT, type Secrets } from './secrets.ts';
import { Tally } from './tally.ts';
import type { World } from './world.ts';

// After the packing: modules are loaded in this order.
const { Play } = await import('./play.ts');
const worlds = await import('./world.ts');

/** Schedules of one seed; those of another are others. */
const SCHEDULES_PER_SEED = 10_000_000;

export type ScheduleUnits = { readonly seed: number; readonly from: number; readonly count: number; done?(units: number): void };

export type ScheduleResult = {
  /** By what it is, how often it occurred in the first world of each schedule. */
  readonly counts: Record<string, number>;
  readonly wrong: { readonly unit: number; readonly what: string }[];
};

/** Plays each schedule in two worlds with different secrets, and compares all that outsiders get. */
export async function runSchedules({ seed, from, count, done }: ScheduleUnits): Promise<ScheduleResult> {
  const [tally, wrong] = [new Tally(), [] as ScheduleResult['wrong']];
  let compared = 0;
  for (let unit = from; unit < from + count; unit += 1) {
    const number = (seed - 1) * SCHEDULES_PER_SEED + unit + 1;
    const [one, other] = [await play(number, SHORT), await play(number, LONG)];
    const what = leakIn(one, other);
    if (what !== undefined) wrong.push({ unit, what });
    for (const who of OUTSIDERS) compared += seenFromOutside(one, who).length;
    tally.merge(one.tally);
    done?.(1);
  }
  return { counts: { ...tally.counts, 'messages and answers compared': compared }, wrong };
}

async function play(schedule: number, secrets: Secrets): Promise<World> {
  const world = new worlds.World(makeSchedule(schedule), secrets);
  await new Play(world).run();
  return world;
}

/** What an outsider could learn; undefined where it is nothing. */
function leakIn(one: World, other: World): string | undefined {
  if (!isDeepStrictEqual(one.insiders, other.insiders)) return 'who sees what is not the doing of the schedule alone';
  const found = difference(one, other);
  if (found !== undefined) return found;
  for (const who of OUTSIDERS) {
    const told = seenFromOutside(one, who).find(({ text }) => text.includes(HUSH));
    if (told !== undefined) return `${who} got a secret: ${JSON.stringify(told)}`;
  }
  return undefined;
}

/** Every route, as a server itself names them. */
export async function routesOfServer(): Promise<string[]> {
  const world = new worlds.World(makeSchedule(1), SHORT);
  await world.while(world.server.start());
  const response = await world.while(world.fetch('nobody', 'GET', '/openapi.json'));
  const { paths } = (await response.json()) as { paths: Record<string, object> };
  await world.stop();
  return Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
}
