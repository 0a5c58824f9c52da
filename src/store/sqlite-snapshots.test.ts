import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { openEngineInProcess } from '../testing/engine-in-process-adapter.ts';
import { appendOne, creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import type { OpenedEngine } from './open-engine.ts';
import { openReader } from './sqlite-reader-adapter.ts';
import { sqliteStore } from './sqlite-store.ts';

const a = 'a' as SessionId;
const LARGE = Buffer.alloc(2_000_000, 120);

function ask<T>({ engine }: OpenedEngine, work: (connection: SqliteConnection) => T): T {
  return engine.change('testing', work);
}

function tidy({ tidying }: OpenedEngine): void {
  for (let next: number | undefined = 0; next !== undefined;) next = tidying.step();
}

test('STORE-42: what an interrupted snapshot left is deleted after the next start', () => {
  const dir = temporaryDirectory();
  const first = openEngineInProcess(dir);
  const [head] = first.engine.append([creation('a')]);
  assert.ok(head?.outcome === 'ok');
  const begun = ask(first, ({ parts }) => parts.begin(a, { seq: 1, hash: head.hash, data: LARGE })) ?? 0;
  for (let part = 0; part < 9; part += 1)
    assert.equal(
      ask(first, ({ parts }) => parts.add(begun)),
      'more',
    );
  // While it is being written nobody deletes it.
  assert.equal(
    ask(first, ({ parts }) => parts.hasUnused),
    false,
  );
  first.engine.close();
  first.release();

  const next = openEngineInProcess(dir);
  assert.equal(
    ask(next, ({ parts }) => parts.add(begun)),
    'lost',
  );
  assert.equal(
    ask(next, ({ parts }) => parts.hasUnused),
    true,
  );
  tidy(next);
  assert.equal(
    ask(next, ({ parts }) => parts.hasUnused),
    false,
  );
  assert.equal(next.engine.readSnapshot(a, 9), undefined);
  next.engine.close();
  next.release();
});

test('STORE-42: the parts of a session that is removed go with it, those of a snapshot under way included', () => {
  const opened = openEngineInProcess(temporaryDirectory());
  const [head] = opened.engine.append([creation('a')]);
  assert.ok(head?.outcome === 'ok');
  const begun = ask(opened, ({ parts }) => parts.begin(a, { seq: 1, hash: head.hash, data: LARGE })) ?? 0;
  ask(opened, ({ parts }) => parts.add(begun));
  opened.engine.remove([{ session: a, options: {} }]);
  tidy(opened);
  assert.equal(
    ask(opened, ({ parts }) => parts.add(begun)),
    'lost',
  );
  assert.equal(
    ask(opened, ({ parts }) => parts.finish(begun)),
    undefined,
  );
  assert.equal(
    ask(opened, ({ parts }) => parts.hasUnused),
    false,
  );
  opened.engine.close();
  opened.release();
});

test('STORE-43: another thread reads what is stored while the server goes on writing', async (t) => {
  const store = sqliteStore({ dir: temporaryDirectory() });
  await store.open();
  t.after(() => store.close());
  const first = await appendOne(store, creation('a'));
  const source = store.reader();
  const module: unknown = await import(source.module);
  assert.equal((module as { openReader: unknown }).openReader, openReader);
  const reader = await openReader(source.options);
  t.after(() => reader.close());
  const names = Array.from({ length: 700 }, (_, index) => `event ${index}`);
  const last = await appendOne(store, following('a', first, names));
  await store.keepSnapshot(a, { seq: 1, hash: first.hash, data: Buffer.from('{"at":1}') });
  assert.deepEqual(await reader.read(a, 0, 900), await store.read(a, 0, 900));
  assert.equal((await reader.read(a, 0, 900)).events.at(-1)?.hash, last.hash);
  assert.deepEqual(await reader.readSnapshot(a, 900), { seq: 1, hash: first.hash, data: '{"at":1}' });
  assert.deepEqual(await reader.snapshots(a), [{ seq: 1, intact: true }]);
  assert.deepEqual(await reader.snapshots('nobody' as SessionId), []);
});
