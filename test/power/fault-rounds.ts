import { join } from 'node:path';
import { seededRandom } from '../../bench/entities.ts';
import { inScope } from '../live-server/clean-up.ts';
import type { DiskRecord } from '../shim/disk-journal.ts';
import { cutPower } from '../shim/power-cut.ts';
import { checkDirectory } from './check-directory.ts';
import { Expected } from './expected.ts';
import { addMark, markIn } from './marks.ts';
import type { CutFault, CutReport, Cuts } from './power-cuts.ts';
import { PoweredGame } from './powered-game.ts';
import { PoweredServer, type DiskFault } from './powered-server.ts';

/** Power cuts for each round, soon after what went wrong. */
const CUTS = 2;
const SOON_RECORDS = 60;
const MOST_LOAD_MS = 120;
/** Longer than a store waits before it moves its log into the database. */
const IDLE_MS = 400;
const LONGEST_WAIT_MS = 5_000;
const LOOK_MS = 10;
/** What a powered server ends with when its store cannot be brought back. */
const BROKEN = 70;

type Trouble = Omit<DiskFault, 'skip'> & {
  readonly name: string;
  /** It happens while nothing is asked. */
  readonly isIdle?: boolean;
  /** The log begins anew with the first commit that follows. */
  readonly isFresh?: boolean;
  /** A backup reads meanwhile. */
  readonly isBusy?: boolean;
};

const TROUBLES: readonly Trouble[] = [
  { name: 'a failed sync of the log, read as before', call: 'sync', file: 'db-wal', times: 1, fault: 'EIO', detail: 'dropped' },
  { name: 'a failed sync of the log, read as written', call: 'sync', file: 'db-wal', times: 1, fault: 'EIO', detail: 'kept' },
  { name: 'a failed sync of the log during a backup', call: 'sync', file: 'db-wal', times: 1, fault: 'EIO', detail: 'kept', isBusy: true },
  { name: 'two failed syncs of the log', call: 'sync', file: 'db-wal', times: 2, fault: 'EIO', detail: 'kept' },
  {
    name: 'a failed sync of the database, read as before',
    call: 'sync',
    file: 'holdfast.db',
    times: 1,
    fault: 'EIO',
    detail: 'dropped',
    isIdle: true,
  },
  {
    name: 'a failed sync of the database, read as written',
    call: 'sync',
    file: 'holdfast.db',
    times: 1,
    fault: 'EIO',
    detail: 'kept',
    isIdle: true,
  },
  { name: 'failed syncs of a log that begins anew', call: 'sync', file: 'db-wal', times: 2, fault: 'EIO', detail: 'kept', isFresh: true },
  { name: 'every sync fails', call: 'sync', file: '*', times: 0, fault: 'EIO', detail: 'kept' },
  { name: 'a failed write of the log', call: 'write', file: 'db-wal', times: 1, fault: 'EIO' },
  { name: 'a failed write of the database', call: 'write', file: 'holdfast.db', times: 1, fault: 'EIO', isIdle: true },
  { name: 'no room for some writes of the log', call: 'write', file: 'db-wal', times: 20, fault: 'ENOSPC' },
  { name: 'no room for anything', call: 'write', file: '*', times: 0, fault: 'ENOSPC' },
  { name: 'short writes', call: 'write', file: 'db-wal', times: 30, fault: 'short' },
  { name: 'slow syncs', call: 'sync', file: '*', times: 4, fault: 'delay', detail: '60' },
];

export const FAULT_COUNTS = [
  'rounds',
  ...TROUBLES.map(({ name }) => name),
  'failed syncs',
  'failed writes',
  'short writes seen',
  'delayed syncs',
  'servers that ended',
  'commands refused for want of room',
  'cuts after a fault',
] as const;

/** Rounds of load in each of which the disk fails in some way, and then loses power soon after. Servers are at `full`. */
export async function failAndCheck({ seed, from, count, directory, done }: Cuts): Promise<CutReport> {
  const counts: Record<string, number> = Object.fromEntries(FAULT_COUNTS.map((name) => [name, 0]));
  const wrong: CutFault[] = [];
  const add = (name: (typeof FAULT_COUNTS)[number], by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
  await inScope(async (scope) => {
    const server = await PoweredServer.create(scope, { directory, durability: 'full' });
    await server.start(1);
    const game = await PoweredGame.begin(scope, server);
    for (let unit = from; unit < from + count; unit += 1) {
      const trouble = TROUBLES[unit % TROUBLES.length] ?? TROUBLES[0];
      if (trouble === undefined) break;
      addMark(server.journal, { mark: 'round', unit });
      const { ended, faults } = await round(server, game, trouble, seededRandom(seed * 131 + unit));
      if (ended) add('servers that ended');
      add('rounds');
      wrong.push(...faults.map((what) => ({ unit, what: `${trouble.name}: ${what}` })));
      done(1);
    }
    await server.kill();
    add('commands refused for want of room', game.journal.records.filter(({ outcome }) => outcome === 'refused').length);
    const { records } = server;
    for (const { kind, unit } of faultsIn(records)) {
      const { name } = TROUBLES[unit % TROUBLES.length] ?? {};
      if (name !== undefined) add(name);
      add(
        kind === 'unsynced'
          ? 'failed syncs'
          : kind === 'unwritten'
            ? 'failed writes'
            : kind === 'shortened'
              ? 'short writes seen'
              : 'delayed syncs',
      );
    }
    const cuts = await cutsAfterFaults(server, records, seed);
    add('cuts after a fault', cuts.count);
    wrong.push(...cuts.wrong);
  });
  return { counts, wrong };
}

/** Everyone plays, the disk fails, and all is answered and agrees in the end. */
async function round(
  server: PoweredServer,
  game: PoweredGame,
  trouble: Trouble,
  random: () => number,
): Promise<{ ended: boolean; faults: string[] }> {
  const { live } = server;
  const faults: string[] = [];
  let ended = false;
  const end = live.ended().then(({ code }) => {
    ended = true;
    if (code !== BROKEN) faults.push(`the server ended with ${code}`);
  });
  game.startWriting();
  const busy = trouble.isBusy === true ? game.backUp() : Promise.resolve();
  await elapse(random() * MOST_LOAD_MS);
  if (trouble.isFresh === true) {
    await game.finishWriting();
    await elapse(IDLE_MS);
  }
  server.break({ ...trouble, skip: skipOf(trouble, random) });
  if (trouble.isFresh === true) game.startWriting();
  if (trouble.isIdle === true) await Promise.race([game.finishWriting(), end]);
  await untilFailed(server, () => ended);
  if (trouble.isIdle === true) game.startWriting();
  await elapse(random() * MOST_LOAD_MS);
  server.mend();
  const answered = game.finishWriting();
  await Promise.race([answered, end]);
  if (ended) await server.start(1);
  await answered;
  await busy;
  await game.untilTaken();
  faults.push(...(await game.compare(false)));
  return { ended, faults };
}

/** The disk fails when it is next asked for what fails, which a loaded machine may put off. */
async function untilFailed(server: PoweredServer, isOver: () => boolean): Promise<void> {
  const late = performance.now() + LONGEST_WAIT_MS;
  while (!server.hasFailed && !isOver() && performance.now() < late) await elapse(LOOK_MS);
}

function skipOf({ times, isIdle, isFresh }: Trouble, random: () => number): number {
  // The first sync is that of the log's header.
  if (isFresh === true) return 1;
  return times === 0 || isIdle === true ? 0 : Math.floor(random() * 4);
}

type Seen = { readonly kind: DiskRecord['kind']; readonly unit: number; readonly at: number };

/** What the shim made of calls, and in which round. */
function faultsIn(records: readonly DiskRecord[]): Seen[] {
  const seen: Seen[] = [];
  let unit = -1;
  for (const [at, record] of records.entries()) {
    const mark = markIn(record);
    if (mark?.mark === 'round') unit = mark.unit;
    if (['unsynced', 'unwritten', 'shortened', 'delayed'].includes(record.kind)) seen.push({ kind: record.kind, unit, at });
  }
  return seen;
}

/** The power goes soon after the first fault of each round. */
async function cutsAfterFaults(
  server: PoweredServer,
  records: readonly DiskRecord[],
  seed: number,
): Promise<{ count: number; wrong: CutFault[] }> {
  const wrong: CutFault[] = [];
  const firsts = new Map<number, number>();
  for (const { unit, at } of faultsIn(records)) if (!firsts.has(unit)) firsts.set(unit, at);
  const image = server.before;
  let count = 0;
  for (const [unit, at] of firsts) {
    const random = seededRandom(seed * 7919 + unit);
    const points = Array.from({ length: CUTS }, () => Math.min(records.length, at + 1 + Math.floor(random() * SOON_RECORDS)));
    for (const point of points.toSorted((a, b) => a - b)) {
      for (const record of records.slice(image.length, point)) image.follow(record);
      const directory = server.scratch('cut');
      const { manner } = cutPower(image, directory, random);
      const checked = await checkDirectory(join(directory, 'data'), Expected.after(records, point, 'full'));
      const name = TROUBLES[unit % TROUBLES.length]?.name;
      wrong.push(...checked.wrong.map((what) => ({ unit, what: `${name}, then a cut ${point - at} records later (${manner}): ${what}` })));
      count += 1;
    }
  }
  return { count, wrong };
}

/** The clock of a fault, not a wait for something to happen: the instant is drawn at random on purpose. */
function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
