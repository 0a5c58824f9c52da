import type { Seq, SessionId } from '../protocol/ids.ts';
import { decodeChunk, eraseContents, joinFrames } from './event-chunk.ts';
import { isMeant } from './meant-events.ts';
import { blobIn, integerIn, textIn, textsIn } from './sql-row.ts';
import type { SqliteCounters } from './sqlite-counters.ts';
import type { Database, SqlRow, Statement } from './sqlite-database-adapter.ts';
import type { Head, SqliteReader } from './sqlite-reader.ts';
import type { ErasedEvents, EraseResult, PruneResult, RemovalOptions, RemovalResult } from './store-removal.ts';

/** What one step deletes or looks through at most: a millisecond or two. */
const STEP_ROWS = 256;
const STEP_BYTES = 1024 * 1024;
/** Of a session that is removed, everything is below this. */
export const EVERYTHING = Number.MAX_SAFE_INTEGER;

/** How far an erasure is: up to the snapshot at `upTo`, and the next row to look at begins at `from` or later. */
export type ErasureProgress = { readonly from: Seq; readonly upTo: Seq };
/** `next`: there is more to do. */
export type ErasureStep = { readonly result: EraseResult; readonly next?: ErasureProgress };

/**
 * Deletes content. Like the writer it knows nothing of transactions; each call is one step of bounded length. Expects
 * every event row to be placed.
 */
export class SqliteRemover {
  readonly #reader: SqliteReader;
  readonly #counters: SqliteCounters;
  readonly #statement: (sql: string) => Statement;

  constructor(db: Database, reader: SqliteReader, counters: SqliteCounters) {
    this.#reader = reader;
    this.#counters = counters;
    // Prepared when first needed: most servers start without removing anything.
    const prepared = new Map<string, Statement>();
    this.#statement = (sql) => {
      const known = prepared.get(sql) ?? db.prepare(sql);
      prepared.set(sql, known);
      return known;
    };
  }

  /** Makes a session impossible to find; its events and all else of it are left to {@link sweep}. */
  remove(session: SessionId, { onlyAt, as = 'deleted', history = false }: RemovalOptions, takeRev: () => number): RemovalResult {
    const head = this.#reader.findHead(session);
    if (head !== undefined && onlyAt !== undefined && !isAt(head, onlyAt)) return { outcome: 'changed' };
    const isGone = head === undefined ? as === 'deleted' && this.#forgetArchive(session) : this.#removeStored(session, head, as, takeRev());
    const hadHistory = history && this.#removeHistory(session);
    return { outcome: isGone || hadHistory ? 'ok' : 'missing' };
  }

  prune(session: SessionId, below: Seq): PruneResult {
    const head = this.#reader.findHead(session);
    if (head === undefined) return { outcome: 'missing' };
    const old = this.#reader.baseOf(head.number).seq;
    const base = Math.min(below - 1, head.seq);
    if (base <= old) return { outcome: 'ok', base: old, removed: 0 };
    const snapshot = this.#reader.readSnapshot(session, head.seq);
    if (snapshot === undefined || snapshot.seq < base) return { outcome: 'no-snapshot' };
    const hash = this.#reader.hashAt(head.number, base);
    const { events, damage } = this.#reader.read(session, base - 1, Math.min(base + 1, head.seq));
    if (hash === undefined || damage !== undefined || events[0]?.hash !== hash) return { outcome: 'damaged' };
    this.#cut(head.number, base + 1);
    this.#run('INSERT OR REPLACE INTO bases (session, seq, hash) VALUES (?, ?, ?)', head.number, base, Buffer.from(hash, 'hex'));
    this.#run('DELETE FROM snapshots WHERE session = ? AND seq < ?', head.number, base);
    this.#run('INSERT OR REPLACE INTO trash (session, below) VALUES (?, ?)', head.number, base + 1);
    this.#mark();
    return { outcome: 'ok', base, removed: base - old };
  }

  /** Begins an erasure: finds out whether it may be, and takes away the snapshots that it has to. */
  beginErasing(session: SessionId, events: ErasedEvents): ErasureStep {
    const head = this.#reader.findHead(session);
    if (head === undefined) return { result: { outcome: 'missing' } };
    const snapshot = this.#reader.readSnapshot(session, head.seq);
    const last = 'who' in events ? 0 : events.reduce((most, seq) => Math.max(most, seq), 0);
    if (snapshot === undefined || snapshot.seq < last) return { result: { outcome: 'no-snapshot' } };
    this.#run('DELETE FROM snapshots WHERE session = ? AND seq < ?', head.number, snapshot.seq);
    if ('who' in events) this.#eraseAside(head.number, isMeant(events, EVERYTHING));
    this.#mark();
    return { result: { outcome: 'ok', erased: 0, upTo: snapshot.seq }, next: { from: 0, upTo: snapshot.seq } };
  }

  /** Erases in the next rows. */
  erase(session: SessionId, events: ErasedEvents, { from, upTo }: ErasureProgress): ErasureStep {
    const head = this.#reader.findHead(session);
    if (head === undefined) return { result: { outcome: 'missing' } };
    const meant = isMeant(events, upTo);
    let erased = 0;
    let bytes = 0;
    let next: ErasureProgress | undefined;
    for (const row of this.#rowsFrom(head.number, from, upTo)) {
      if (bytes >= STEP_BYTES) break;
      const first = integerIn(row, 'first_seq');
      bytes += integerIn(row, 'bytes');
      next = { from: first + 1, upTo };
      erased += this.#eraseRow(integerIn(row, 'event'), first, meant);
    }
    if (erased > 0) this.#mark();
    const result = { outcome: 'ok', erased, upTo } as const;
    return next === undefined ? { result } : { result, next };
  }

  /** Deletes some of what nothing leads to any more. True while there is more. */
  sweep(): boolean {
    const trash = this.#statement('SELECT session, below FROM trash LIMIT 1').get();
    if (trash === undefined) return false;
    const [number, below] = [integerIn(trash, 'session'), integerIn(trash, 'below')];
    this.#mark();
    const isDone = this.#sweepEvents(number, below) && (below !== EVERYTHING || this.#sweepRest(number));
    if (isDone) this.#run('DELETE FROM trash WHERE session = ?', number);
    return true;
  }

  /** Whether files may hold traces of what was deleted. */
  get hasTraces(): boolean {
    return integerIn(this.#statement("SELECT value FROM meta WHERE key = 'traces'").get() ?? {}, 'value') === 1;
  }

  forgetTraces(): void {
    this.#run("UPDATE meta SET value = 0 WHERE key = 'traces'");
  }

  /** Whether {@link sweep} has something to do. */
  get hasTrash(): boolean {
    return this.#statement('SELECT 1 FROM trash LIMIT 1').get() !== undefined;
  }

  /** See `StoreRemoval`; also what keeps revs growing when the newest row is removed. */
  get removedRev(): number {
    return integerIn(this.#statement("SELECT value FROM meta WHERE key = 'rev'").get() ?? {}, 'value');
  }

  /** Sessions that a head record may still name although they were removed. */
  removed(): SessionId[] {
    return this.#statement('SELECT session FROM removed')
      .all()
      .map((row) => textIn(row, 'session') as SessionId);
  }

  /** The head record on the disk does not name these any more. */
  forgetRemoved(sessions: readonly SessionId[]): void {
    for (const session of sessions) this.#run('DELETE FROM removed WHERE session = ?', session);
  }

  #removeStored(session: SessionId, { number }: Head, as: 'archived' | 'deleted', rev: number): boolean {
    const row = this.#statement('SELECT status FROM sessions WHERE number = ?').get(number) ?? {};
    this.#counters.leave(textIn(row, 'status'));
    this.#counters.add(as, 1);
    if (as === 'archived') this.#run('INSERT OR IGNORE INTO archives (session) VALUES (?)', session);
    this.#run("UPDATE meta SET value = ? WHERE key = 'rev'", rev);
    this.#run('INSERT OR IGNORE INTO removed (session) VALUES (?)', session);
    this.#run('DELETE FROM sessions WHERE number = ?', number);
    this.#run('INSERT OR IGNORE INTO unindexed (session) VALUES (?)', number);
    this.#run('DELETE FROM heads WHERE number = ?', number);
    this.#run('DELETE FROM bases WHERE session = ?', number);
    this.#run('DELETE FROM quarantine WHERE session = ?', number);
    this.#run('INSERT OR REPLACE INTO trash (session, below) VALUES (?, ?)', number, EVERYTHING);
    this.#mark();
    return true;
  }

  #forgetArchive(session: SessionId): boolean {
    if (this.#run('DELETE FROM archives WHERE session = ?', session) === 0) return false;
    this.#counters.add('archived', -1);
    this.#counters.add('deleted', 1);
    return true;
  }

  #removeHistory(session: SessionId): boolean {
    const row = this.#statement('SELECT started_at, people FROM history WHERE session = ?').get(session);
    if (row === undefined) return false;
    for (const person of textsIn(row, 'people')) {
      this.#run(
        'DELETE FROM history_people WHERE person = ? AND started_at = ? AND session = ?',
        person,
        integerIn(row, 'started_at'),
        session,
      );
    }
    this.#run('DELETE FROM history WHERE session = ?', session);
    this.#mark();
    return true;
  }

  /** Splits the row that holds events on both sides of `below`, if there is one. */
  #cut(number: number, below: Seq): void {
    const row = this.#statement(
      `SELECT places.first_seq, event, data FROM places JOIN events ON id = event
         WHERE places.session = ? AND places.first_seq < ? ORDER BY places.first_seq DESC LIMIT 1`,
    ).get(number, below);
    if (row === undefined) return;
    const [first, event] = [integerIn(row, 'first_seq'), integerIn(row, 'event')];
    const kept = decodeChunk(blobIn(row, 'data')).frames.slice(below - first);
    if (kept.length === 0) return;
    this.#run('UPDATE events SET first_seq = ?, data = ? WHERE id = ?', below, joinFrames(kept), event);
    this.#run('UPDATE places SET first_seq = ? WHERE session = ? AND first_seq = ?', below, number, first);
  }

  #rowsFrom(number: number, from: Seq, upTo: Seq): SqlRow[] {
    return this.#statement(
      `SELECT places.first_seq, event, length(data) AS bytes FROM places JOIN events ON id = event
         WHERE places.session = ? AND places.first_seq >= ? AND places.first_seq <= ? ORDER BY places.first_seq LIMIT ${STEP_ROWS}`,
    ).all(number, from, upTo);
  }

  #eraseRow(event: number, first: Seq, meant: (seq: Seq, header: string) => boolean): number {
    const row = this.#statement('SELECT data FROM events WHERE id = ?').get(event) ?? {};
    const erased = eraseContents(blobIn(row, 'data'), (index, header) => meant(first + index, header));
    if (erased === undefined) return 0;
    this.#run('UPDATE events SET data = ? WHERE id = ?', erased.data, event);
    return erased.erased;
  }

  /** What a recovery took out of the log is not exempt; what cannot be read there may be anyone's. */
  #eraseAside(number: number, meant: (seq: Seq, header: string) => boolean): void {
    for (const row of this.#statement('SELECT id, data FROM set_aside WHERE session = ?').all(number)) {
      const [id, data] = [integerIn(row, 'id'), blobIn(row, 'data')];
      const left = eraseContents(data, (_index, header) => meant(0, header));
      if (left !== undefined) this.#run('UPDATE set_aside SET data = ? WHERE id = ?', left.data, id);
      else if (decodeChunk(data).fault !== undefined) this.#run('DELETE FROM set_aside WHERE id = ?', id);
    }
  }

  /** True when no event row below `below` is left. */
  #sweepEvents(number: number, below: Seq): boolean {
    const rows = this.#statement(
      `SELECT places.first_seq, event, coalesce(length(data), 0) AS bytes FROM places LEFT JOIN events ON id = event
         WHERE places.session = ? AND places.first_seq < ? ORDER BY places.first_seq LIMIT ${STEP_ROWS}`,
    ).all(number, below);
    const last = this.lastRow;
    let bytes = 0;
    for (const row of rows) {
      if (bytes >= STEP_BYTES) return false;
      bytes += integerIn(row, 'bytes');
      this.deleteEvents(number, integerIn(row, 'first_seq'), integerIn(row, 'event'), last);
    }
    this.#run('DELETE FROM events WHERE id IN (SELECT event FROM places WHERE session = 0 AND event < ?)', last);
    this.#run('DELETE FROM places WHERE session = 0 AND event < ?', last);
    return rows.length < STEP_ROWS;
  }

  get lastRow(): number {
    return integerIn(this.#statement('SELECT coalesce(max(id), 0) AS id FROM events').get() ?? {}, 'id');
  }

  /** Deletes a row of events and its place; without `event` the place alone. */
  deleteEvents(number: number, first: Seq, event: number | undefined, last: number = this.lastRow): void {
    this.#run('DELETE FROM places WHERE session = ? AND first_seq = ?', number, first);
    if (event === undefined) return;
    if (event === last) {
      // See SCHEMA_STEPS: the last row stays, of no session, until it is not the last any more.
      this.#run("UPDATE events SET session = 0, first_seq = id, data = x'' WHERE id = ?", event);
      this.#run('INSERT OR IGNORE INTO places (session, first_seq, event) VALUES (0, ?1, ?1)', event);
      return;
    }
    this.#run('DELETE FROM events WHERE id = ? AND session = ?', event, number);
  }

  /** Snapshots one by one, which may be large; then invites and acts. True when nothing is left. */
  #sweepRest(number: number): boolean {
    const deletes = [
      'DELETE FROM snapshots WHERE id = (SELECT id FROM snapshots WHERE session = ? LIMIT 1)',
      `DELETE FROM invites WHERE hash IN (SELECT hash FROM invites WHERE session = ? LIMIT ${STEP_ROWS})`,
      `DELETE FROM acts WHERE id IN (SELECT id FROM acts WHERE session = ? LIMIT ${STEP_ROWS})`,
      `DELETE FROM set_aside WHERE id IN (SELECT id FROM set_aside WHERE session = ? LIMIT 8)`,
    ];
    return deletes.every((sql) => this.#run(sql, number) === 0);
  }

  #mark(): void {
    this.#run("UPDATE meta SET value = 1 WHERE key = 'traces' AND value = 0");
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
}

function isAt(head: Head, { epoch, seq, hash }: { epoch: number; seq: Seq; hash: string }): boolean {
  return head.epoch === epoch && head.seq === seq && head.hash === hash;
}
