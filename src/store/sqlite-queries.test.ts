import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { Database } from './sqlite-database-adapter.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { SqliteQueries } from './sqlite-queries.ts';
import { migrateSchema } from './sqlite-schema.ts';

/** A database that remembers the statements that were prepared. */
function watched(): { db: Database; plans: () => [sql: string, steps: string[]][] } {
  const real = new DatabaseSync(':memory:');
  const prepared = new Set<string>();
  const prepare = (sql: string): ReturnType<Database['prepare']> => {
    prepared.add(sql);
    return real.prepare(sql);
  };
  const db: Database = { prepare, exec: (sql) => real.exec(sql), isTransaction: false, close: () => real.close() };
  migrateSchema(db, 0);
  const stepsOf = (sql: string): string[] =>
    real
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail));
  return { db, plans: () => [...prepared].filter((sql) => sql.startsWith('SELECT')).map((sql) => [sql, stepsOf(sql)]) };
}

/** Every combination of the given filters. */
function combinations<T extends object>(filters: T): Partial<T>[] {
  return Object.entries(filters).reduce<Partial<T>[]>((sets, [key, value]) => sets.flatMap((set) => [set, { ...set, [key]: value }]), [{}]);
}

describe('queries over many sessions', () => {
  it('STORE-27: every query walks an index in the order of its answer, whatever is asked', () => {
    const { db, plans } = watched();
    const queries = new SqliteQueries(db);
    db.exec(`INSERT INTO sessions (number, session, log_id, rev, type, definition_version, name, status, owner, owner_name, access, listed,
      seats, created_at, folded_name) VALUES (1, 'a', 'l', 1, 't', 1, 'n', 's', 'o', 'o', 'open', 1, 0, 0, 'n')`);
    const session = 'a' as SessionId;
    const range = { from: 1, to: 2 };
    const acts = combinations({ who: 'ann', subject: 'bob', session, ...range, before: { at: 1, id: 1 } });
    const histories = combinations({ person: 'ann', type: 't', campaign: 'c', session, ...range, before: { startedAt: 1, session } });
    for (const query of acts) queries.acts(query);
    for (const query of histories) queries.history(query);
    queries.due(1, 1, undefined);
    queries.due(1, 1, { nextDueAt: 1, session });
    queries.dueForCleanup(1, 1, undefined);
    queries.dueForCleanup(1, 1, { cleanupAt: 1, session });
    const outbox = new SqliteOutbox(db);
    outbox.heads();
    const found = plans();
    assert.ok(found.length > 120, `${found.length} statements`);
    for (const [sql, steps] of found) {
      const walk = steps.join('; ');
      assert.doesNotMatch(walk, /TEMP B-TREE/, `${sql}: sorts`);
      // A list without filters walks its own index, from the newest on, as far as its limit.
      const scans = steps.filter(
        (step) => step.startsWith('SCAN') && !/ USING (COVERING )?INDEX (acts_by_time|history_by_start)$/.test(step),
      );
      assert.deepEqual(scans, [], sql);
    }
  });
});
