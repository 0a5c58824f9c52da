import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError, type SessionId } from '../../src/server/index.ts';
import { rebuild } from '../../src/session/recovery.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { OpenedEngine } from '../../src/store/open-engine.ts';
import type { AppendEntry, Store } from '../../src/store/store.ts';
import { openEngineInProcess } from '../../src/testing/engine-in-process-adapter.ts';
import { PassingStore } from '../../src/testing/passing-store.ts';
import { person, SessionHarness } from '../../src/testing/session-harness.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { settleDatabases } from './flip.ts';

const FILES = ['holdfast.db', 'holdfast.db-wal'];
const HEAD_RECORD = 'head-record';
/** Commands before the write-ahead log is emptied, then up to the head record, then after it. */
const COMMANDS = [24, 8, 3] as const;
const SNAPSHOT_EVERY = 10;

/** A file of which every byte matters; `copy` has part of the log in the write-ahead log, `settled` all of it in the database. */
export type Place = { readonly dir: 'copy' | 'settled'; readonly file: string };
export const PLACES: readonly Place[] = [
  { dir: 'copy', file: 'holdfast.db-wal' },
  { dir: 'settled', file: 'holdfast.db' },
  { dir: 'settled', file: HEAD_RECORD },
];

/** A small log with snapshots, as a kill leaves it: the same files of the same lengths whenever it is made. */
export type SmallLog = {
  readonly dirs: Readonly<Record<Place['dir'], string>>;
  readonly session: SessionId;
  /** What the head record knows of; what came since would not be missed. */
  readonly recorded: number;
  /** Every event as it was stored. */
  readonly events: readonly string[];
  /** The session at each seq. */
  readonly treeAt: (seq: number) => Promise<string>;
};

/** Its events stand in a database, written on this thread: what is in the files depends on nothing but the commands. */
class EngineStore extends PassingStore {
  readonly #engine: OpenedEngine['engine'];

  constructor({ engine }: OpenedEngine) {
    super(new MemoryStore());
    this.#engine = engine;
  }

  override async append(entries: readonly AppendEntry[]): ReturnType<Store['append']> {
    return this.#engine.append(entries);
  }

  override async get(session: SessionId): ReturnType<Store['get']> {
    return this.#engine.get(session);
  }
}

/** Makes the files below `parent`. */
export async function makeSmallLog(parent: string): Promise<SmallLog> {
  const [live, whole] = [join(parent, 'live'), join(parent, 'whole')];
  const dirs = { copy: join(parent, 'copy'), settled: join(parent, 'settled') };
  const opened = openEngineInProcess(live);
  const definition = { ...tinyTabletop, limits: { ...tinyTabletop.limits, snapshotEveryEvents: SNAPSHOT_EVERY } };
  const harness = await new SessionHarness({ definitions: [definition], store: new EngineStore(opened) }).start();
  const session = await harness.create('tabletop', person('mira'), { name: 'Friday night' });
  const [settled, recorded, unrecorded] = COMMANDS;
  await play(harness, session, settled);
  opened.engine.settle();
  await play(harness, session, recorded);
  opened.engine.record();
  await play(harness, session, unrecorded);
  for (const copy of [dirs.copy, dirs.settled, whole]) {
    mkdirSync(copy);
    for (const name of [...FILES, HEAD_RECORD]) copyFileSync(join(live, name), join(copy, name));
  }
  settleDatabases(dirs.settled);
  opened.engine.close();
  opened.release();
  const sound = await readLog(whole, session);
  if (sound.kind !== 'rebuilt') throw new Error(`the small log is ${sound.kind}`);
  return { dirs, session, recorded: recordedHead(dirs.copy, session), events: sound.events, treeAt: treesOf(whole, session) };
}

async function play(harness: SessionHarness, session: SessionId, commands: number): Promise<void> {
  for (let n = 0; n < commands; n += 1) {
    const args = { id: `token${n % 3}`, x: n, y: n };
    const running = harness.sessions.run(session, { as: 'system', command: 'moveToken', args });
    await harness.settle();
    if (!(await running).ok) throw new Error('a command of the small log failed');
  }
}

function recordedHead(dir: string, session: SessionId): number {
  const path = join(dir, HEAD_RECORD);
  const found = existsSync(path) ? new RegExp(`\\["${session}",(\\d+)\\]`).exec(readFileSync(path, 'utf8')) : null;
  return Number(found?.[1] ?? 0);
}

function treesOf(dir: string, session: SessionId): SmallLog['treeAt'] {
  const trees = new Map<number, string>();
  return async (seq) => {
    const known = trees.get(seq);
    if (known !== undefined) return known;
    const found = await readLog(dir, session, seq);
    if (found.kind !== 'rebuilt') throw new Error(`the small log is ${found.kind} at seq ${seq}`);
    trees.set(seq, found.tree);
    return found.tree;
  };
}

export type FoundLog =
  | { readonly kind: 'refused' | 'missing' | 'regression' }
  | { readonly kind: 'damaged'; readonly events: readonly string[] }
  /** `events`: what a reader of the whole log gets, which ends before the first that is damaged. */
  | { readonly kind: 'rebuilt'; readonly head: number; readonly tree: string; readonly events: readonly string[] };

/** What a wake, and a reader of the whole log, make of the files; `at`: of an earlier seq. */
export async function readLog(dir: string, session: SessionId, at?: number): Promise<FoundLog> {
  let opened: OpenedEngine | undefined;
  try {
    opened = openEngineInProcess(dir, { readOnly: true });
    const { engine, info } = opened;
    const row = engine.get(session);
    if (info.regressions.length > 0 || info.details['missingRows'] !== 0) return { kind: 'regression' };
    if (row === undefined) return { kind: 'missing' };
    const store = {
      read: async (...args: Parameters<Store['read']>) => engine.read(...args),
      readSnapshot: async (...args: Parameters<Store['readSnapshot']>) => engine.readSnapshot(...args),
      snapshots: async (id: SessionId) => engine.ask('looking at snapshots', ({ rewinder }) => rewinder.snapshots(id)),
    };
    const head = at ?? row.headSeq;
    const found = await rebuild(store, { session, upTo: head, clock: { monotonic: () => 0 } });
    const events = engine.read(session, 0, head).events.map((event) => JSON.stringify(event));
    return found.kind === 'damaged' ? { kind: 'damaged', events } : { kind: 'rebuilt', head, tree: JSON.stringify(found.tree), events };
  } catch (error) {
    if (error instanceof StoreError) return { kind: 'refused' };
    throw error;
  } finally {
    opened?.engine.close();
    opened?.release();
  }
}
