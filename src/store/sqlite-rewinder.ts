import type { LogId, Seq, SessionId } from '../protocol/ids.ts';
import { CHUNK_FORMAT, decodeChunk, frameEnds } from './event-chunk.ts';
import { blobIn, integerIn, textIn } from './sql-row.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';
import type { Head, SqliteReader } from './sqlite-reader.ts';
import type { SqliteRemover } from './sqlite-remover.ts';
import type { SqliteWriter } from './sqlite-writer.ts';
import type { Quarantine, QuarantineKind, Remnant, Rewind, RewindResult, SetAside, SnapshotState } from './store-recovery.ts';

/** Quarantine marks, and logs that are taken back. Knows nothing of transactions. {@link rewind} expects every event row to be placed. */
export class SqliteRewinder {
  readonly #reader: SqliteReader;
  readonly #writer: SqliteWriter;
  readonly #remover: SqliteRemover;
  readonly #statement: (sql: string) => Statement;

  constructor(db: Database, reader: SqliteReader, writer: SqliteWriter, remover: SqliteRemover) {
    this.#reader = reader;
    this.#writer = writer;
    this.#remover = remover;
    const prepared = new Map<string, Statement>();
    this.#statement = (sql) => {
      const known = prepared.get(sql) ?? db.prepare(sql);
      prepared.set(sql, known);
      return known;
    };
  }

  quarantine(session: SessionId, mark: Omit<Quarantine, 'session'> | null): boolean {
    const head = this.#reader.findHead(session);
    if (head === undefined) return false;
    if (mark === null) this.#statement('DELETE FROM quarantine WHERE session = ?').run(head.number);
    else {
      const sql = 'INSERT OR REPLACE INTO quarantine (session, kind, reason, seq, at) VALUES (?, ?, ?, ?, ?)';
      this.#statement(sql).run(head.number, mark.kind, mark.reason, mark.seq, mark.at);
    }
    return true;
  }

  quarantined(): Quarantine[] {
    const sql = `SELECT sessions.session, kind, reason, seq, at FROM quarantine JOIN sessions ON number = quarantine.session ORDER BY at`;
    return this.#statement(sql)
      .all()
      .map((row) => ({
        session: textIn(row, 'session') as SessionId,
        kind: textIn(row, 'kind') as QuarantineKind,
        reason: textIn(row, 'reason'),
        seq: integerIn(row, 'seq'),
        at: integerIn(row, 'at'),
      }));
  }

  remnants(session: SessionId, after: Seq): Remnant[] {
    const head = this.#reader.findHead(session);
    if (head === undefined) return [];
    const found = new Map<Seq, string | undefined>();
    for (const { first, data } of this.#reader.rowsAfter(head.number, after)) {
      if (data === undefined) continue;
      for (const [index, { header }] of decodeChunk(data).frames.entries())
        if (first + index > after && !found.has(first + index)) found.set(first + index, header.toString('utf8'));
    }
    const last = Math.max(head.seq, ...found.keys());
    return Array.from({ length: Math.max(0, last - after) }, (_, index) => ({
      seq: after + 1 + index,
      header: found.get(after + 1 + index),
    }));
  }

  snapshots(session: SessionId): SnapshotState[] {
    const head = this.#reader.findHead(session);
    return head === undefined ? [] : this.#reader.snapshotStates(session, head.number);
  }

  setAside(session: SessionId): SetAside[] {
    const head = this.#reader.findHead(session);
    if (head === undefined) return [];
    return this.#statement('SELECT log_id, first_seq, data, at FROM set_aside WHERE session = ? ORDER BY id')
      .all(head.number)
      .map((row) => ({
        logId: textIn(row, 'log_id') as LogId,
        firstSeq: integerIn(row, 'first_seq'),
        data: blobIn(row, 'data'),
        at: integerIn(row, 'at'),
      }));
  }

  rewind(rewind: Rewind): RewindResult {
    const { session, to, toHash, epoch, expectedSeq, logId, event, at, row, side } = rewind;
    const head = this.#reader.findHead(session);
    if (head === undefined) return { outcome: 'missing' };
    const isAsSaid = head.epoch === epoch && head.seq === expectedSeq && to <= head.seq && this.#reader.baseOf(head.number).seq <= to;
    if (!isAsSaid || this.#reader.hashAt(head.number, to) !== toHash) return { outcome: 'changed' };
    this.#putAside(head, to, at);
    this.#forgetAfter(head.number, session, to);
    this.#statement('UPDATE sessions SET log_id = ? WHERE number = ?').run(logId, head.number);
    this.#statement('UPDATE heads SET seq = ?, hash = ? WHERE number = ?').run(to, Buffer.from(toHash, 'hex'), head.number);
    this.#statement('DELETE FROM quarantine WHERE session = ?').run(head.number);
    const appended = this.#writer.append({ session, epoch, expectedSeq: to, expectedHash: toHash, events: [event], at, row, side });
    if (appended.outcome !== 'ok') throw new Error(`the event of a recovery was not accepted: ${appended.outcome}`);
    return { outcome: 'ok', seq: appended.seq, hash: appended.hash };
  }

  /** Rows after `to` are moved; one that also holds events up to `to` is cut, and keeps those. */
  #putAside({ number }: Head, to: Seq, at: number): void {
    const logId = textIn(this.#statement('SELECT log_id FROM sessions WHERE number = ?').get(number) ?? {}, 'log_id');
    const put = this.#statement('INSERT INTO set_aside (session, log_id, first_seq, data, at) VALUES (?, ?, ?, ?, ?)');
    for (const { first, event, data } of this.#reader.rowsAfter(number, to)) {
      const stay = to + 1 - first;
      if (stay > 0) this.#cut(event, data, stay, (rest) => put.run(number, logId, to + 1, rest, at));
      else {
        put.run(number, logId, first, data ?? Buffer.alloc(0), at);
        this.#remover.deleteEvents(number, first, data === undefined ? undefined : event);
      }
    }
  }

  #cut(event: number, data: Buffer | undefined, stay: number, keep: (rest: Buffer) => void): void {
    const end = data && frameEnds(data, stay);
    if (data === undefined || end === undefined) throw new Error('the last event that is to stay cannot be told from the next');
    if (end >= data.length) return;
    keep(Buffer.concat([Buffer.of(CHUNK_FORMAT), data.subarray(end)]));
    this.#statement('UPDATE events SET data = ? WHERE id = ?').run(data.subarray(0, end), event);
  }

  /** All that speaks of events after `to`. A head record on the disk may, too: it is not believed about this session until it is written anew. */
  #forgetAfter(number: number, session: SessionId, to: Seq): void {
    this.#statement('DELETE FROM snapshots WHERE session = ? AND seq > ?').run(number, to);
    this.#statement('DELETE FROM acts WHERE session = ? AND seq > ?').run(number, to);
    this.#statement('DELETE FROM invites WHERE session = ?').run(number);
    this.#statement('INSERT OR IGNORE INTO removed (session) VALUES (?)').run(session);
  }
}
