import type { SessionId } from '../protocol/ids.ts';
import type { ActWrite, HistoryWrite, OutboxWrite, SideWrite, SnapshotWrite } from './side-write.ts';
import { snapshotChecksum } from './snapshot-checksum.ts';
import { integerIn, textsIn } from './sql-row.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';
import type { SqliteReader } from './sqlite-reader.ts';

/** Snapshots kept per session: the newest, and one to fall back on. */
const SNAPSHOTS_KEPT = 2;

/** Where side writes go: the session, its number in the tables, and the time of their entry. */
export type SideTarget = { readonly session: SessionId; readonly number: number; readonly at: number };

/** The statements of side writes. Knows nothing of transactions, as `SqliteWriter`. */
export class SqliteSideWriter {
  readonly #reader: SqliteReader;
  readonly #replaceSnapshot: Statement;
  readonly #insertSnapshot: Statement;
  readonly #dropSnapshots: Statement;
  readonly #putInvite: Statement;
  readonly #endInvite: Statement;
  readonly #insertAct: Statement;
  readonly #oldHistory: Statement;
  readonly #putHistory: Statement;
  readonly #insertPerson: Statement;
  readonly #deletePerson: Statement;
  readonly #insertOutbox: Statement;
  #bytes = 0;

  constructor(db: Database, reader: SqliteReader) {
    this.#reader = reader;
    // Deleted by name: what is replaced unnoticed would leave its parts behind.
    this.#replaceSnapshot = db.prepare('DELETE FROM snapshots WHERE session = ? AND seq = ?');
    this.#insertSnapshot = db.prepare('INSERT INTO snapshots (session, seq, hash, checksum, data) VALUES (?, ?, ?, ?, ?)');
    this.#dropSnapshots = db.prepare(
      `DELETE FROM snapshots WHERE session = ?1 AND seq NOT IN (
         SELECT seq FROM snapshots WHERE session = ?1 ORDER BY seq DESC LIMIT ${SNAPSHOTS_KEPT})`,
    );
    this.#putInvite = db.prepare(
      `INSERT INTO invites (hash, session, invite) VALUES (?, ?, ?)
         ON CONFLICT (hash) DO UPDATE SET invite = excluded.invite WHERE session = excluded.session`,
    );
    this.#endInvite = db.prepare('DELETE FROM invites WHERE hash = ? AND session = ?');
    this.#insertAct = db.prepare('INSERT INTO acts (session, seq, at, who, subject, what) VALUES (?, ?, ?, ?, ?, ?)');
    this.#oldHistory = db.prepare('SELECT started_at, people FROM history WHERE session = ?');
    this.#putHistory = db.prepare(
      `INSERT INTO history (session, type, campaign, started_at, ended_at, people, data)
         SELECT ?1, type, campaign, ?2, ?3, ?4, ?5 FROM sessions WHERE session = ?1
         ON CONFLICT (session) DO UPDATE SET campaign = excluded.campaign, started_at = excluded.started_at,
           ended_at = excluded.ended_at, people = excluded.people, data = excluded.data`,
    );
    this.#insertPerson = db.prepare('INSERT OR IGNORE INTO history_people (person, started_at, session) VALUES (?, ?, ?)');
    this.#deletePerson = db.prepare('DELETE FROM history_people WHERE person = ? AND started_at = ? AND session = ?');
    this.#insertOutbox = db.prepare(
      `INSERT INTO outbox (id, target, session, body, created_at, attempts, next_try_at, dead) VALUES (?, ?, ?, ?, ?5, 0, ?5, 0)
         ON CONFLICT (id) DO NOTHING`,
    );
  }

  /** Bytes of snapshots, histories and outbox bodies written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes one side write of an entry whose events and row are written already. */
  write(target: SideTarget, write: SideWrite): void {
    switch (write.kind) {
      case 'snapshot':
        return this.#addSnapshot(target, write);
      case 'invite':
        return void this.#putInvite.run(write.hash, target.number, write.invite);
      case 'invite-end':
        return void this.#endInvite.run(write.hash, target.number);
      case 'act':
        return this.#addAct(target, write);
      case 'history':
        return this.#replaceHistory(target, write);
      case 'outbox':
        return this.#addOutbox(target, write);
    }
  }

  #addSnapshot({ session, number }: SideTarget, { seq, data: text }: SnapshotWrite): void {
    const hash = this.#reader.hashAt(number, seq);
    // The event at its seq cannot be read: no snapshot could be checked against the log, and reading will report the damage.
    if (hash === undefined) return;
    const data = Buffer.from(text, 'utf8');
    this.#replaceSnapshot.run(number, seq);
    this.#insertSnapshot.run(number, seq, Buffer.from(hash, 'hex'), snapshotChecksum(session, { seq, hash, data }), data);
    this.dropOldSnapshots(number);
    this.#bytes += data.length;
  }

  /** Of a session's snapshots only the newest stay. */
  dropOldSnapshots(number: number): void {
    this.#dropSnapshots.run(number);
  }

  #addAct({ number }: SideTarget, { seq, at, who, subject, what }: ActWrite): void {
    this.#insertAct.run(number, seq, at, who, subject, what);
  }

  /** Only what differs is written: a record changes often, its people seldom. */
  #replaceHistory({ session }: SideTarget, { data, startedAt, endedAt, people }: HistoryWrite): void {
    const now = new Set(people);
    const old = this.#oldHistory.get(session);
    const oldStart = old === undefined ? startedAt : integerIn(old, 'started_at');
    const before = new Set(old === undefined ? [] : textsIn(old, 'people'));
    const moved = oldStart !== startedAt;
    for (const person of before) if (moved || !now.has(person)) this.#deletePerson.run(person, oldStart, session);
    for (const person of now) if (moved || !before.has(person)) this.#insertPerson.run(person, startedAt, session);
    this.#putHistory.run(session, startedAt, endedAt, JSON.stringify([...now]), data);
    this.#bytes += data.length;
  }

  #addOutbox({ session, at }: SideTarget, { id, body, target = '' }: OutboxWrite): void {
    this.#insertOutbox.run(id, target, session, body, at);
    this.#bytes += body.length;
  }
}
