import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { SessionId } from '../../src/protocol/ids.ts';
import { readStoredSession, type StoredSession } from '../../src/server/stored-sessions.ts';
import { systemClock } from '../../src/server/system-clock-adapter.ts';
import { makeSnapshot } from '../../src/session/make-snapshot.ts';
import { decodeText } from '../../src/session/recovery.ts';
import { restore, verifyDatabase } from '../../src/store/restore-adapter.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { openEngineInProcess } from '../../src/testing/engine-in-process-adapter.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory-adapter.ts';
import { killAtEveryStep, type Ended } from './killed.ts';
import { openSessions, withSessions, type Opened } from './open-sessions.ts';

// Compiling the sources anew would take most of the time of each process and thread.
process.env['NODE_COMPILE_CACHE'] = temporaryDirectory();

const LATEST = Number.MAX_SAFE_INTEGER;

async function created({ sessions }: Opened, type: string): Promise<SessionId> {
  const made = await sessions.create({ type, by: 'system' });
  assert.ok(made.ok);
  return made.row.session;
}

async function played({ sessions }: Opened, session: SessionId, command: string, args: Record<string, string | number>): Promise<void> {
  assert.ok((await sessions.run(session, { as: 'system', command, args })).ok);
}

/** Files with a session whose snapshot takes several parts. */
async function largeTable(dir: string): Promise<SessionId> {
  const opened = await openSessions(dir);
  const session = await created(opened, 'tabletop');
  for (const key of ['a', 'b', 'c']) await played(opened, session, 'hide', { key, text: key.repeat(100_000) });
  await opened.close();
  return session;
}

/** The session as the replay of its log gives it, which verifies, and as it wakes: the same. */
async function sound({ store, sessions }: Opened, session: SessionId): Promise<StoredSession> {
  const stored = (await readStoredSession(store, session)) ?? assert.fail('the session is gone');
  assert.deepEqual([stored.damage, stored.quarantine, stored.soundSeq], [undefined, undefined, stored.headSeq]);
  const woken = await sessions.read(session, 'system');
  assert.ok(woken.ok);
  assert.deepEqual(woken.state, stored.state);
  return stored;
}

/** Every snapshot that counts is whole: byte for byte what the log alone gives. */
async function snapshotsAreWhole({ store }: Opened, session: SessionId): Promise<void> {
  for (const { seq, intact } of await store.snapshots(session)) {
    assert.ok(intact, `the snapshot at ${seq}`);
    const logs = {
      read: (...range: Parameters<typeof store.read>) => store.read(...range),
      readSnapshot: async () => undefined,
      snapshots: async () => [],
    };
    const made = await makeSnapshot(logs, systemClock, { session, upTo: seq });
    assert.equal((await store.readSnapshot(session, seq))?.data, Buffer.from(made?.data ?? []).toString());
  }
}

/** What an interrupted snapshot left is deleted, and no more than that. */
function nothingIsLeftOver(dir: string): void {
  const { engine, tidying, release } = openEngineInProcess(dir);
  while (tidying.step() !== undefined);
  engine.close();
  release();
  const db = new DatabaseSync(join(dir, 'holdfast.db'), { readOnly: true });
  const { parts, used } =
    db
      .prepare(
        'SELECT (SELECT count(DISTINCT number) FROM snapshot_parts) AS parts, (SELECT count(*) FROM snapshots WHERE parts IS NOT NULL) AS used',
      )
      .get() ?? {};
  db.close();
  assert.equal(parts, used);
}

const countOf = ({ words }: Ended, word: string): number => words.filter((each) => each === word).length;
const rollsOf = ({ state }: StoredSession): number => (state['rolls'] as unknown[]).length;

test('KILL-7: killed at any step, a large snapshot is whole or not there, and costs no event', { timeout: 120_000 }, async (t) => {
  const dir = join(temporaryDirectory(), 'data');
  const session = await largeTable(dir);
  let [rolls, whole] = [0, 0];
  const check = async (ended: Ended): Promise<void> => {
    await withSessions(dir, async (opened) => {
      await snapshotsAreWhole(opened, session);
      whole = (await opened.store.readSnapshot(session, LATEST))?.seq ?? 0;
      const stored = await sound(opened, session);
      // One roll may be in the log whose acknowledgement was not heard.
      const most = rolls + countOf(ended, 'acked') + 1;
      assert.ok(rollsOf(stored) === most || rollsOf(stored) === most - 1, `${rollsOf(stored)} of ${most} rolls at step ${ended.killedAt}`);
      rolls = rollsOf(stored);
    });
    nothingIsLeftOver(dir);
  };
  const steps = '^(INSERT|DELETE).*(snapshots|_parts)';
  const kills = await killAtEveryStep({ steps, from: 'INSERT INTO unused_parts' }, { args: () => ['snapshot', dir, session], check });
  assert.ok(kills >= 12 && whole > 0, `${kills} kills`);
  t.diagnostic(`${kills} kills, ${rolls} rolls`);
});

test('KILL-8: killed at any step of a wake, a migration happens once, before anything else', { timeout: 120_000 }, async (t) => {
  const dir = join(temporaryDirectory(), 'data');
  const before = await openSessions(dir, { version: 1 });
  const ids: SessionId[] = [];
  for (let n = 0; n < 30; n += 1) ids.push(await created(before, 'score'));
  for (const id of ids) await played(before, id, 'add', { by: 5 });
  await before.close();
  const sessionAt = (at: number): SessionId => ids[at - 1] ?? assert.fail('more steps than sessions');
  let turn = 0;
  const check = async (ended: Ended): Promise<void> => {
    const session = sessionAt((turn += 1));
    await withSessions(dir, async (opened) => {
      // The first to wake it after the kill.
      assert.ok((await opened.sessions.read(session, 'system')).ok);
      const { state } = await sound(opened, session);
      const { events } = await opened.store.read(session, 0, LATEST);
      const commands = events.map((event) => decodeText(event).header.command);
      const added = commands.slice(3);
      assert.deepEqual(commands, ['@create', 'add', '@migrate', ...added], `killed at step ${ended.killedAt}`);
      assert.ok(added.every((command) => command === 'add') && added.length <= 1 && added.length >= countOf(ended, 'acked'));
      assert.deepEqual(state, { points: 50 + added.length });
    });
  };
  const kills = await killAtEveryStep({ steps: '^(INSERT|UPDATE|DELETE)' }, { args: (at) => ['migrate', dir, sessionAt(at)], check });
  assert.ok(kills >= 6, `${kills} kills`);
  t.diagnostic(`${kills} kills`);
});

test('KILL-9: killed at any step, a backup is whole or not there, and takes nothing from its server', { timeout: 120_000 }, async (t) => {
  const dir = join(temporaryDirectory(), 'data');
  const session = await largeTable(dir);
  const path = join(temporaryDirectory(), 'backup.db');
  let [rolls, named] = [0, 0];
  const check = async (ended: Ended): Promise<void> => {
    const stored = await withSessions(dir, (opened) => sound(opened, session));
    const least = rolls + countOf(ended, 'acked');
    assert.ok(rollsOf(stored) === least || rollsOf(stored) === least + 1, `step ${ended.killedAt}`);
    if (existsSync(path)) {
      named += 1;
      const copy = temporaryDirectory();
      assert.deepEqual(restore({ from: path, dir: copy }).damaged, []);
      const held = rollsOf(await withSessions(copy, (again) => sound(again, session)));
      assert.ok(held > rolls && held <= rollsOf(stored), `${held} rolls in the backup`);
      rmSync(path);
    } else assert.notEqual(ended.killedAt, undefined);
    rolls = rollsOf(stored);
  };
  const steps = '^(VACUUM|within VACUUM|sync|name)';
  const kills = await killAtEveryStep({ steps, from: '^VACUUM' }, { args: () => ['backup', dir, session, path], check });
  assert.ok(kills >= 5 && named >= 2, `${kills} kills, ${named} named`);
  t.diagnostic(`${kills} kills`);
});

/** A backup, and files that another database has left where it is to be restored. */
async function backupAndRemains(): Promise<{ path: string; remains: string; session: SessionId }> {
  const [dir, path, remains] = [join(temporaryDirectory(), 'data'), join(temporaryDirectory(), 'backup.db'), temporaryDirectory()];
  const session = await largeTable(dir);
  const opened = await openSessions(dir);
  await opened.store.backup(path);
  for (let n = 0; n < 5; n += 1) await played(opened, session, 'roll', { sides: 6 });
  for (const name of ['holdfast.db-wal', 'holdfast.db-shm', 'head-record']) {
    assert.ok(existsSync(join(dir, name)), name);
    cpSync(join(dir, name), join(remains, name));
  }
  await opened.close();
  return { path, remains, session };
}

test('KILL-10: killed at any step, a restore leaves no database or all of it, and never a mixture', { timeout: 120_000 }, async (t) => {
  const { path, remains, session } = await backupAndRemains();
  const { events } = verifyDatabase(path);
  const dir = join(temporaryDirectory(), 'data');
  let named = 0;
  const check = async (ended: Ended): Promise<void> => {
    const reading = sqliteStore({ dir, readOnly: true });
    if (!existsSync(join(dir, 'holdfast.db'))) {
      assert.notEqual(ended.killedAt, undefined);
      await assert.rejects(reading.open(), { name: 'StoreError', code: 'unusable' });
    } else {
      named += 1;
      await withSessions(dir, async (opened) => {
        assert.equal((await opened.store.get(session))?.headSeq, events);
        assert.equal(rollsOf(await sound(opened, session)), 0);
      });
      rmSync(dir, { recursive: true });
    }
    cpSync(remains, dir, { recursive: true });
  };
  cpSync(remains, dir, { recursive: true });
  const steps = '^(remove|copy|within copy|sync|name)';
  const kills = await killAtEveryStep({ steps }, { args: () => ['restore', dir, '', path], check });
  assert.ok(kills >= 10 && named >= 2, `${kills} kills, ${named} named`);
  t.diagnostic(`${kills} kills`);
});
