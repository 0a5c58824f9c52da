import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { FileArchives } from './file-archives-adapter.ts';
import { MemoryStore } from './memory-store.ts';
import { importSession } from './session-file-adapter.ts';

const session = 'anchor' as SessionId;

async function stored() {
  const store = new MemoryStore();
  await store.open();
  const [created] = await store.append([creation(session)]);
  assert.ok(created?.outcome === 'ok');
  const dir = join(temporaryDirectory(), 'archive');
  const files = (): string[] => readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));
  return { store, head: created, dir, files, archives: new FileArchives(store, dir) };
}

test('CLEANUP-6: an archive is a file that another store takes in, whole', async () => {
  const { store, dir, archives, files } = await stored();
  const archive = await archives.put(session);
  assert.deepEqual([archive?.headSeq, files()], [1, [archive?.name]]);
  const other = new MemoryStore();
  await other.open();
  assert.equal((await importSession(other, join(dir, archive?.name ?? ''))).outcome, 'ok');
  assert.deepEqual((await other.read(session, 0, 9)).events, (await store.read(session, 0, 9)).events);
});

test('CLEANUP-6: the same again changes nothing; what went on since takes its place', async () => {
  const { store, head, dir, archives, files } = await stored();
  const first = await archives.put(session);
  const bytes = readFileSync(join(dir, first?.name ?? ''));
  assert.deepEqual(await archives.put(session), first);
  assert.deepEqual(readFileSync(join(dir, first?.name ?? '')), bytes);
  await store.append([following(session, head, ['{"n":2}'])]);
  const second = await archives.put(session);
  assert.deepEqual([second?.headSeq, files()], [2, [second?.name]]);
});

test('CLEANUP-9: an archive that was not written whole, or was damaged since, is written anew', async () => {
  const { dir, archives, files } = await stored();
  const path = join(dir, (await archives.put(session))?.name ?? '');
  const good = readFileSync(path);
  writeFileSync(path, good.subarray(0, good.length - 9));
  writeFileSync(`${path}.part`, 'half of it');
  await archives.put(session);
  assert.equal(files().length, 1);
  const flipped = Buffer.from(good);
  flipped[good.length >> 1] = (flipped[good.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, flipped);
  await archives.put(session);
  const other = new MemoryStore();
  await other.open();
  assert.equal((await importSession(other, path)).outcome, 'ok');
});

test('CLEANUP-9: of a log that was pruned after it was archived the archive stays', async () => {
  const { store, head, archives, files } = await stored();
  await store.append([following(session, head, [], { side: [{ kind: 'snapshot', seq: 1, data: '{}' }] })]);
  const first = await archives.put(session);
  assert.equal((await store.prune(session, 2)).outcome, 'ok');
  assert.deepEqual([await archives.put(session), files().length], [first, 1]);
  await archives.remove(session);
  assert.deepEqual(files(), []);
});
