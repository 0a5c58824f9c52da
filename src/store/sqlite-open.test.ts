import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { appendOne, creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { openDatabase } from './sqlite-database-adapter.ts';
import { applyPragmas, checkSqliteVersion } from './sqlite-pragmas.ts';
import { checkSchema, migrateSchema, SCHEMA_VERSION } from './sqlite-schema.ts';
import { sqliteStore } from './sqlite-store.ts';
import type { SqliteStore, SqliteStoreOptions } from './sqlite-store.ts';

const a = 'a' as SessionId;

async function openStore(test: TestContext, options: SqliteStoreOptions): Promise<SqliteStore> {
  const store = sqliteStore(options);
  test.after(() => store.close());
  await store.open();
  return store;
}

/** A server in another process that has appended `count` events to session `a`. */
async function startHolder(test: TestContext, dir: string, count: number): Promise<{ pid: number; kill(): Promise<void> }> {
  const program = `
    import { sqliteStore } from ${JSON.stringify(new URL('sqlite-store.ts', import.meta.url).href)};
    import { appendOne, creation, following } from ${JSON.stringify(new URL('../testing/store-entries.ts', import.meta.url).href)};
    const store = sqliteStore({ dir: process.argv[1] });
    await store.open();
    let head = await appendOne(store, creation('a'));
    for (let seq = 2; seq <= ${count}; seq += 1) head = await appendOne(store, following('a', head, ['x']));
    process.stdout.write('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  test.after(kill);
  await Promise.race([once(child.stdout, 'data'), exited.then(() => assert.fail('the other server ended by itself'))]);
  return { pid: child.pid ?? 0, kill };
}

describe('opening a data directory', () => {
  it('STORE-10: a second server is refused and told who holds the directory, until the holder is killed', async (t) => {
    const dir = temporaryDirectory();
    const holder = await startHolder(t, dir, 20);
    await assert.rejects(sqliteStore({ dir }).open(), (error: Error) => {
      assert.match(error.message, new RegExp(`process ${holder.pid} on `));
      return 'code' in error && error.code === 'locked';
    });
    await holder.kill();
    const store = await openStore(t, { dir });
    assert.equal((await store.read(a, 0, 99)).events.length, 20);
  });

  it('STORE-10: a second store of the same process is refused as well', async (t) => {
    const dir = temporaryDirectory();
    const store = await openStore(t, { dir });
    await assert.rejects(sqliteStore({ dir }).open(), { code: 'locked' });
    await store.close();
    await openStore(t, { dir });
  });

  it('STORE-11: it can be read while a server runs, and without one, but not written', async (t) => {
    const dir = temporaryDirectory();
    const server = await openStore(t, { dir });
    const head = await appendOne(server, creation('a'));
    const reader = await openStore(t, { dir, readOnly: true });
    assert.equal((await reader.get(a))?.headSeq, 1);
    await appendOne(server, following('a', head, ['two']));
    assert.equal((await reader.read(a, 0, 9)).events.length, 2);
    for (const write of [reader.append([creation('b')]), reader.claim(a), reader.probe()])
      await assert.rejects(write, { code: 'unusable' });
    await server.close();
    const later = await openStore(t, { dir, readOnly: true });
    assert.equal((await later.read(a, 0, 9)).events.length, 2);
  });

  it('STORE-11: reading where there is no data says so and makes nothing', async () => {
    const dir = temporaryDirectory();
    await assert.rejects(sqliteStore({ dir, readOnly: true }).open(), { code: 'unusable', message: /no Holdfast data/ });
    assert.deepEqual(await readdir(dir), []);
  });

  it('STORE-12: a new directory is for its owner only', async () => {
    const dir = join(temporaryDirectory(), 'deep', 'data');
    const store = sqliteStore({ dir });
    const { details } = await store.open();
    await store.close();
    assert.equal((await stat(dir)).mode & 0o777, 0o700);
    assert.equal(details['private'], true);
  });

  it('STORE-12: a path that is no directory is refused', async () => {
    const path = join(temporaryDirectory(), 'file');
    await writeFile(path, '');
    await assert.rejects(sqliteStore({ dir: path }).open(), { code: 'unusable' });
  });

  it('STORE-13: what makes commits durable is set and read back', async (t) => {
    const dir = temporaryDirectory();
    const full = sqliteStore({ dir });
    const { details, durability } = await full.open();
    await full.close();
    assert.equal(durability, 'full');
    const { journal_mode, synchronous, trusted_schema, cell_size_check } = details;
    assert.deepEqual([journal_mode, synchronous, trusted_schema, cell_size_check], ['wal', 2, 0, 1]);
    const normal = await sqliteStoreInfo(t, { dir, durability: 'normal' });
    assert.deepEqual([normal.durability, normal.details['synchronous']], ['normal', 1]);
  });

  it('STORE-13: a file system or SQLite that cannot do it is refused', async () => {
    const db = openDatabase(join(temporaryDirectory(), 'x.db'), { readOnly: false, busyTimeoutMs: 0 });
    const memory = openDatabase(':memory:', { readOnly: false, busyTimeoutMs: 0 });
    const options = { durability: 'full', readOnly: false, platform: 'darwin' } as const;
    assert.deepEqual([applyPragmas(db, options)['fullfsync'], applyPragmas(db, options)['checkpoint_fullfsync']], [1, 1]);
    assert.throws(() => applyPragmas(memory, options), { code: 'unusable', message: /journal_mode = wal \(it says memory\)/ });
    assert.throws(() => checkSqliteVersion(db, [99, 0, 0]), { code: 'too-old-sqlite', message: /99\.0\.0 or later/ });
    db.close();
  });

  it('STORE-14: a newer directory is refused and left as it is', async (t) => {
    const dir = temporaryDirectory();
    await sqliteStoreInfo(t, { dir });
    changeDatabase(dir, 'PRAGMA user_version = 99');
    const before = await readFile(join(dir, 'holdfast.db'));
    await assert.rejects(sqliteStore({ dir }).open(), { code: 'newer', message: /schema 99/ });
    await assert.rejects(sqliteStore({ dir, readOnly: true }).open(), { code: 'newer' });
    assert.deepEqual(await readFile(join(dir, 'holdfast.db')), before);
  });

  it('STORE-14: an older directory is not read before its server has taken it forward', async (t) => {
    const dir = temporaryDirectory();
    await sqliteStoreInfo(t, { dir });
    changeDatabase(dir, 'PRAGMA user_version = 0');
    await assert.rejects(sqliteStore({ dir, readOnly: true }).open(), { code: 'unusable', message: /older form/ });
  });

  it('STORE-14: somebody else’s database is refused and left as it is', async () => {
    const dir = temporaryDirectory();
    changeDatabase(dir, 'CREATE TABLE theirs (x)');
    const before = await readFile(join(dir, 'holdfast.db'));
    await assert.rejects(sqliteStore({ dir }).open(), { code: 'unusable', message: /not made by Holdfast/ });
    assert.deepEqual(await readFile(join(dir, 'holdfast.db')), before);
  });

  it('STORE-14: an older schema is taken forward step by step, each step whole or not at all', () => {
    const db = openDatabase(':memory:', { readOnly: false, busyTimeoutMs: 0 });
    migrateSchema(db, 0, ['CREATE TABLE one (x);']);
    assert.throws(() => migrateSchema(db, 1, ['', 'CREATE TABLE two (x); CREATE TABLE two (x);']));
    db.exec('ROLLBACK');
    assert.equal(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'two'").get(), undefined);
    migrateSchema(db, 1, ['', 'CREATE TABLE two (x);', 'INSERT INTO two VALUES (3);']);
    assert.equal(db.prepare('SELECT x FROM two').get()?.['x'], 3);
    assert.throws(() => checkSchema(db, '/data'), { code: 'newer' });
    assert.ok(SCHEMA_VERSION < 3);
  });

  it('STORE-15: a directory made in development says so ever after', async (t) => {
    const made = join(temporaryDirectory(), 'made');
    const store = sqliteStore({ dir: made, development: true });
    await store.open();
    await appendOne(store, creation('a'));
    await store.close();
    assert.equal((await sqliteStoreInfo(t, { dir: made })).details['development'], true);
    const other = join(temporaryDirectory(), 'other');
    await mkdir(other);
    assert.equal((await sqliteStoreInfo(t, { dir: other })).details['development'], false);
  });
});

async function sqliteStoreInfo(test: TestContext, options: SqliteStoreOptions): ReturnType<SqliteStore['open']> {
  const store = sqliteStore(options);
  test.after(() => store.close());
  const info = await store.open();
  await store.close();
  return info;
}

function changeDatabase(dir: string, sql: string): void {
  const db = new DatabaseSync(join(dir, 'holdfast.db'));
  db.exec(sql);
  db.close();
}
