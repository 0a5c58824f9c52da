import type { Epoch, Seq, SessionId } from '../protocol/ids.ts';
import { columnsOf, FIELD_COLUMNS } from './catalogue-columns.ts';
import { HASH_BYTES } from './chain-hash.ts';
import { encodeChunk } from './event-chunk.ts';
import { blobIn, integerIn, textIn } from './sql-row.ts';
import type { SqliteCounters } from './sqlite-counters.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';
import type { SqliteReader } from './sqlite-reader.ts';
import { SqliteSideWriter } from './sqlite-side-writer.ts';
import { sideRefusal } from './side-limits.ts';
import { isCreation, refusalOf } from './store-limits.ts';
import type { AdoptionResult, ForeignSession, ForeignSide } from './store-transfer.ts';
import type { AppendEntry, AppendResult, CatalogueFields, SideWrite } from './store.ts';

/** A session's place in the tables, and what its row says of rev, status and name. */
type Place = { readonly number: number; rev: number; status: string; name: string };
/** What `claim` changed. */
type ClaimedHead = { readonly epoch: Epoch; readonly seq: Seq; readonly hash: string };

/** Remembered places; beyond this the memory starts anew. */
const MAX_PLACES = 100_000;

/** The statements that write. Knows nothing of transactions: whoever calls has begun one, and says when it was undone. */
export class SqliteWriter {
  readonly #side: SqliteSideWriter;
  readonly #counters: SqliteCounters;
  readonly #places = new Map<SessionId, Place>();
  readonly #find: Statement;
  readonly #archived: Statement;
  readonly #create: Statement;
  readonly #createHead: Statement;
  readonly #advance: Statement;
  readonly #head: Statement;
  readonly #insertEvents: Statement;
  readonly #updateRow: Statement;
  readonly #renamed: Statement;
  readonly #claim: Statement;
  readonly #adopt: Statement;
  readonly #adoptHead: Statement;
  readonly #adoptBase: Statement;
  readonly #unarchive: Statement;
  /** Bound values, which SQLite copies. */
  readonly #newHash = Buffer.alloc(HASH_BYTES);
  readonly #oldHash = Buffer.alloc(HASH_BYTES);
  #rev: number;
  #eventRow: number;
  #bytes = 0;

  constructor(db: Database, reader: SqliteReader, counters: SqliteCounters) {
    this.#counters = counters;
    this.#side = new SqliteSideWriter(db, reader);
    this.#find = db.prepare('SELECT number, rev, status, name FROM sessions WHERE session = ?');
    this.#archived = db.prepare('SELECT 1 FROM archives WHERE session = ?');
    const unknown = FIELD_COLUMNS.map(() => '?').join(', ');
    this.#create = db.prepare(
      `INSERT INTO sessions (session, log_id, rev, ${FIELD_COLUMNS.join(', ')}) VALUES (?, ?, ?, ${unknown}) ON CONFLICT (session) DO NOTHING`,
    );
    this.#createHead = db.prepare('INSERT INTO heads (number, epoch, seq, hash, updated_at) VALUES (?, 1, 0, zeroblob(32), ?)');
    this.#advance = db.prepare(
      'UPDATE heads SET seq = ?, hash = ?, updated_at = ? WHERE number = ? AND epoch = ? AND seq = ? AND hash = ?',
    );
    this.#head = db.prepare('SELECT epoch, seq FROM heads WHERE number = ?');
    this.#insertEvents = db.prepare('INSERT INTO events (session, first_seq, data) VALUES (?, ?, ?)');
    this.#renamed = db.prepare('INSERT OR IGNORE INTO unindexed (session) VALUES (?)');
    this.#updateRow = db.prepare(
      `UPDATE sessions SET rev = ?, ${FIELD_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE number = ?`,
    );
    this.#adopt = db.prepare(
      `INSERT INTO sessions (number, session, log_id, rev, ${FIELD_COLUMNS.join(', ')}) VALUES (?, ?, ?, ?, ${unknown}) ON CONFLICT (session) DO NOTHING`,
    );
    this.#adoptHead = db.prepare('INSERT INTO heads (number, epoch, seq, hash, updated_at) VALUES (?, ?, ?, ?, ?)');
    this.#adoptBase = db.prepare('INSERT INTO bases (session, seq, hash) VALUES (?, ?, ?)');
    this.#unarchive = db.prepare('DELETE FROM archives WHERE session = ?');
    this.#claim = db.prepare('UPDATE heads SET epoch = epoch + 1 WHERE number = ? RETURNING epoch, seq, hash');
    this.#rev = integerIn(
      db.prepare("SELECT max(coalesce((SELECT max(rev) FROM sessions), 0), value) AS rev FROM meta WHERE key = 'rev'").get() ?? {},
      'rev',
    );
    this.#eventRow = integerIn(db.prepare('SELECT coalesce(max(id), 0) AS id FROM events').get() ?? {}, 'id');
  }

  /** The highest row of the events table, see the head record. */
  get eventRow(): number {
    return this.#eventRow;
  }

  /** Bytes of events and side writes written through this connection. */
  get bytes(): number {
    return this.#bytes + this.#side.bytes;
  }

  /** See `SqliteSideWriter.dropOldSnapshots`. */
  dropOldSnapshots(number: number): void {
    this.#side.dropOldSnapshots(number);
  }

  /** A rev for a change that is not of a row. */
  takeRev(): number {
    this.#rev += 1;
    return this.#rev;
  }

  /** What was written since the transaction began is gone. */
  forget(): void {
    this.#places.clear();
  }

  /** A session has changed in another way than by what is written here. */
  forgetSession(session: SessionId): void {
    this.#places.delete(session);
  }

  /**
   * Writes one entry or nothing of it. The first statement decides, on the epoch and the head as they are in the table, so
   * that no savepoint is needed: what follows it can fail only together with the whole transaction.
   */
  append(entry: AppendEntry): AppendResult {
    const reason = refusalOf(entry);
    if (reason !== undefined) return { outcome: 'refused', reason };
    const creates = isCreation(entry);
    const place = creates ? this.#createSession(entry) : this.#placeOf(entry.session);
    if (place === undefined) return creates ? { outcome: 'refused', reason: 'exists' } : { outcome: 'fenced', epoch: 0, seq: 0 };
    const { data, hash } = encodeChunk(entry.expectedHash, entry.events);
    const seq = entry.expectedSeq + entry.events.length;
    if (!this.#moveHead(place.number, entry, seq, hash)) return this.#fenced(place.number);
    if (entry.events.length > 0) this.#addEvents(place.number, entry.expectedSeq + 1, data);
    if (entry.row !== undefined && !creates) this.#changeRow(place, entry.row);
    if (entry.side !== undefined) this.#addSide(place.number, entry.session, entry.at, entry.side);
    return { outcome: 'ok', seq, hash, rev: place.rev };
  }

  /** Makes a session of events that are there already. Writes nothing where the result is not `ok`. */
  adopt(number: number, { session, logId, epoch, row, at, base, head }: Omit<ForeignSession, 'events'>, side: ForeignSide): AdoptionResult {
    if (sideRefusal(side, head.seq) !== undefined) return { outcome: 'invalid' };
    const rev = this.#rev + 1;
    if (this.#adopt.run(number, session, logId, rev, ...columnsOf(row)).changes !== 1) return { outcome: 'exists' };
    this.#rev = rev;
    this.#adoptHead.run(number, epoch, head.seq, Buffer.from(head.hash, 'hex'), at);
    if (base.seq > 0) this.#adoptBase.run(number, base.seq, Buffer.from(base.hash, 'hex'));
    const comesBack = this.#unarchive.run(session).changes === 1;
    this.#counters.add(comesBack ? 'archived' : 'created', comesBack ? -1 : 1);
    this.#counters.enter(row.status);
    this.#renamed.run(number);
    this.#addSide(number, session, at, side);
    return { outcome: 'ok', rev };
  }

  /** Raises the epoch of a session; undefined when there is none. */
  claim(session: SessionId): ClaimedHead | undefined {
    const place = this.#placeOf(session);
    if (place === undefined) return undefined;
    const row = this.#claim.get(place.number);
    if (row === undefined) throw new Error(`session ${session} has a row but no head`);
    return { epoch: integerIn(row, 'epoch'), seq: integerIn(row, 'seq'), hash: blobIn(row, 'hash').toString('hex') };
  }

  #placeOf(session: SessionId): Place | undefined {
    const known = this.#places.get(session);
    if (known !== undefined) return known;
    const row = this.#find.get(session);
    if (row === undefined) return undefined;
    const [number, rev, status, name] = [integerIn(row, 'number'), integerIn(row, 'rev'), textIn(row, 'status'), textIn(row, 'name')];
    return this.#remember(session, { number, rev, status, name });
  }

  #createSession({ session, logId, row, at }: AppendEntry): Place | undefined {
    if (logId === undefined || row === undefined) throw new Error('a creation without logId or row passed the check of its entry');
    if (this.#archived.get(session) !== undefined) return undefined;
    const rev = this.#rev + 1;
    const { changes, lastInsertRowid } = this.#create.run(session, logId, rev, ...columnsOf(row));
    if (changes !== 1) return undefined;
    this.#rev = rev;
    this.#createHead.run(Number(lastInsertRowid), at);
    this.#counters.add('created', 1);
    this.#counters.enter(row.status);
    this.#renamed.run(Number(lastInsertRowid));
    return this.#remember(session, { number: Number(lastInsertRowid), rev, status: row.status, name: row.name });
  }

  #moveHead(number: number, { epoch, at, expectedSeq, expectedHash }: AppendEntry, seq: Seq, hash: string): boolean {
    this.#newHash.write(hash, 'hex');
    this.#oldHash.fill(0);
    this.#oldHash.write(expectedHash, 'hex');
    return this.#advance.run(seq, this.#newHash, at, number, epoch, expectedSeq, this.#oldHash).changes === 1;
  }

  #remember(session: SessionId, place: Place): Place {
    if (this.#places.size >= MAX_PLACES) this.#places.clear();
    this.#places.set(session, place);
    return place;
  }

  #fenced(number: number): AppendResult {
    const head = this.#head.get(number) ?? {};
    return { outcome: 'fenced', epoch: integerIn(head, 'epoch'), seq: integerIn(head, 'seq') };
  }

  #addEvents(number: number, firstSeq: Seq, data: Buffer): void {
    this.#eventRow = Number(this.#insertEvents.run(number, firstSeq, data).lastInsertRowid);
    this.#bytes += data.length;
  }

  #changeRow(place: Place, fields: CatalogueFields): void {
    this.#rev += 1;
    this.#updateRow.run(this.#rev, ...columnsOf(fields), place.number);
    place.rev = this.#rev;
    if (place.name !== fields.name) this.#renamed.run(place.number);
    place.name = fields.name;
    if (place.status === fields.status) return;
    this.#counters.leave(place.status);
    this.#counters.enter(fields.status);
    place.status = fields.status;
  }

  #addSide(number: number, session: SessionId, at: number, side: readonly SideWrite[]): void {
    for (const write of side) this.#side.write({ session, number, at }, write);
  }
}
