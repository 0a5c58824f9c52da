import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { appendOne, creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { sqliteStore } from './sqlite-store.ts';
import type { StoreError } from './store.ts';

const a = 'a' as SessionId;

test('STORE-44: who was the owner writes nothing more, whatever it tries, and is told that it has to end', async (t) => {
  const dir = temporaryDirectory();
  const broken: StoreError[] = [];
  const first = sqliteStore({ dir, onBroken: (error) => broken.push(error) });
  await first.open();
  t.after(() => first.close());
  const head = await appendOne(first, creation('a'));
  rmSync(join(dir, 'server.lock'));
  const second = sqliteStore({ dir });
  await second.open();
  t.after(() => second.close());
  const record = readFileSync(join(dir, 'head-record'), 'utf8');

  const [result] = await first.append([following('a', head, ['too late'])]);
  assert.equal(result?.outcome, 'failed');
  for (const late of [first.claim(a), first.probe(), first.remove(a), first.prune(a, 1), first.wipe(), first.quarantine(a, null)])
    await assert.rejects(late, { code: 'locked', message: /taken over by process \d+ on .* has to end/ });
  assert.equal(broken.length, 1);
  await first.close();
  assert.equal(readFileSync(join(dir, 'head-record'), 'utf8'), record, 'what it knows of heads is of the past');

  await appendOne(second, following('a', head, ['in time']));
  assert.equal((await second.read(a, 0, 9)).events.length, 2);
});

test('STORE-44: a server that has nothing to write finds out as well', async (t) => {
  const dir = temporaryDirectory();
  const told = Promise.withResolvers<StoreError>();
  const first = sqliteStore({ dir, onBroken: told.resolve });
  await first.open();
  t.after(() => first.close());
  rmSync(join(dir, 'server.lock'));
  const second = sqliteStore({ dir });
  await second.open();
  t.after(() => second.close());
  assert.equal((await told.promise).code, 'locked');
});
