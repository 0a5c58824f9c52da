import { foldName } from './catalogue-columns.ts';
import { integerIn, textIn } from './sql-row.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';

/** A text of fewer characters is not in the index, and mostly in so many names that looking through them finds some soon. */
const GRAM_LENGTH = 3;
/** With more candidates than this, looking through the names is as quick. */
const MAX_CANDIDATES = 10_000;
/** Names that one step takes up, and pages that it merges: a millisecond or two. */
const STEP_NAMES = 128;
const MERGE_PAGES = 16;

/** Sessions that may have a text in their name: what the index says, and all that it does not know of yet. One value to bind. */
export const CANDIDATES = '(SELECT rowid AS number FROM names WHERE names MATCH ? UNION SELECT session FROM unindexed)';

/**
 * The index of names by their parts. Kept later than the names, in small steps between commits: writing it costs ten times
 * what a row does. Whose name is new, other than before, or gone with its session, waits in `unindexed`.
 */
export class SqliteNames {
  readonly #db: Database;
  readonly #count: Statement;
  readonly #waiting: Statement;

  constructor(db: Database) {
    this.#db = db;
    db.exec('CREATE TEMP TABLE IF NOT EXISTS last_row (id INTEGER PRIMARY KEY)');
    this.#count = db.prepare(`SELECT count(*) AS count FROM (SELECT 1 FROM ${CANDIDATES} LIMIT ${MAX_CANDIDATES + 1})`);
    this.#waiting = db.prepare('SELECT count(*) AS count FROM (SELECT 1 FROM unindexed LIMIT ?)');
  }

  /** What to bind in {@link CANDIDATES} for a text; undefined where the index does not help. */
  matchOf(text: string): string | undefined {
    const letters = Array.from(foldName(text));
    if (letters.length < GRAM_LENGTH) return undefined;
    const grams = new Set(letters.slice(GRAM_LENGTH - 1).map((_, at) => letters.slice(at, at + GRAM_LENGTH).join('')));
    const match = [...grams].map((gram) => `"${gram.replaceAll('"', '""')}"`).join(' AND ');
    return integerIn(this.#count.get(match) ?? {}, 'count') > MAX_CANDIDATES ? undefined : match;
  }

  /** Whether at least so many names wait. */
  hasWaiting(least: number): boolean {
    return integerIn(this.#waiting.get(least) ?? {}, 'count') >= least;
  }

  /** Takes up the next names, in a transaction that has begun. */
  step(): void {
    try {
      this.#takeUp();
    } finally {
      // The index sets the last row id to what no JavaScript number can hold, which fails whatever is run next. In a table
      // of memory it is set to a small one, also on a full disk.
      this.#db.exec('INSERT OR REPLACE INTO temp.last_row (id) VALUES (1)');
    }
  }

  #takeUp(): void {
    const sql = `SELECT unindexed.session, folded_name FROM unindexed LEFT JOIN sessions ON number = unindexed.session LIMIT ${STEP_NAMES}`;
    const rows = this.#db.prepare(sql).all();
    const put = this.#db.prepare('INSERT OR REPLACE INTO names (rowid, name) VALUES (?, ?)');
    const drop = this.#db.prepare('DELETE FROM names WHERE rowid = ?');
    const taken = this.#db.prepare('DELETE FROM unindexed WHERE session = ?');
    for (const row of rows) {
      const number = integerIn(row, 'session');
      // Not `run`, which would report the last row id.
      if (row['folded_name'] === null) drop.get(number);
      else put.get(number, textIn(row, 'folded_name'));
      taken.get(number);
    }
    this.#db.prepare("INSERT INTO names (names, rank) VALUES ('merge', ?)").get(MERGE_PAGES);
  }
}
