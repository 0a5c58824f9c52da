import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../bench/entities.ts';
import { inScope, type Scope } from '../live-server/clean-up.ts';
import type { DiskImage } from '../shim/disk-image.ts';
import type { DiskRecord } from '../shim/disk-journal.ts';
import { cutPower, type Cut } from '../shim/power-cut.ts';
import { checkDirectory, type Checked } from './check-directory.ts';
import { cutPointsOf, PLACES } from './cut-points.ts';
import { Expected } from './expected.ts';
import { PoweredGame } from './powered-game.ts';
import { PoweredServer } from './powered-server.ts';

/** Every so many cuts are at durability `normal`. */
const NORMAL_ONE_IN = 4;
/** The server runs this long before it is killed, at most. */
const MOST_LOAD_MS = 250;

export type Cuts = {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** Empty. */
  readonly directory: string;
  /** All at one; by default one in four is at `normal`. */
  readonly durability?: 'full' | 'normal';
  done(units: number): void;
};
export type CutFault = { readonly unit: number; readonly what: string };
export type CutReport = { readonly counts: Readonly<Record<string, number>>; readonly wrong: readonly CutFault[] };

/** What a disk was told between two power cuts, and what it held before. */
type Period = { readonly before: DiskImage; readonly records: readonly DiskRecord[]; readonly heads: Checked['heads'] };

/**
 * Cuts the power of a real server with real clients, once for the server itself and otherwise at points of what its disk was
 * told; serves what the disk then holds and holds it against all that was told before that point.
 */
export async function cutAndCheck({ seed, from, count, directory, durability: wanted, done }: Cuts): Promise<CutReport> {
  const counts: Record<string, number> = Object.fromEntries([...COUNTED, SELDOM].map((name) => [name, 0]));
  const wrong: CutFault[] = [];
  const units = Array.from({ length: count }, (_, index) => from + index);
  for (const durability of ['full', 'normal'] as const) {
    const own = units.filter((unit) => (wanted ?? durabilityOf(unit)) === durability);
    const [live, ...others] = own;
    if (live === undefined) continue;
    const place = join(directory, durability);
    mkdirSync(place);
    const counted = new Tally(counts, wrong);
    await inScope(async (scope) => {
      const server = await PoweredServer.create(scope, { directory: place, durability });
      const periods = await play(scope, server, seededRandom(seed * 31 + live), live, counted);
      done(1);
      await cutOffline(server, periods, others, { seed, counted, done });
    });
  }
  return { counts, wrong };
}

function durabilityOf(unit: number): 'full' | 'normal' {
  return unit % NORMAL_ONE_IN === NORMAL_ONE_IN - 1 ? 'normal' : 'full';
}

/** This may not happen in few cuts. */
const SELDOM = 'clients ahead of their log';

/** Units of one durability take one place after the other. */
function placeOf(unit: number): number {
  const normal = Math.floor((unit + 1) / NORMAL_ONE_IN);
  return durabilityOf(unit) === 'normal' ? normal - 1 : unit - normal;
}

export const COUNTED = [
  'cuts',
  'cuts at full',
  'cuts at normal',
  'cuts of a running server',
  'cuts with unsynced data lost',
  'cuts with names lost',
  'torn writes',
  'kill -9, start, then a cut',
  'answers held against a cut',
  ...PLACES.map((place) => `cuts ${place}` as const),
] as const;

class Tally {
  readonly #counts: Record<string, number>;
  readonly #wrong: CutFault[];

  constructor(counts: Record<string, number>, wrong: CutFault[]) {
    this.#counts = counts;
    this.#wrong = wrong;
  }

  count(name: (typeof COUNTED)[number] | typeof SELDOM, by = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + by;
  }

  cut({ lostBytes, lostNames, torn }: Cut, durability: 'full' | 'normal'): void {
    this.count('cuts');
    this.count(`cuts at ${durability}`);
    this.count('torn writes', torn);
    if (lostBytes > 0) this.count('cuts with unsynced data lost');
    if (lostNames > 0) this.count('cuts with names lost');
  }

  wrong(unit: number, what: string): void {
    this.#wrong.push({ unit, what });
  }
}

/** The real thing: load, kill -9, a start, more load, then the power goes and comes back, and everyone returns. */
async function play(scope: Scope, server: PoweredServer, random: () => number, unit: number, counted: Tally): Promise<Period[]> {
  await server.start(1);
  const game = await PoweredGame.begin(scope, server);
  await runFor(game, random);
  await server.kill();
  await server.start(2);
  await runFor(game, random);
  const { cut, ...first } = await server.powerCut(random);
  counted.cut(cut, server.durability);
  counted.count('cuts of a running server');
  counted.count('kill -9, start, then a cut');
  const expected = Expected.after(first.records, first.records.length, server.durability);
  const copy = server.scratch('copy');
  cutPower(server.before, copy, () => 0);
  const { heads, wrong } = await checkDirectory(join(copy, 'data'), expected);
  for (const each of wrong) counted.wrong(unit, `after a cut of the running server (${cut.manner}): ${each}`);
  if (wrong.length > 0) return [{ ...first, heads: new Map() }];

  const ahead = game.aheadOf(heads);
  const printed = server.live.output.length;
  await server.start(2);
  await game.finishWriting();
  const reported = regressionsIn(server.live.output.slice(printed));
  counted.count('clients ahead of their log', ahead.length);
  if (server.durability === 'full' && ahead.length > 0) counted.wrong(unit, `shown what is not there: ${ahead.join()}`);
  if (ahead.toSorted().join() !== reported.join())
    counted.wrong(unit, `ahead of their log were ${ahead.join()}, and reported ${reported.join()}`);
  for (const each of await game.compare(server.durability === 'normal')) counted.wrong(unit, `when all are back (${cut.manner}): ${each}`);
  await runFor(game, random);
  await server.kill();
  return [
    { ...first, heads: new Map() },
    { before: server.before, records: server.records, heads },
  ];
}

/** Whom a server has reported as ahead of its log; who tries to come back more than once is reported each time. */
function regressionsIn(output: string): string[] {
  const lines = output.split('\n').filter((line) => line.includes('"kind":"log-regression"'));
  const events = lines.map((line) => JSON.parse(line) as { readonly participant: string; readonly session: string });
  return [...new Set(events.map(({ participant, session }) => `${participant} of ${session}`))].toSorted();
}

/** The server runs under load for a while, and is busy otherwise too. */
async function runFor(game: PoweredGame, random: () => number): Promise<void> {
  game.startWriting();
  const busy = game.busy();
  await elapse((0.3 + 0.7 * random()) * MOST_LOAD_MS);
  // The clients go on asking while the power is off.
  if (random() < 0.5) await busy;
}

type Offline = { readonly seed: number; readonly counted: Tally; readonly done: (units: number) => void };

/** One cut for each unit, at points of what the disk was told. */
async function cutOffline(
  server: PoweredServer,
  periods: readonly Period[],
  units: readonly number[],
  { seed, counted, done }: Offline,
): Promise<void> {
  const points = periods.map(({ records }) => cutPointsOf(records));
  const chosen = units.map((unit) => {
    const random = seededRandom(seed * 7919 + unit);
    const place = PLACES[placeOf(unit) % PLACES.length] ?? 'anywhere';
    const at = random() < 0.3 ? periods.length - 1 : 0;
    const period = (points[at]?.[place] ?? []).length > 0 ? at : 0;
    const all = points[period]?.[place] ?? [];
    const candidates = all.length > 0 ? all : (points[period]?.anywhere ?? []);
    return { unit, random, period, point: candidates[Math.floor(random() * candidates.length)] ?? 0 };
  });
  for (const [index, period] of periods.entries()) {
    const image = period.before;
    const own = chosen.filter((each) => each.period === index).toSorted((a, b) => a.point - b.point);
    for (const { unit, random, point } of own) {
      for (const record of period.records.slice(image.length, point)) image.follow(record);
      const directory = server.scratch('cut');
      const cut = cutPower(image, directory, random);
      counted.cut(cut, server.durability);
      for (const place of PLACES) if (points[index]?.[place].includes(point)) counted.count(`cuts ${place}`);
      const expected = Expected.after(period.records, point, server.durability, period.heads);
      counted.count('answers held against a cut', expected.acked.size);
      const { wrong } = await checkDirectory(join(directory, 'data'), expected);
      for (const each of wrong)
        counted.wrong(unit, `cut after ${point} of ${period.records.length} records (${cut.manner}, ${server.durability}): ${each}`);
      done(1);
    }
  }
}

/** The clock of a crash, not a wait for something to happen: the instant is drawn at random on purpose. */
function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
