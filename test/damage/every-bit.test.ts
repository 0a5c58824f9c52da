import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createServer, sqliteStore, StoreError, type SessionId } from '../../src/server/index.ts';
import { rebuild } from '../../src/session/recovery.ts';
import { openEngineInProcess } from '../../src/testing/engine-in-process-adapter.ts';
import { SeededBytes } from '../../src/testing/seeded-bytes.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { settleDatabases } from './flip.ts';

/** The write-ahead log as it stands, and the database into which all of it was moved. */
const PLACES = [
  ['copy', 'holdfast.db-wal'],
  ['settled', 'holdfast.db'],
] as const;
/** Bytes of each file that are flipped, by chance; `FLIPS=all` takes every byte, `FLIPS=0/4` every fourth from the first on. */
const SAMPLES = 300;
const { FLIPS } = process.env;
const LIMIT_MS = FLIPS === undefined ? 600_000 : 24 * 3_600_000;
const FILES = ['holdfast.db', 'holdfast.db-wal'];

type Copy = {
  readonly dirs: Readonly<Record<(typeof PLACES)[number][0], string>>;
  readonly session: SessionId;
  /** What the head record knows of; what came since would not be missed. */
  readonly recorded: number;
  /** The session at each seq. */
  readonly treeAt: (seq: number) => Promise<string>;
};

/** A small log with snapshots, as a kill leaves it under load: part of it in the database, part in the write-ahead log. */
async function smallLog(t: TestContext): Promise<Copy> {
  const parent = mkdtempSync(join(tmpdir(), 'holdfast-'));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const [live, whole] = [join(parent, 'live'), join(parent, 'whole')];
  const dirs = { copy: join(parent, 'copy'), settled: join(parent, 'settled') };
  const definition = { ...tinyTabletop, limits: { ...tinyTabletop.limits, snapshotEveryEvents: 20 } };
  const server = createServer({ sessions: [definition], store: sqliteStore({ dir: live }), dev: true, port: null, logger: false });
  await server.start();
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', name: 'Friday night' });
  assert.ok(made.ok);
  const { session } = made.row;
  for (let n = 0; recordedHead(live, session) < 50; n += 1) {
    const done = await server.sessions.run(session, { as: 'system', command: 'moveToken', args: { id: `token${n % 3}`, x: n, y: n } });
    assert.ok(done.ok);
  }
  for (const copy of [dirs.copy, dirs.settled, whole]) {
    mkdirSync(copy);
    for (const name of [...FILES, 'head-record']) copyFileSync(join(live, name), join(copy, name));
  }
  settleDatabases(dirs.settled);
  await server.stop();
  const trees = new Map<number, string>();
  const treeAt = async (seq: number): Promise<string> => {
    const found = trees.has(seq) ? undefined : await read(whole, session, seq);
    if (found !== undefined) trees.set(seq, found.kind === 'rebuilt' ? found.tree : assert.fail(found.kind));
    return trees.get(seq) ?? '';
  };
  return { dirs, session, recorded: recordedHead(dirs.copy, session), treeAt };
}

function recordedHead(dir: string, session: SessionId): number {
  const path = join(dir, 'head-record');
  const found = existsSync(path) ? new RegExp(`\\["${session}",(\\d+)\\]`).exec(readFileSync(path, 'utf8')) : null;
  return Number(found?.[1] ?? 0);
}

type Found =
  | { readonly kind: 'refused' | 'missing' | 'regression' | 'damaged' }
  | { readonly kind: 'rebuilt'; readonly head: number; readonly tree: string };

/** What a wake makes of the files; `at`: of an earlier seq. */
async function read(dir: string, session: SessionId, at?: number): Promise<Found> {
  let opened: ReturnType<typeof openEngineInProcess> | undefined;
  try {
    opened = openEngineInProcess(dir, { readOnly: true });
    const { engine, info } = opened;
    const row = engine.get(session);
    if (info.regressions.length > 0 || info.details['missingRows'] !== 0) return { kind: 'regression' };
    if (row === undefined) return { kind: 'missing' };
    const store = {
      read: async (...args: [SessionId, number, number]) => engine.read(...args),
      readSnapshot: async (...args: [SessionId, number]) => engine.readSnapshot(...args),
      snapshots: async (id: SessionId) => engine.ask('looking at snapshots', ({ rewinder }) => rewinder.snapshots(id)),
    };
    const head = at ?? row.headSeq;
    const found = await rebuild(store, { session, upTo: head, clock: { monotonic: () => 0 } });
    return found.kind === 'damaged' ? { kind: 'damaged' } : { kind: 'rebuilt', head, tree: JSON.stringify(found.tree) };
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    return { kind: 'refused' };
  } finally {
    opened?.engine.close();
    opened?.release();
  }
}

test('RECOVERY-16: a bit that flips anywhere in the files is found, or changes nothing that is read', { timeout: LIMIT_MS }, async (t) => {
  const { dirs, session, recorded, treeAt } = await smallLog(t);
  const seed = Number(process.env['SEED'] ?? 7);
  const random = new SeededBytes(seed);
  const tally = new Map<string, number>();
  for (const [place, name] of PLACES) {
    const dir = dirs[place];
    const whole = readFileSync(join(dir, name));
    for (const at of placesIn(whole.length, random)) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      writeFileSync(join(dir, name), changed);
      const found = await read(dir, session);
      if (found.kind === 'rebuilt') {
        const where = `byte ${at} of ${name}, seed ${seed}`;
        assert.ok(found.head >= recorded, where);
        assert.ok(found.tree === (await treeAt(found.head)), where);
      }
      tally.set(`${name} ${found.kind}`, (tally.get(`${name} ${found.kind}`) ?? 0) + 1);
      writeFileSync(join(dir, name), whole);
    }
  }
  t.diagnostic([...tally].map(([what, times]) => `${what} ${times}`).join(', '));
});

function placesIn(length: number, random: SeededBytes): readonly number[] {
  if (FLIPS === undefined) return Array.from({ length: SAMPLES }, () => Buffer.from(random.bytes(4)).readUInt32BE() % length);
  const [first, step] = FLIPS === 'all' ? [0, 1] : (FLIPS.split('/').map(Number) as [number, number]);
  return Array.from({ length: Math.ceil((length - first) / step) }, (_, index) => first + index * step);
}
