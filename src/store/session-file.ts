import { createHash } from 'node:crypto';
import { GENESIS_HASH } from '../protocol/event.ts';
import type { LogId, Seq, SessionId } from '../protocol/ids.ts';
import type { ActWrite, HistoryWrite, SnapshotWrite } from './side-write.ts';
import type { ForeignSession, ForeignSide, LogBase } from './store-transfer.ts';
import { StoreError } from './store.ts';
import type { CatalogueFields, CatalogueRow, Store, StoredEvent } from './store.ts';

/** Version of the form of an exported session. */
export const SESSION_FILE_FORMAT = 1;

/** Events, and characters of them, that are read and written at a time. */
const PART_EVENTS = 200;
const PART_LENGTH = 512 * 1024;

/** The first line of an exported session. */
type Opening = {
  readonly holdfast: 'session';
  readonly format: number;
  readonly session: SessionId;
  readonly logId: LogId;
  readonly epoch: number;
  readonly at: number;
  readonly base: LogBase;
  readonly head: LogBase;
  readonly row: CatalogueFields;
};

/** An event as a line: seq, header, content or null, hash, and of an erased content its hash. */
type EventLine = readonly ['event', Seq, string, string | null, string, string?];
type SideLine = readonly ['side', SnapshotWrite | ActWrite | HistoryWrite];

/**
 * A stored session as lines of JSON: what it is and where its log begins and ends; each event; its snapshot, acts and
 * history record; and the SHA-256 of all lines before. Invites are left out: their tokens stay with the server that gave
 * them. Undefined when there is no such session; throws `StoreError` when its log cannot be read whole.
 */
export async function exportLines(store: Store, session: SessionId): Promise<AsyncGenerator<string> | undefined> {
  const row = await store.get(session);
  const base = await store.beginning(session);
  if (row === undefined || base === undefined) return undefined;
  const hash = row.headSeq === base.seq ? base.hash : (await eventsAfter(store, row, row.headSeq - 1)).at(-1)?.hash;
  const head = { seq: row.headSeq, hash: hash ?? GENESIS_HASH };
  return summed(linesOf(store, row, base, head));
}

async function* linesOf(store: Store, row: CatalogueRow, base: LogBase, head: LogBase): AsyncGenerator<string> {
  const { session, logId, epoch, updatedAt: at } = row;
  const opening: Opening = { holdfast: 'session', format: SESSION_FILE_FORMAT, session, logId, epoch, at, base, head, row: fieldsOf(row) };
  yield JSON.stringify(opening);
  for (let after = base.seq; after < head.seq;) {
    const events = await eventsAfter(store, row, after);
    for (const event of events) yield JSON.stringify(eventLine(event));
    after += events.length;
  }
  for await (const write of sideOf(store, row)) yield JSON.stringify(['side', write] satisfies SideLine);
}

async function eventsAfter(store: Store, { session, headSeq }: CatalogueRow, after: Seq): Promise<readonly StoredEvent[]> {
  const { events, damage, prunedTo } = await store.read(session, after, Math.min(after + PART_EVENTS, headSeq));
  if (damage !== undefined) throw new StoreError('failed', `Session ${session} is damaged at seq ${damage.seq}: ${damage.reason}.`);
  if (prunedTo !== undefined || events.length === 0) {
    throw new StoreError('failed', `Session ${session} was pruned or removed while it was exported; try again.`);
  }
  return events;
}

async function* sideOf(store: Store, { session, headSeq }: CatalogueRow): AsyncGenerator<SideLine[1]> {
  const snapshot = await store.readSnapshot(session, headSeq);
  if (snapshot !== undefined) yield { kind: 'snapshot', seq: snapshot.seq, data: snapshot.data };
  const acts = [];
  for (let rows = await store.acts({ session }); rows.length > 0; rows = await store.acts({ session, before: rows.at(-1) }))
    acts.push(...rows);
  for (const { seq, at, who, subject, what } of acts.toReversed()) {
    if (seq <= headSeq) yield { kind: 'act', seq, at, who, subject, what };
  }
  for (const { data, startedAt, endedAt, people } of await store.history({ session }))
    yield { kind: 'history', data, startedAt, endedAt, people };
}

async function* summed(lines: AsyncIterable<string>): AsyncGenerator<string> {
  const sum = createHash('sha256');
  for await (const line of lines) {
    sum.update(line).update('\n');
    yield `${line}\n`;
  }
  yield `${JSON.stringify(['end', sum.digest('hex')])}\n`;
}

/** An exported session, ready for `Store.adopt`. `side` is complete once the events were read. */
export type ImportedSession = { readonly session: ForeignSession; readonly side: () => ForeignSide };

/**
 * Reads what {@link exportLines} wrote, given line by line without their ends; `as` gives the session another id. Throws
 * `StoreError` when it is something else; so do the events when the file is cut or changed.
 */
export async function importLines(lines: AsyncIterable<string>, as?: SessionId): Promise<ImportedSession> {
  const iterator = lines[Symbol.asyncIterator]();
  const { value: first } = (await iterator.next()) as { value: string | undefined };
  const opening = openingOf(first);
  const side: SideLine[1][] = [];
  const { logId, epoch, at, base, head, row } = opening;
  const events = eventsOf(first ?? '', { [Symbol.asyncIterator]: () => iterator }, side);
  return { session: { session: as ?? opening.session, logId, epoch, row, at, base, head, events }, side: () => side };
}

async function* eventsOf(first: string, rest: AsyncIterable<string>, side: SideLine[1][]): AsyncGenerator<StoredEvent[]> {
  const sum = createHash('sha256').update(first).update('\n');
  let part: StoredEvent[] = [];
  let length = 0;
  let isWhole = false;
  for await (const text of rest) {
    const line = parse(text);
    if (isWhole || !Array.isArray(line)) throw foreign();
    isWhole = line[0] === 'end';
    if (isWhole) {
      if (line[1] !== sum.digest('hex')) throw foreign();
      continue;
    }
    sum.update(text).update('\n');
    if (line[0] === 'side') side.push(line[1] as SideLine[1]);
    else part.push(eventOf(line));
    length += text.length;
    if (part.length < PART_EVENTS && length < PART_LENGTH) continue;
    yield part;
    part = [];
    length = 0;
  }
  if (!isWhole) throw new StoreError('unusable', 'The file ends early; it was not written whole, or was cut.');
  yield part;
}

function eventLine({ seq, header, content, hash, contentHash }: StoredEvent): EventLine {
  return contentHash === undefined ? ['event', seq, header, content ?? null, hash] : ['event', seq, header, null, hash, contentHash];
}

function eventOf([kind, seq, header, content, hash, contentHash]: readonly unknown[]): StoredEvent {
  const isEvent = kind === 'event' && typeof seq === 'number' && typeof header === 'string' && typeof hash === 'string';
  if (!isEvent) throw foreign();
  if (typeof content === 'string') return { seq, header, content, hash };
  if (typeof contentHash !== 'string') throw foreign();
  return { seq, header, content: undefined, hash, contentHash };
}

function openingOf(line: string | undefined): Opening {
  const opening = parse(line ?? '');
  if (!isObject(opening) || opening['holdfast'] !== 'session') throw foreign();
  const format = opening['format'];
  if (format !== SESSION_FILE_FORMAT) {
    throw new StoreError(
      'newer',
      `The file has format ${String(format)}, this program reads ${SESSION_FILE_FORMAT}; use a newer Holdfast.`,
    );
  }
  const { session, logId, epoch, at, base, head, row } = opening;
  const isWhole = isText(session) && isText(logId) && isCount(epoch) && isCount(at) && isBase(base) && isBase(head) && isObject(row);
  if (!isWhole) throw foreign();
  return opening as Opening;
}

function fieldsOf(row: CatalogueRow): CatalogueFields {
  const { session: _session, logId: _logId, epoch: _epoch, headSeq: _headSeq, rev: _rev, updatedAt: _updatedAt, ...fields } = row;
  return fields;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw foreign();
  }
}

function foreign(): StoreError {
  return new StoreError('unusable', 'The file is not an exported session, or was changed since it was written.');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function isBase(value: unknown): value is LogBase {
  return isObject(value) && isCount(value['seq']) && isText(value['hash']);
}
