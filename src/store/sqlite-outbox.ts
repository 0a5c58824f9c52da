import type { SessionId } from '../protocol/ids.ts';
import { integerIn, nullableIn, textIn } from './sql-row.ts';
import type { Database, SqlRow, Statement } from './sqlite-database-adapter.ts';
import { listLimit, MAX_LIST_LIMIT } from './store-limits.ts';
import type { DeadLetterQuery, OutboxMark, OutboxRow } from './store-outbox.ts';

const SELECT = 'SELECT number, id, target, session, body, created_at, attempts, next_try_at, failure FROM outbox';

/** The outbox's own statements; entries come to it as side writes. */
export class SqliteOutbox {
  readonly #first: Statement;
  readonly #firstAfter: Statement;
  readonly #dead: Statement;
  readonly #deadOfTarget: Statement;
  readonly #done: Statement;
  readonly #failed: Statement;
  readonly #setAside: Statement;
  readonly #again: Statement;

  constructor(db: Database) {
    this.#first = db.prepare(`${SELECT} WHERE dead = 0 ORDER BY target, number LIMIT 1`);
    this.#firstAfter = db.prepare(`${SELECT} WHERE dead = 0 AND target > ? ORDER BY target, number LIMIT 1`);
    this.#dead = db.prepare(`${SELECT} WHERE dead = 1 AND (target, number) > (?, ?) ORDER BY target, number LIMIT ?`);
    this.#deadOfTarget = db.prepare(`${SELECT} WHERE dead = 1 AND target = ? AND number > ? ORDER BY number LIMIT ?`);
    this.#done = db.prepare('DELETE FROM outbox WHERE id = ?');
    this.#failed = db.prepare('UPDATE outbox SET attempts = attempts + 1, next_try_at = ?, failure = ? WHERE id = ? AND dead = 0');
    this.#setAside = db.prepare('UPDATE outbox SET attempts = attempts + 1, dead = 1, failure = ? WHERE id = ? AND dead = 0');
    this.#again = db.prepare('UPDATE outbox SET attempts = 0, dead = 0, next_try_at = ? WHERE id = ? AND dead = 1');
  }

  /** One step to each target by the index, however much waits for it. */
  heads(): OutboxRow[] {
    const rows: OutboxRow[] = [];
    let row = this.#first.get();
    while (row !== undefined && rows.length < MAX_LIST_LIMIT) {
      const head = outboxRow(row);
      rows.push(head);
      row = this.#firstAfter.get(head.target);
    }
    return rows;
  }

  deadLetters({ target, limit, after }: DeadLetterQuery): OutboxRow[] {
    const rows =
      target === undefined
        ? this.#dead.all(after?.target ?? '', after?.number ?? 0, listLimit(limit))
        : this.#deadOfTarget.all(target, after?.number ?? 0, listLimit(limit));
    return rows.map(outboxRow);
  }

  mark(mark: OutboxMark): void {
    switch (mark.outcome) {
      case 'done':
        return void this.#done.run(mark.id);
      case 'failed':
        return void this.#failed.run(mark.nextTryAt, mark.failure, mark.id);
      case 'dead':
        return void this.#setAside.run(mark.failure, mark.id);
      case 'again':
        return void this.#again.run(mark.nextTryAt, mark.id);
    }
  }
}

function outboxRow(row: SqlRow): OutboxRow {
  return {
    number: integerIn(row, 'number'),
    id: textIn(row, 'id'),
    target: textIn(row, 'target'),
    session: textIn(row, 'session') as SessionId,
    body: textIn(row, 'body'),
    createdAt: integerIn(row, 'created_at'),
    attempts: integerIn(row, 'attempts'),
    nextTryAt: integerIn(row, 'next_try_at'),
    failure: nullableIn(textIn, row, 'failure'),
  };
}
