import type { Seq, SessionId } from '../protocol/ids.ts';
import { DataDirectory } from './data-directory-adapter.ts';
import type { Database, OpenDatabase } from './sqlite-database-adapter.ts';
import { applyPragmas } from './sqlite-pragmas.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { checkSchema } from './sqlite-schema.ts';
import type { OpenReader, StoreReader } from './store-snapshots.ts';
import type { LogRead, StoredEvent, StoredSnapshot } from './store.ts';
import type { SnapshotState } from './store-recovery.ts';

const BUSY_TIMEOUT_MS = 2_000;

/** Reads beside the server that writes, in the thread that asks. */
export const openReader: OpenReader = async ({ dir = '', databaseModule = '' }) => {
  const { openDatabase } = (await import(databaseModule)) as { openDatabase: OpenDatabase };
  const db = openDatabase(new DataDirectory(dir).databasePath, { readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    checkSchema(db, dir);
    applyPragmas(db, { durability: 'full', readOnly: true, platform: process.platform });
    return new ThreadReader(db);
  } catch (error) {
    db.close();
    throw error;
  }
};

class ThreadReader implements StoreReader {
  readonly #db: Database;
  readonly #reader: SqliteReader;

  constructor(db: Database) {
    this.#db = db;
    this.#reader = new SqliteReader(db);
  }

  async read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead> {
    const events: StoredEvent[] = [];
    for (;;) {
      const last = events.at(-1);
      const { more, ...slice } = this.#reader.read(session, last?.seq ?? after, upTo, last?.hash);
      for (const event of slice.events) events.push(event);
      if (!more) return { ...slice, events };
    }
  }

  async readSnapshot(session: SessionId, atMost: Seq): Promise<StoredSnapshot | undefined> {
    return this.#reader.readSnapshot(session, atMost);
  }

  async snapshots(session: SessionId): Promise<readonly SnapshotState[]> {
    const head = this.#reader.findHead(session);
    return head === undefined ? [] : this.#reader.snapshotStates(session, head.number);
  }

  close(): void {
    this.#db.close();
  }
}
