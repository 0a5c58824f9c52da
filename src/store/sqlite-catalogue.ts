import type { SessionId } from '../protocol/ids.ts';
import { catalogueRow, foldName, ROW_SELECT, rowSelectAmong } from './catalogue-columns.ts';
import { integerIn, textIn } from './sql-row.ts';
import { CANDIDATES } from './sqlite-names.ts';
import type { SqliteNames } from './sqlite-names.ts';
import type { Database, SqlRow, SqlValue, Statement } from './sqlite-database-adapter.ts';
import { listLimit } from './store-limits.ts';
import type { CatalogueQuery, CatalogueRow } from './store.ts';

type Condition = readonly [sql: string, ...values: SqlValue[]];

/** A part of a list, found quickly enough not to hold up commits. `next`: the query that goes on where this one stopped. */
export type ListSlice = { readonly rows: readonly CatalogueRow[]; readonly next?: CatalogueQuery | undefined };

/** Rows that a search looks through at a time, for a text that the index of names does not help to find. */
const SEARCH_ROWS = 20_000;

/** Lists and finds catalogue rows. */
export class SqliteCatalogue {
  readonly #db: Database;
  readonly #names: SqliteNames;
  readonly #get: Statement;
  /** One statement per set of filters in use. */
  readonly #lists = new Map<string, Statement>();

  constructor(db: Database, names: SqliteNames) {
    this.#db = db;
    this.#names = names;
    this.#get = db.prepare(`${ROW_SELECT} WHERE session = ?`);
  }

  get(session: SessionId): CatalogueRow | undefined {
    const row = this.#get.get(session);
    return row && catalogueRow(row);
  }

  list(query: CatalogueQuery): ListSlice {
    const match = query.text === undefined ? undefined : this.#names.matchOf(query.text);
    const end = match === undefined ? this.#searchEnd(query) : undefined;
    const conditions = conditionsOf(query);
    if (end?.before !== undefined) conditions.push(['(created_at, session) >= (?, ?)', end.before.createdAt, end.before.session]);
    if (end?.afterRev !== undefined) conditions.push(['rev <= ?', end.afterRev]);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
    const order = query.afterRev === undefined ? 'created_at DESC, session DESC' : 'rev';
    const from = match === undefined ? ROW_SELECT : rowSelectAmong(CANDIDATES);
    const statement = this.#prepare(`${from} ${where} ORDER BY ${order} LIMIT ?`);
    const values = [...(match === undefined ? [] : [match]), ...conditions.flatMap(([, ...bound]) => bound)];
    const rows = statement.all(...values, listLimit(query.limit)).flatMap(readableRow);
    return { rows, next: end && { ...query, ...end } };
  }

  /** Where a search has to stop for now; undefined when it comes to an end by itself soon enough. */
  #searchEnd({ text, owner, campaign, afterRev, before }: CatalogueQuery): Pick<CatalogueQuery, 'before' | 'afterRev'> | undefined {
    if (text === undefined || owner !== undefined || campaign !== undefined) return undefined;
    if (afterRev !== undefined) {
      const end = afterRev + SEARCH_ROWS;
      return this.#prepare('SELECT 1 FROM sessions WHERE rev > ? LIMIT 1').get(end) && { afterRev: end };
    }
    const where = before === undefined ? '' : 'WHERE (created_at, session) < (?, ?)';
    const skip = this.#prepare(
      `SELECT created_at, session FROM sessions ${where} ORDER BY created_at DESC, session DESC LIMIT 1 OFFSET ${SEARCH_ROWS}`,
    );
    const row = before === undefined ? skip.get() : skip.get(before.createdAt, before.session);
    return row && { before: { createdAt: integerIn(row, 'created_at'), session: textIn(row, 'session') as SessionId } };
  }

  #prepare(sql: string): Statement {
    const known = this.#lists.get(sql) ?? this.#db.prepare(sql);
    this.#lists.set(sql, known);
    return known;
  }
}

// One damaged row is no reason to list nothing; whoever asks for its session is told.
function readableRow(row: SqlRow): CatalogueRow[] {
  try {
    return [catalogueRow(row)];
  } catch {
    return [];
  }
}

function conditionsOf({
  type,
  status,
  campaign,
  owner,
  text,
  seatsFree,
  listed,
  membersOnly,
  afterRev,
  before,
}: CatalogueQuery): Condition[] {
  const conditions: (Condition | undefined)[] = [
    type === undefined ? undefined : ['type = ?', type],
    status === undefined ? undefined : ['status = ?', status],
    campaign === undefined ? undefined : ['campaign = ?', campaign],
    owner === undefined ? undefined : ['owner = ?', owner],
    text === undefined ? undefined : ['instr(folded_name, ?) > 0', foldName(text)],
    seatsFree === undefined ? undefined : [`${seatsFree ? '' : 'NOT '}(max_seats IS NULL OR seats < max_seats)`],
    listed === undefined ? undefined : ['listed = ?', listed ? 1 : 0],
    membersOnly === false ? ["(campaign IS NULL OR access = 'open')"] : undefined,
    afterRev === undefined ? undefined : ['rev > ?', afterRev],
    before === undefined || afterRev !== undefined ? undefined : ['(created_at, session) < (?, ?)', before.createdAt, before.session],
  ];
  return conditions.filter((condition) => condition !== undefined);
}
