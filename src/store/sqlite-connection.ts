import { SqliteAdopter } from './sqlite-adopter.ts';
import { SqliteCatalogue } from './sqlite-catalogue.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';
import { BusyError, TakenOverError } from './sqlite-error.ts';
import { SqliteCounters } from './sqlite-counters.ts';
import { SqliteNames } from './sqlite-names.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { SqliteQueries } from './sqlite-queries.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteRemover } from './sqlite-remover.ts';
import { SqliteSnapshotParts } from './sqlite-snapshot-parts.ts';
import { SqliteRewinder } from './sqlite-rewinder.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { integerIn } from './sql-row.ts';

/** One open database, with everything prepared; expects its pragmas set and its schema current. Dropped as a whole when it is in doubt. */
export class SqliteConnection {
  readonly reader: SqliteReader;
  readonly writer: SqliteWriter;
  readonly catalogue: SqliteCatalogue;
  readonly queries: SqliteQueries;
  readonly names: SqliteNames;
  readonly counters: SqliteCounters;
  readonly remover: SqliteRemover;
  readonly outbox: SqliteOutbox;
  readonly adopter: SqliteAdopter;
  readonly rewinder: SqliteRewinder;
  readonly parts: SqliteSnapshotParts;
  readonly #db: Database;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #touch: Statement;
  readonly #frames: Statement;
  readonly #ownerNow: Statement;
  readonly #owner: number | undefined;

  /** `owner`: who writes, as the opening numbered it; a transaction of anyone before the last is refused. */
  constructor(db: Database, owner?: number) {
    this.#db = db;
    this.#owner = owner;
    this.reader = new SqliteReader(db);
    this.counters = new SqliteCounters(db);
    this.writer = new SqliteWriter(db, this.reader, this.counters);
    this.remover = new SqliteRemover(db, this.reader, this.counters);
    this.rewinder = new SqliteRewinder(db, this.reader, this.writer, this.remover);
    this.parts = new SqliteSnapshotParts(db, this.reader);
    this.names = new SqliteNames(db);
    this.catalogue = new SqliteCatalogue(db, this.names);
    this.queries = new SqliteQueries(db);
    this.outbox = new SqliteOutbox(db);
    this.adopter = new SqliteAdopter(db, this.writer);
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#touch = db.prepare("UPDATE meta SET value = value + 1 WHERE key = 'touch'");
    this.#frames = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#ownerNow = db.prepare("SELECT value FROM meta WHERE key = 'owner'");
  }

  /** Throws `TakenOverError`, with nothing begun, where somebody else has become the owner. */
  begin(): void {
    this.#begin.run();
    this.assertOwned();
  }

  /**
   * The lock of the directory keeps a second server out as long as it is there and this process lives. One that stood still
   * while its lock was lost finds out here.
   */
  assertOwned(): void {
    if (this.#owner === undefined || integerIn(this.#ownerNow.get() ?? {}, 'value') === this.#owner) return;
    this.rollBack();
    throw new TakenOverError('another server has taken over');
  }

  commit(): void {
    this.#commit.run();
  }

  /** Undoes what was begun, if SQLite has not done so already. */
  rollBack(): void {
    this.writer.forget();
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }

  /** A write that changes nothing, as durable as any. */
  touch(): void {
    this.#touch.run();
  }

  /**
   * Makes durable whatever can be read, once the log was renewed (`renewLog`): its content is written into the database file
   * and synced there; then a commit with a sync of its own proves that the disk takes writes.
   */
  settle(): void {
    const { synchronous } = this.#db.prepare('PRAGMA synchronous').get() ?? {};
    this.#db.exec('PRAGMA synchronous = FULL');
    const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(FULL)').get() ?? {};
    if (busy !== 0) throw new BusyError('another process has been reading it for too long; stop that process');
    this.touch();
    this.#db.exec(`PRAGMA synchronous = ${String(synchronous)}`);
  }

  /** Writes down where the newest events stand, so that only few rows have to be looked through. */
  place(): void {
    this.begin();
    this.#db.exec(`
      INSERT OR IGNORE INTO places (session, first_seq, event)
        SELECT session, first_seq, id FROM events WHERE id > (SELECT value FROM meta WHERE key = 'placed') ORDER BY session, first_seq;
      UPDATE meta SET value = coalesce((SELECT max(id) FROM events), 0) WHERE key = 'placed'`);
    this.commit();
  }

  /** Frames in the write-ahead log that are not yet in the database file. */
  pendingFrames(): number {
    const row = this.#frames.get() ?? {};
    return integerIn(row, 'log') - integerIn(row, 'checkpointed');
  }

  /** Moves the log into the database file, without waiting for readers. True when all of it is there, and so is synced. */
  checkpoint(): boolean {
    const row = this.#db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() ?? {};
    return row['busy'] === 0 && row['log'] === row['checkpointed'];
  }

  /**
   * Moves all of the log into the database file, empties its file and lets go of every page in memory, so that nothing but
   * the database file holds anything. False when another process reads, which is not waited for.
   */
  empty(): boolean {
    const timeout = integerIn(this.#db.prepare('PRAGMA busy_timeout').get() ?? {}, 'timeout');
    this.#db.exec('PRAGMA busy_timeout = 0');
    try {
      const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {};
      this.#db.exec('PRAGMA shrink_memory');
      return busy === 0;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${timeout}`);
    }
  }

  metaValue(key: string): number {
    return integerIn(this.#db.prepare('SELECT value FROM meta WHERE key = ?').get(key) ?? {}, 'value');
  }

  setMetaValue(key: string, value: number): void {
    this.#db.prepare('UPDATE meta SET value = ? WHERE key = ?').run(value, key);
  }

  close(): void {
    this.#db.close();
  }
}
