import { chainHash, contentHash } from './chain-hash.ts';
import { joinFrames } from './event-chunk.ts';
import type { Frame } from './event-chunk.ts';
import { EVERYTHING } from './sqlite-remover.ts';
import { integerIn } from './sql-row.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';
import type { SqliteWriter } from './sqlite-writer.ts';
import type { AdoptionResult, ForeignSession, ForeignSide, LogBase } from './store-transfer.ts';
import type { StoredEvent } from './store.ts';

/** A session that is being taken in: its number, and how far its chain has been verified. */
export type Adoption = { readonly number: number; readonly seq: number; readonly hash: string };

/**
 * Takes sessions in. Their events are written under a number that no session has, where nothing finds them; what is left
 * of an adoption that did not end is trash. Knows nothing of transactions, as the writer.
 */
export class SqliteAdopter {
  readonly #db: Database;
  readonly #writer: SqliteWriter;
  #insertEvents: Statement | undefined;

  constructor(db: Database, writer: SqliteWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  begin({ seq, hash }: LogBase): Adoption {
    this.#db.exec(
      `INSERT INTO sqlite_sequence (name, seq) SELECT 'sessions', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'sessions');
       UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'sessions';
       INSERT INTO staged (session) SELECT seq FROM sqlite_sequence WHERE name = 'sessions'`,
    );
    const row = this.#db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'sessions'").get() ?? {};
    return { number: integerIn(row, 'seq'), seq, hash };
  }

  /** Verifies the next events and writes them; a number is the seq of the first that does not fit, of which nothing is written. */
  add(adoption: Adoption, events: readonly StoredEvent[]): Adoption | number {
    const frames: Frame[] = [];
    let { seq, hash } = adoption;
    for (const event of events) {
      const frame = frameOf(event);
      seq += 1;
      if (event.seq !== seq || frame === undefined || chainHash(hash, frame.header, frame.contentHash) !== frame.hash) return seq;
      frames.push(frame);
      hash = frame.hash;
    }
    if (frames.length === 0) return adoption;
    this.#insertEvents ??= this.#db.prepare('INSERT INTO events (session, first_seq, data) VALUES (?, ?, ?)');
    this.#insertEvents.run(adoption.number, adoption.seq + 1, joinFrames(frames));
    return { ...adoption, seq, hash };
  }

  /** Makes a session of what was added. */
  finish(adoption: Adoption, session: Omit<ForeignSession, 'events'>, side: ForeignSide): AdoptionResult {
    const { head } = session;
    if (adoption.seq !== head.seq || adoption.hash !== head.hash) return { outcome: 'damaged', seq: Math.min(adoption.seq, head.seq) + 1 };
    const result = this.#writer.adopt(adoption.number, session, side);
    if (result.outcome === 'ok') this.#db.prepare('DELETE FROM staged WHERE session = ?').run(adoption.number);
    return result;
  }

  /** Gives up one adoption, or all that a crash has left. */
  abandon(number?: number): void {
    const which = number === undefined ? '' : `WHERE session = ${number}`;
    this.#db.exec(`INSERT INTO trash (session, below) SELECT session, ${EVERYTHING} FROM staged ${which}; DELETE FROM staged ${which}`);
  }
}

function frameOf({ header, content, contentHash: erased, hash }: StoredEvent): Frame | undefined {
  const bytes = content === undefined ? undefined : Buffer.from(content, 'utf8');
  const hashed = bytes === undefined ? erased : contentHash(bytes);
  return hashed === undefined ? undefined : { header: Buffer.from(header, 'utf8'), content: bytes, contentHash: hashed, hash };
}
