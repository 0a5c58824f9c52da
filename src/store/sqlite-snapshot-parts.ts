import type { Hash } from 'node:crypto';
import type { Seq, SessionId } from '../protocol/ids.ts';
import { integerIn } from './sql-row.ts';
import { beginChecksum } from './snapshot-checksum.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';
import type { SqliteReader } from './sqlite-reader.ts';
import type { MadeSnapshot } from './store-snapshots.ts';

/** A part; what others commit waits no longer than one takes. */
const PART_BYTES = 128 * 1024;
/** Parts that one step of a sweep deletes. */
const SWEPT_MOST = 4;

type Staged = Omit<MadeSnapshot, 'data'> & {
  readonly session: SessionId;
  readonly number: number;
  readonly sum: Hash;
  /** What is still to be written. */
  rest: Uint8Array;
};

/**
 * Snapshots that are written in parts, a transaction for each, so that commits go between them. Parts to which no snapshot
 * leads, because they are still being written or because it is gone, are in `unused_parts`. Knows nothing of transactions.
 */
export class SqliteSnapshotParts {
  readonly #db: Database;
  readonly #reader: SqliteReader;
  readonly #statements = new Map<string, Statement>();
  readonly #staged = new Map<number, Staged>();
  #last = 0;

  constructor(db: Database, reader: SqliteReader) {
    this.#db = db;
    this.#reader = reader;
  }

  /** Begins to write the snapshot at `seq`; undefined where it would not be kept. */
  begin(session: SessionId, { seq, hash, data: rest }: MadeSnapshot): number | undefined {
    const head = this.#reader.findHead(session);
    if (head === undefined || !this.#fits(head.number, head.seq, seq, hash)) return undefined;
    const sql = `SELECT max(coalesce((SELECT max(number) FROM snapshot_parts), 0), coalesce((SELECT max(number) FROM unused_parts), 0)) AS last`;
    const parts = Math.max(this.#last, integerIn(this.#statement(sql).get() ?? {}, 'last')) + 1;
    this.#last = parts;
    this.#run('INSERT INTO unused_parts (number, session) VALUES (?, ?)', parts, head.number);
    this.#staged.set(parts, { session, number: head.number, seq, hash, sum: beginChecksum(session, { seq, hash }), rest });
    return parts;
  }

  /** Writes the next part. `lost`: the snapshot will not be kept. */
  add(parts: number): 'more' | 'whole' | 'lost' {
    const staged = this.#staged.get(parts);
    if (staged === undefined) return 'lost';
    const data = staged.rest.subarray(0, PART_BYTES);
    staged.rest = staged.rest.subarray(PART_BYTES);
    staged.sum.update(data);
    this.#run('INSERT INTO snapshot_parts (number, data) VALUES (?, ?)', parts, data);
    return staged.rest.byteLength > 0 ? 'more' : 'whole';
  }

  /** All parts are written: from now on the snapshot counts, unless the log has changed meanwhile. */
  finish(parts: number): { readonly number: number } | undefined {
    const staged = this.#staged.get(parts);
    this.#staged.delete(parts);
    const head = staged && this.#reader.findHead(staged.session);
    if (staged === undefined || head?.number !== staged.number || !this.#fits(head.number, head.seq, staged.seq, staged.hash))
      return undefined;
    this.#run(
      "INSERT INTO snapshots (session, seq, hash, checksum, data, parts) VALUES (?, ?, ?, ?, x'', ?)",
      head.number,
      staged.seq,
      Buffer.from(staged.hash, 'hex'),
      staged.sum.digest(),
      parts,
    );
    this.#run('DELETE FROM unused_parts WHERE number = ?', parts);
    return { number: head.number };
  }

  /** It will not be finished. */
  abandon(parts: number): undefined {
    this.#staged.delete(parts);
    return undefined;
  }

  /** Deletes some parts to which no snapshot leads. True while there may be more. */
  sweep(): boolean {
    const unused = this.#unused();
    if (unused === undefined) return false;
    const { number, session } = unused;
    const isRemoved = this.#statement('SELECT 1 FROM heads WHERE number = ?').get(session) === undefined;
    if (isRemoved) this.#run("UPDATE meta SET value = 1 WHERE key = 'traces' AND value = 0");
    const some = `SELECT id FROM snapshot_parts WHERE number = ? ORDER BY id LIMIT ${SWEPT_MOST}`;
    if (this.#run(`DELETE FROM snapshot_parts WHERE id IN (${some})`, number) < SWEPT_MOST)
      this.#run('DELETE FROM unused_parts WHERE number = ?', number);
    return true;
  }

  /** Whether {@link sweep} has something to do. */
  get hasUnused(): boolean {
    return this.#unused() !== undefined;
  }

  #unused(): { readonly number: number; readonly session: number } | undefined {
    for (const row of this.#statement('SELECT number, session FROM unused_parts').all()) {
      const [number, session] = [integerIn(row, 'number'), integerIn(row, 'session')];
      const staged = this.#staged.get(number);
      // What is being written for a session that is gone must not wait until its writer notices.
      if (staged !== undefined && this.#reader.findHead(staged.session)?.number === session) continue;
      this.#staged.delete(number);
      return { number, session };
    }
    return undefined;
  }

  #fits(number: number, headSeq: Seq, seq: Seq, hash: string): boolean {
    if (seq < 1 || seq > headSeq || this.#reader.hashAt(number, seq) !== hash) return false;
    return this.#statement('SELECT 1 FROM snapshots WHERE session = ? AND seq >= ? LIMIT 1').get(number, seq) === undefined;
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
}
