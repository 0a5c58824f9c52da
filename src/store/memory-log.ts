import { GENESIS_HASH } from '../protocol/event.ts';
import type { LogId, Seq, SessionId } from '../protocol/ids.ts';
import { chainHash, contentHash } from './chain-hash.ts';
import type { ForeignSession, LogBase } from './store-transfer.ts';
import type { AppendEntry, CatalogueFields, CatalogueRow, EventInput, LogRead, StoredEvent, StoredSnapshot } from './store.ts';

/** Snapshots kept per session: the newest, and one to fall back on. */
const SNAPSHOTS_KEPT = 2;

/** One session of a memory store. Its events begin after `base`. */
export type Log = {
  readonly session: SessionId;
  logId: LogId;
  base: LogBase;
  events: StoredEvent[];
  snapshots: StoredSnapshot[];
  fields: CatalogueFields;
  epoch: number;
  rev: number;
  updatedAt: number;
};

export function emptyLog({ session, at }: AppendEntry, logId: LogId, fields: CatalogueFields): Log {
  const base = { seq: 0, hash: GENESIS_HASH };
  return { session, logId, base, events: [], snapshots: [], fields, epoch: 1, rev: 0, updatedAt: at };
}

/** A log from elsewhere, verified; a number is the seq of the first event that does not fit. */
export async function foreignLog({ session, logId, epoch, row, at, base, head, events }: ForeignSession): Promise<Log | Seq> {
  const log: Log = { session, logId, base, events: [], snapshots: [], fields: row, epoch, rev: 0, updatedAt: at };
  for await (const part of events) {
    for (const event of part) {
      const hashed = event.content === undefined ? event.contentHash : contentHash(event.content);
      const fits = hashed !== undefined && chainHash(headHash(log), Buffer.from(event.header), hashed) === event.hash;
      if (!fits || event.seq !== headSeq(log) + 1) return headSeq(log) + 1;
      log.events.push(event);
    }
  }
  return headSeq(log) === head.seq && headHash(log) === head.hash ? log : Math.min(headSeq(log), head.seq) + 1;
}

export function headSeq(log: Log): Seq {
  return log.base.seq + log.events.length;
}

export function headHash(log: Log): string {
  return log.events.at(-1)?.hash ?? log.base.hash;
}

/** Whether an entry may append to a log. */
export function owns(log: Log, entry: AppendEntry): boolean {
  return entry.epoch === log.epoch && entry.expectedSeq === headSeq(log) && entry.expectedHash === headHash(log);
}

/** The event that follows the last one. */
export function link(log: Log, { header, content }: EventInput): StoredEvent {
  const hash = chainHash(headHash(log), Buffer.from(header), contentHash(content));
  return { seq: headSeq(log) + 1, header, content, hash };
}

export function readLog({ base, events }: Log, after: Seq, upTo: Seq): LogRead {
  const from = Math.max(0, after);
  if (from < base.seq) return { events: [], prunedTo: base.seq };
  return { events: events.slice(from - base.seq, Math.max(0, upTo - base.seq)) };
}

/** The hash of the event at `seq`, or of what the log begins after. */
export function hashAt(log: Log, seq: Seq): string {
  return log.events[seq - log.base.seq - 1]?.hash ?? log.base.hash;
}

export function addSnapshot(log: Log, seq: Seq, data: string): void {
  const hash = hashAt(log, seq);
  const others = log.snapshots.filter((snapshot) => snapshot.seq !== seq);
  log.snapshots = [...others, { seq, hash, data }].toSorted((a, b) => b.seq - a.seq).slice(0, SNAPSHOTS_KEPT);
}

export function rowOf(log: Log): CatalogueRow {
  const { session, logId, epoch, rev, updatedAt, fields } = log;
  return { ...fields, session, logId, epoch, headSeq: headSeq(log), rev, updatedAt };
}
