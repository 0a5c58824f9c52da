import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import { HttpHarness } from '../testing/http-harness.ts';
import { makeScratchDirectory } from '../testing/scratch-directory-adapter.ts';

/** Everything of hers holds this. */
const HERS = 'ada-byron-was-here';

async function isInFiles(dir: string, text: string): Promise<boolean> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return contents.some((content) => content.includes(text));
}

test('ACCESS-20: after `POST /v1/sessions/:id/erase` nothing that a person wrote is in any file', async (t) => {
  const { path: dir, remove } = await makeScratchDirectory();
  const store = sqliteStore({ dir, development: true });
  const http = await HttpHarness.start(t, { store });
  t.after(remove);
  const [owner, hers] = [await http.token('Mira'), await http.token(HERS)];
  const id = await http.create(owner);
  const path = `/v1/sessions/${id}`;
  const joined = await http.call('POST', `${path}/join`, { token: hers, body: {} });
  assert.equal(joined.status, 200);
  for (const text of [HERS, `${HERS} again`]) {
    const answer = await http.call('POST', `${path}/commands`, { token: hers, body: { name: 'fill', args: { text, times: 3 } } });
    assert.equal(answer.status, 200, answer.text);
  }
  const { json } = await http.call('GET', `${path}/participants`, { token: owner });
  const participant = (json['people'] as { id: string; name: string }[]).find(({ name }) => name === HERS)?.id;
  assert.ok(await isInFiles(dir, HERS), 'it is found where it is');
  assert.deepEqual(await http.refusal('POST', `${path}/erase`, { token: await http.token('Tom'), body: { participant } }), [
    403,
    'forbidden',
  ]);
  const erased = await http.call('POST', `${path}/erase`, { token: hers, body: { participant } });
  assert.equal(erased.status, 200, erased.text);
  // Its end is an event, too.
  const isDone = async () => (await store.read(id as SessionId, Number(erased.json['seq']), 1_000)).events.length > 0;
  while (!(await isDone())) assert.ok(!t.signal.aborted);
  await http.live.server.stop();
  await store.open();
  await store.wipe();
  await store.close();
  assert.ok(!(await isInFiles(dir, HERS)));
});
