import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createServer, sqliteStore, type SessionId } from '../../src/server/index.ts';
import { readSessionFile } from '../../src/store/session-file-adapter.ts';
import { notes } from '../../src/testing/short-lived.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory-adapter.ts';

const SWEEPING = fileURLToPath(new URL('./sweeping-process.ts', import.meta.url));
const COUNT = 60;

/** A stopped server's files with sessions that have ended. */
async function ended(dir: string): Promise<SessionId[]> {
  const server = createServer({ sessions: [notes], store: sqliteStore({ dir }), dev: true, port: null, logger: false, sweepEveryMs: null });
  await server.start();
  const made = await Promise.all(Array.from({ length: COUNT }, () => server.sessions.create({ type: 'notes', by: 'system' })));
  const ids = made.flatMap((outcome) => (outcome.ok ? [outcome.row.session] : []));
  for (const outcome of await Promise.all(ids.map((id) => server.sessions.end(id, 'system')))) assert.ok(outcome.ok);
  await server.stop();
  return ids;
}

/** Sweeps in a process of its own, which is killed once it has done so many steps. The last word that it said. */
async function sweepUntil(dir: string, steps: number): Promise<string> {
  const child = spawn(process.execPath, ['--conditions=holdfast-source', SWEEPING, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let [done, last] = [0, ''];
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    done += 1;
    if (done === steps) child.kill('SIGKILL');
  }
  await exited;
  return last;
}

/** Every session that lost events from its log has them all in an archive that reads back. */
async function nothingIsLost(dir: string, ids: readonly SessionId[]): Promise<void> {
  const store = sqliteStore({ dir, readOnly: true });
  await store.open();
  const files = existsSync(join(dir, 'archive')) ? readdirSync(join(dir, 'archive'), { recursive: true, encoding: 'utf8' }) : [];
  for (const id of ids) {
    const base = (await store.beginning(id))?.seq ?? 0;
    if (base === 0) continue;
    const mine = files.filter((name) => name.includes(`${id}.1-`) && name.endsWith('.gz'));
    // While it is deleted its archive goes first.
    if (mine.length === 0) assert.equal((await store.get(id))?.status, 'archived', id);
    for (const name of mine) assert.ok((await readSessionFile(join(dir, 'archive', name))).headSeq >= base, name);
  }
  const { created, live, archived, deleted } = await store.counters();
  assert.equal(created, live + archived + deleted);
  assert.equal((await store.history({ limit: 1_000 })).length, COUNT);
  await store.close();
}

test(
  'CLEANUP-9: sweeps that are killed again and again archive and delete every session, and lose nothing on the way',
  { timeout: 300_000 },
  async () => {
    const dir = join(temporaryDirectory(), 'data');
    const ids = await ended(dir);
    let last = '';
    for (const steps of [3, 11, 1, 17, 20, 9, 30, 1_000]) {
      last = await sweepUntil(dir, steps);
      await nothingIsLost(dir, ids);
    }
    assert.equal(last, 'done');
    const store = sqliteStore({ dir, readOnly: true });
    await store.open();
    assert.deepEqual({ ...(await store.counters()) }, { created: COUNT, live: 0, ended: 0, archived: 0, deleted: COUNT });
    await store.close();
    assert.deepEqual(
      readdirSync(join(dir, 'archive'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.')),
      [],
    );
  },
);
