import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { appendOne, creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { MemoryStore } from './memory-store.ts';
import { restore, verifyDatabase } from './restore-adapter.ts';
import { exportSession, importSession } from './session-file-adapter.ts';
import { sqliteStore } from './sqlite-store.ts';
import type { SqliteStore } from './sqlite-store.ts';

const a = 'a' as SessionId;

async function opened(t: TestContext, dir = temporaryDirectory()): Promise<SqliteStore> {
  const store = sqliteStore({ dir });
  await store.open();
  t.after(() => store.close());
  return store;
}

/** A store with a session of three events, and a backup of it. */
async function backedUp(t: TestContext): Promise<{ store: SqliteStore; path: string }> {
  const store = await opened(t);
  const head = await appendOne(store, creation('a'));
  await appendOne(store, following('a', head, ['two', 'three'], { side: [{ kind: 'snapshot', seq: 3, data: '{}' }] }));
  const path = join(temporaryDirectory(), 'backup.db');
  await store.backup(path);
  return { store, path };
}

function change(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe('a backup', () => {
  it('STORE-37: is made while appends go on, and holds one moment of all sessions', async (t) => {
    const store = await opened(t);
    const names = ['a', 'b', 'c'] as SessionId[];
    const heads = new Map<SessionId, { seq: number; hash: string }>();
    for (const name of names) heads.set(name, await appendOne(store, creation(name)));
    // Each round appends to all three in one batch, so that any moment has all of them at the same seq.
    const round = async (): Promise<void> => {
      const results = await store.append(
        names.map((name) => following(name, heads.get(name) ?? { seq: 0, hash: '' }, ['x'.repeat(2_000)])),
      );
      for (const [index, result] of results.entries()) if (result.outcome === 'ok') heads.set(names[index] ?? a, result);
    };
    for (let n = 0; n < 200; n += 1) await round();
    const path = join(temporaryDirectory(), 'backup.db');
    let during = 0;
    const making = store.backup(path);
    const waiting = making.then(() => 'done');
    while ((await Promise.race([waiting, round()])) !== 'done') during += 1;
    const { bytes } = await making;
    assert.equal(statSync(path).size, bytes);
    assert.ok(during > 0, 'appends went on meanwhile');
    const dir = temporaryDirectory();
    const report = restore({ from: path, dir });
    const restored = await opened(t, dir);
    const seqs = (await restored.list({})).map(({ headSeq }) => headSeq);
    assert.deepEqual(new Set(seqs).size, 1, `${seqs.join()} are of one moment`);
    assert.ok((seqs[0] ?? 0) >= 201 && (seqs[0] ?? 0) <= 201 + during + 1);
    assert.deepEqual(report, { sessions: 3, events: 3 * (seqs[0] ?? 0), damaged: [] });
  });

  it('STORE-37: never takes the place of another file, and what a crash left is replaced', async (t) => {
    const { store, path } = await backedUp(t);
    const before = readFileSync(path);
    await assert.rejects(store.backup(path), { name: 'StoreError', code: 'unusable' });
    assert.deepEqual(readFileSync(path), before);
    const other = `${path}2`;
    writeFileSync(`${other}.part`, 'half a backup');
    await store.backup(other);
    assert.deepEqual([verifyDatabase(other).events, existsSync(`${other}.part`)], [3, false]);
  });

  it('STORE-37: says why it could not be made, and leaves nothing', async (t) => {
    const store = await opened(t);
    const path = join(temporaryDirectory(), 'missing', 'backup.db');
    await assert.rejects(store.backup(path), { name: 'StoreError' });
    assert.equal(existsSync(path), false);
    const memory = new MemoryStore();
    await memory.open();
    await assert.rejects(memory.backup(), { name: 'StoreError', code: 'unusable' });
  });
});

describe('restoring a backup', () => {
  it('STORE-38: gives a directory that a server serves as it was, without any alarm', async (t) => {
    const { store, path } = await backedUp(t);
    const dir = temporaryDirectory();
    assert.deepEqual(restore({ from: path, dir }), { sessions: 1, events: 3, damaged: [] });
    const restored = sqliteStore({ dir });
    const { regressions, details } = await restored.open();
    t.after(() => restored.close());
    assert.deepEqual([regressions, details['missingRows']], [[], 0]);
    assert.deepEqual(await restored.read(a, 0, 9), await store.read(a, 0, 9));
    assert.deepEqual(await restored.readSnapshot(a, 9), await store.readSnapshot(a, 9));
    assert.equal((await restored.claim(a))?.epoch, 2);
  });

  it('STORE-38: touches no directory that has a database, nor one whose server runs', async (t) => {
    const { store, path } = await backedUp(t);
    const dir = temporaryDirectory();
    restore({ from: path, dir });
    assert.throws(() => restore({ from: path, dir }), { name: 'StoreError', code: 'unusable', message: /already/ });
    const running = temporaryDirectory();
    await opened(t, running);
    assert.throws(() => restore({ from: path, dir: running }), { name: 'StoreError', code: 'locked' });
    assert.equal((await store.counters()).live, 1);
  });

  it('STORE-38: names a damaged log and refuses it, unless that is accepted', async (t) => {
    const { path } = await backedUp(t);
    change(path, "UPDATE events SET data = CAST(replace(CAST(data AS TEXT), 'three', 'thrEe') AS BLOB) WHERE first_seq = 2");
    const dir = temporaryDirectory();
    assert.throws(() => restore({ from: path, dir }), {
      name: 'StoreError',
      message: /1 of 1 logs are damaged, the first is a at seq [23]/,
    });
    assert.equal(existsSync(join(dir, 'holdfast.db')), false);
    assert.equal(restore({ from: path, dir, acceptDamage: true }).damaged.length, 1);
  });

  it('STORE-38: refuses what is no backup', async (t) => {
    const { path } = await backedUp(t);
    const dir = temporaryDirectory();
    const bytes = readFileSync(path);
    writeFileSync(`${path}.cut`, bytes.subarray(0, bytes.length - 8192));
    writeFileSync(`${path}.text`, 'no database');
    writeFileSync(`${path}.empty`, '');
    for (const from of [`${path}.cut`, `${path}.text`, `${path}.empty`, `${path}.missing`]) {
      assert.throws(() => restore({ from, dir }), { name: 'StoreError' }, from);
      assert.equal(existsSync(join(dir, 'holdfast.db')), false, from);
    }
    restore({ from: path, dir });
  });

  it('STORE-38: nothing that another database left in the directory gets into it', async (t) => {
    const { path } = await backedUp(t);
    const dir = temporaryDirectory();
    for (const name of ['holdfast.db-wal', 'holdfast.db-shm', 'head-record', 'holdfast.db.part'])
      writeFileSync(join(dir, name), 'left over');
    restore({ from: path, dir });
    assert.deepEqual(
      ['holdfast.db-wal', 'head-record', 'holdfast.db.part'].map((name) => existsSync(join(dir, name))),
      [false, false, false],
    );
  });
});

describe('a session in a file', () => {
  it('STORE-36: goes through a compressed file, whatever its texts are, and never over another file', async (t) => {
    const store = await opened(t);
    const head = await appendOne(store, creation('a'));
    const content = '{"salt":"\u2028\r\\n 🂡"}';
    await appendOne(store, following('a', head, [], { events: [{ header: '["é"]', content }] }));
    const path = join(temporaryDirectory(), 'a.session.gz');
    const report = await exportSession(store, a, path);
    assert.equal(report?.bytes, statSync(path).size);
    await assert.rejects(exportSession(store, a, path), { name: 'StoreError', code: 'unusable' });
    assert.equal(await exportSession(store, 'none' as SessionId, `${path}2`), undefined);
    const result = await importSession(store, path, { as: 'b' as SessionId });
    assert.deepEqual([result.outcome, result.session, result.headSeq], ['ok', 'b', 2]);
    assert.equal((await store.read('b' as SessionId, 1, 2)).events[0]?.content, content);
    assert.equal((await importSession(store, path)).outcome, 'exists');
  });

  it('STORE-36: a file that was cut or changed anywhere is refused, and nothing of it stays', async (t) => {
    const store = await opened(t);
    await appendOne(store, creation('a'));
    const path = join(temporaryDirectory(), 'a.session.gz');
    await exportSession(store, a, path);
    const bytes = readFileSync(path);
    const b = 'b' as SessionId;
    let harmless = 0;
    // The first bytes of gzip say when and by what it was packed; the rest is covered by checksums.
    for (let at = 10; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 16, at);
      for (const [name, changed] of [
        ['cut', bytes.subarray(0, at)],
        ['flipped', flipped],
      ] as const) {
        writeFileSync(`${path}.bad`, changed);
        const outcome = await importSession(store, `${path}.bad`, { as: b }).then(
          () => 'taken',
          (error: unknown) => (error instanceof Error ? error.name : ''),
        );
        if (outcome === 'StoreError') continue;
        // The bits that fill up the last byte of the packed text mean nothing.
        assert.deepEqual([name, outcome, await store.read(b, 0, 9)], ['flipped', 'taken', await store.read(a, 0, 9)], `at ${at}`);
        await store.remove(b);
        harmless += 1;
      }
    }
    assert.equal(await store.get(b), undefined);
    assert.ok(harmless <= 1 && (await store.counters()).created === 1 + harmless, `${harmless} flips were harmless`);
  });
});
