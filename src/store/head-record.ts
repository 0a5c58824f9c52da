import { createHash } from 'node:crypto';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { StoreInfo } from './store.ts';

export const HEAD_RECORD_FORMAT = 1;
/** Most sessions named in a record. */
export const MAX_RECORDED_HEADS = 2048;

export type Regression = StoreInfo['regressions'][number];

/**
 * What was synced for sure at some moment, kept outside the database. One flipped bit in a write-ahead log makes SQLite
 * drop every row after it without a word; no check inside the database can see that, since what is left is consistent.
 *
 * One number sees any such loss, however many sessions are stored: `eventRow`, the highest row of the events table, grows
 * with every entry that appends and never goes back. The heads of the sessions that changed last only give names to what
 * is missing; a log that goes backwards loses its newest rows, so the newest sessions are the ones to name.
 *
 * The file is written without a sync now and then, so it may be older than the database but never newer: it can miss a
 * loss of the last second and cannot cry wolf. One that is missing or unreadable says nothing at all.
 */
export type HeadRecord = {
  readonly eventRow: number;
  /** Sessions that changed last, the latest at the end. */
  readonly heads: ReadonlyMap<SessionId, Seq>;
  /** Found at an earlier start, kept until an operator decides. */
  readonly regressions: readonly Regression[];
  /** Most rows of the events table that were found missing at a start, kept likewise. */
  readonly missingRows: number;
};

/** What is known of a directory without a readable record. */
export const NO_HEAD_RECORD: HeadRecord = { eventRow: 0, heads: new Map(), regressions: [], missingRows: 0 };

/** One line of JSON, one line with its SHA-256 in hex. */
export function encodeHeadRecord({ eventRow, heads, regressions, missingRows }: HeadRecord): string {
  const lost = regressions.map(({ session, recordedSeq, foundSeq }) => [session, recordedSeq, foundSeq]);
  const line = JSON.stringify({ format: HEAD_RECORD_FORMAT, eventRow, heads: [...heads], regressions: lost, missingRows });
  return `${line}\n${checksum(line)}\n`;
}

/** Undefined for anything that is not exactly what {@link encodeHeadRecord} wrote. */
export function decodeHeadRecord(text: string): HeadRecord | undefined {
  const [line = '', sum] = text.split('\n');
  if (sum !== checksum(line)) return undefined;
  const { format, eventRow, heads, regressions, missingRows } = JSON.parse(line) as {
    format: number;
    eventRow: number;
    heads: [SessionId, Seq][];
    regressions: [SessionId, Seq, Seq][];
    missingRows: number;
  };
  if (format !== HEAD_RECORD_FORMAT) return undefined;
  const lost = regressions.map(([session, recordedSeq, foundSeq]) => ({ session, recordedSeq, foundSeq }));
  return { eventRow, heads: new Map(heads), regressions: lost, missingRows };
}

/** What the database holds, as far as a record can be compared with it. */
export type FoundHeads = {
  readonly eventRow: number;
  headOf(session: SessionId): Seq;
  /** Whether the session was removed since the record was written for sure; then the record says nothing about it. */
  wasRemoved(session: SessionId): boolean;
};

/** The record with everything that is missing named in it, those known before included, and with the heads as found. */
export function compareHeads(record: HeadRecord, found: FoundHeads): HeadRecord {
  const known = record.regressions.filter(({ session }) => !found.wasRemoved(session));
  const regressions = new Map(known.map((regression) => [regression.session, regression]));
  const heads = new Map<SessionId, Seq>();
  for (const [session, recordedSeq] of record.heads) {
    if (found.wasRemoved(session)) continue;
    const foundSeq = found.headOf(session);
    heads.set(session, foundSeq);
    if (foundSeq < recordedSeq && !regressions.has(session)) regressions.set(session, { session, recordedSeq, foundSeq });
  }
  const missingRows = Math.max(record.missingRows, record.eventRow - found.eventRow, 0);
  return { eventRow: found.eventRow, heads, regressions: [...regressions.values()], missingRows };
}

/** The heads to record: those of `older` and then `newer`, which are the latest, at most {@link MAX_RECORDED_HEADS}. */
export function mergeHeads(older: ReadonlyMap<SessionId, Seq>, newer: ReadonlyMap<SessionId, Seq>): Map<SessionId, Seq> {
  const kept = [...older].filter(([session]) => !newer.has(session));
  return new Map([...kept, ...newer].slice(-MAX_RECORDED_HEADS));
}

function checksum(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}
