import type { SessionId } from '../protocol/ids.ts';
import { catalogueRow, ROW_SELECT } from './catalogue-columns.ts';
import { integerIn, nullableIn, textIn, textsIn } from './sql-row.ts';
import type { Database, SqlRow, SqlValue, Statement } from './sqlite-database-adapter.ts';
import { listLimit } from './store-limits.ts';
import type { ActQuery, ActRow, CleanupAfter, DueAfter, FoundInvite, HistoryQuery, HistoryRow, VersionCount } from './store-queries.ts';
import type { CatalogueRow } from './store.ts';

/**
 * A condition on one column that has an index in the order of the list. Of several only the first may choose the index:
 * a `+` keeps SQLite, which knows nothing of how many rows each would leave, from choosing another.
 */
type Key = readonly [column: string, value: SqlValue | undefined];

const HAS_PERSON = `EXISTS (SELECT 1 FROM history_people AS who
  WHERE who.person = ? AND who.started_at = history.started_at AND who.session = history.session)`;

/** Finds what side writes left, and sessions that are due. */
export class SqliteQueries {
  readonly #db: Database;
  readonly #invite: Statement;
  readonly #number: Statement;
  /** One statement per set of filters in use. */
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
    this.#invite = db.prepare(
      'SELECT sessions.session, invite FROM invites JOIN sessions ON sessions.number = invites.session WHERE hash = ?',
    );
    this.#number = db.prepare('SELECT number FROM sessions WHERE session = ?');
  }

  findInvite(hash: string): FoundInvite | undefined {
    const row = this.#invite.get(hash);
    return row && { session: textIn(row, 'session') as SessionId, invite: textIn(row, 'invite') };
  }

  acts({ who, subject, session, from, to, limit, before }: ActQuery): ActRow[] {
    const number = session === undefined ? undefined : this.#numberOf(session);
    if (number === null) return [];
    const where = conditions(
      [
        ['acts.session', number],
        ['subject', subject],
        ['who', who],
      ],
      [
        ['at >= ?', from],
        ['at < ?', to],
        ['(at, id) < (?, ?)', before?.at, before?.id],
      ],
    );
    const select = `SELECT id, sessions.session, seq, at, who, subject, what FROM acts CROSS JOIN sessions ON sessions.number = acts.session`;
    const rows = this.#prepare(`${select} ${where.sql} ORDER BY at DESC, id DESC LIMIT ?`).all(...where.values, listLimit(limit));
    return rows.flatMap(readable(actRow));
  }

  history({ session, type, campaign, person, from, to, limit, before }: HistoryQuery): HistoryRow[] {
    // Of one session there is one record at most; only without one do its people lead the way.
    const byPerson = person !== undefined && session === undefined;
    const of = byPerson ? 'history_people' : 'history';
    const where = conditions(
      [
        [`${of}.session`, session],
        ['person', byPerson ? person : undefined],
        ['campaign', campaign],
        ['type', type],
      ],
      [
        [HAS_PERSON, byPerson ? undefined : person],
        [`${of}.started_at >= ?`, from],
        [`${of}.started_at < ?`, to],
        [`(${of}.started_at, ${of}.session) < (?, ?)`, before?.startedAt, before?.session],
      ],
    );
    const join = byPerson ? 'history_people CROSS JOIN history USING (session)' : 'history';
    const select = `SELECT history.session, type, campaign, history.started_at, ended_at, people, data FROM ${join}`;
    const order = `ORDER BY ${of}.started_at DESC, ${of}.session DESC`;
    const rows = this.#prepare(`${select} ${where.sql} ${order} LIMIT ?`).all(...where.values, listLimit(limit));
    return rows.flatMap(readable(historyRow));
  }

  due(before: number, limit: number, after: DueAfter | undefined): CatalogueRow[] {
    return this.#dueBy('next_due_at', before, limit, [after?.nextDueAt, after?.session]);
  }

  dueForCleanup(before: number, limit: number, after: CleanupAfter | undefined): CatalogueRow[] {
    return this.#dueBy('cleanup_at', before, limit, [after?.cleanupAt, after?.session]);
  }

  #dueBy(column: string, before: number, limit: number, after: readonly [number | undefined, SessionId | undefined]): CatalogueRow[] {
    const where = conditions(
      [],
      [
        [`${column} <= ?`, before],
        [`(${column}, session) > (?, ?)`, ...after],
      ],
    );
    const statement = this.#prepare(`${ROW_SELECT} ${where.sql} ORDER BY ${column}, session LIMIT ?`);
    return statement.all(...where.values, listLimit(limit)).flatMap(readable(catalogueRow));
  }

  versions(): VersionCount[] {
    const select = 'SELECT type, definition_version AS version, COUNT(*) AS sessions FROM sessions';
    const rows = this.#prepare(`${select} GROUP BY type, definition_version ORDER BY type, definition_version`).all();
    return rows.flatMap(
      readable((row) => ({ type: textIn(row, 'type'), version: integerIn(row, 'version'), sessions: integerIn(row, 'sessions') })),
    );
  }

  /** Null when there is no such session. */
  #numberOf(session: SessionId): number | null {
    const row = this.#number.get(session);
    return row === undefined ? null : integerIn(row, 'number');
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

type Range = readonly [sql: string, ...values: (SqlValue | undefined)[]];

/** What is given of the keys and ranges, as a WHERE and its values. */
function conditions(keys: readonly Key[], ranges: readonly Range[]): { sql: string; values: SqlValue[] } {
  const parts: string[] = [];
  const values: SqlValue[] = [];
  for (const [column, value] of keys) {
    if (value === undefined) continue;
    parts.push(`${parts.length === 0 ? '' : '+'}${column} = ?`);
    values.push(value);
  }
  for (const [sql, ...bound] of ranges) {
    const given = bound.filter((value) => value !== undefined);
    if (given.length < bound.length) continue;
    parts.push(sql);
    values.push(...given);
  }
  return { sql: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

// One damaged row is no reason to find nothing.
function readable<T>(read: (row: SqlRow) => T): (row: SqlRow) => T[] {
  return (row) => {
    try {
      return [read(row)];
    } catch {
      return [];
    }
  };
}

function actRow(row: SqlRow): ActRow {
  return {
    id: integerIn(row, 'id'),
    session: textIn(row, 'session') as SessionId,
    seq: integerIn(row, 'seq'),
    at: integerIn(row, 'at'),
    who: textIn(row, 'who'),
    subject: nullableIn(textIn, row, 'subject'),
    what: textIn(row, 'what'),
  };
}

function historyRow(row: SqlRow): HistoryRow {
  return {
    session: textIn(row, 'session') as SessionId,
    type: textIn(row, 'type'),
    campaign: nullableIn(textIn, row, 'campaign'),
    startedAt: integerIn(row, 'started_at'),
    endedAt: nullableIn(integerIn, row, 'ended_at'),
    people: textsIn(row, 'people'),
    data: textIn(row, 'data'),
  };
}
