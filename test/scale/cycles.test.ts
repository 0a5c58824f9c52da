import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory-adapter.ts';
import { Cycles } from './cycles.ts';

const WARM = 200;

/** Rows of each table that holds something of sessions. */
function rowsIn(dir: string): Record<string, number> {
  const db = new DatabaseSync(join(dir, 'holdfast.db'), { readOnly: true });
  const tables = [
    'sessions',
    'heads',
    'events',
    'places',
    'bases',
    'trash',
    'staged',
    'snapshots',
    'snapshot_parts',
    'unused_parts',
    'invites',
  ];
  const more = ['acts', 'history', 'history_people', 'outbox', 'quarantine', 'set_aside', 'archives'];
  const count = (table: string): number => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  const rows = Object.fromEntries([...tables, ...more].map((table) => [table, count(table)]));
  db.close();
  return rows;
}

async function assertFlat(cycles: Cycles, count: number, more: () => Record<string, unknown>): Promise<void> {
  await cycles.run(WARM);
  const before = { ...(await cycles.remains()), ...more() };
  await cycles.run(count - WARM);
  const after = { ...(await cycles.remains()), ...more() };
  assert.ok(cycles.crashes > count / 4);
  assert.deepEqual([after.created, after.deleted], [cycles.done, cycles.done]);
  assert.deepEqual([after.awake, after.connections, after.sessionObjects, after.serverObjects, after.stored], [0, 0, 0, 1, 0]);
  assert.deepEqual({ ...after, created: 0, deleted: 0 }, { ...before, created: 0, deleted: 0 });
}

test('RECOVERY-17: after two thousand sessions that were created, played, ended and deleted, a third of them crashed, nothing is left in memory', async () => {
  const cycles = await new Cycles(new MemoryStore()).start();
  await assertFlat(cycles, 2_000, () => ({}));
  await cycles.stop();
});

test('RECOVERY-17: after hundreds of them nothing is left in the files either, nor any handle', async (t) => {
  const dir = temporaryDirectory();
  const cycles = await new Cycles(sqliteStore({ dir, durability: 'normal' })).start();
  t.after(() => cycles.stop());
  await assertFlat(cycles, 600, () => ({
    rows: rowsIn(dir),
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate').length,
  }));
});
