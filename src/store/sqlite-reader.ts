import type { Epoch, Seq, SessionId } from '../protocol/ids.ts';
import { chainHash } from './chain-hash.ts';
import { decodeChunk } from './event-chunk.ts';
import type { Frame } from './event-chunk.ts';
import { blobIn, countIn, integerIn } from './sql-row.ts';
import { isSnapshotIntact } from './snapshot-checksum.ts';
import type { Database, SqlRow, Statement } from './sqlite-database-adapter.ts';
import { faultOf, messageOf } from './sqlite-error.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import type { SnapshotState } from './store-recovery.ts';
import type { LogBase } from './store-transfer.ts';
import type { LogDamage, LogRead, StoredEvent, StoredSnapshot } from './store.ts';

/** A part of a log, small enough that reading it does not hold up commits. `more`: there is another part after it. */
export type LogSlice = LogRead & { readonly more: boolean };

/** A slice ends after the row with which it reaches either of these. */
const SLICE_EVENTS = 256;
const SLICE_BYTES = 512 * 1024;

const TAIL = `SELECT first_seq, id AS event FROM events WHERE id > (SELECT value FROM meta WHERE key = 'placed') AND session = ?1`;

export type Head = { readonly number: number; readonly epoch: Epoch; readonly seq: Seq; readonly hash: string };

/** A row of events as it stands; `data` is undefined where it is gone, belongs elsewhere or cannot be read. */
export type RawRow = { readonly first: Seq; readonly event: number; readonly data: Buffer | undefined };

/** Reads logs and snapshots, and believes nothing that does not verify. */
export class SqliteReader {
  readonly #head: Statement;
  readonly #base: Statement;
  readonly #start: Statement;
  readonly #logBytes: Statement;
  readonly #places: Statement;
  readonly #event: Statement;
  readonly #snapshots: Statement;
  readonly #snapshot: Statement;
  readonly #parts: Statement;

  constructor(db: Database) {
    this.#head = db.prepare('SELECT number, epoch, seq, hash FROM sessions JOIN heads USING (number) WHERE session = ?');
    this.#base = db.prepare('SELECT seq, hash FROM bases WHERE session = ?');
    this.#logBytes = db.prepare(
      `SELECT coalesce(sum(length(data)), 0) AS bytes FROM events
       WHERE id IN (SELECT event FROM places WHERE session = ?1 UNION SELECT event FROM (${TAIL}))`,
    );
    this.#start = db.prepare(
      `SELECT max(coalesce((SELECT max(first_seq) FROM places WHERE session = ?1 AND first_seq <= ?2), 0),
                  coalesce((SELECT max(first_seq) FROM (${TAIL} AND first_seq <= ?2)), 0)) AS first_seq`,
    );
    this.#places = db.prepare(
      `SELECT first_seq, event FROM places WHERE session = ?1 AND first_seq >= ?2 AND first_seq <= ?3
       UNION ${TAIL} AND first_seq >= ?2 AND first_seq <= ?3 ORDER BY first_seq, event LIMIT ${SLICE_EVENTS}`,
    );
    this.#event = db.prepare('SELECT session, first_seq, data FROM events WHERE id = ?');
    this.#snapshots = db.prepare('SELECT id, seq FROM snapshots WHERE session = ? AND seq <= ? ORDER BY seq DESC');
    this.#snapshot = db.prepare('SELECT seq, hash, checksum, data, parts FROM snapshots WHERE id = ?');
    this.#parts = db.prepare('SELECT data FROM snapshot_parts WHERE number = ? ORDER BY id');
  }

  /** Verified events after `after` up to `upTo`. `base` is the hash at `after` where the caller has verified it already. */
  read(session: SessionId, after: Seq, upTo: Seq, base?: string): LogSlice {
    const walk: Walk = { events: [], bytes: 0, next: Math.max(0, after) + 1, hash: base, fault: undefined };
    try {
      const head = this.findHead(session);
      if (head === undefined || walk.next > head.seq + 1) return { events: [], more: false };
      const base = this.baseOf(head.number);
      if (walk.next <= base.seq) return { events: [], prunedTo: base.seq, more: false };
      return this.#walk(walk, head, Math.min(upTo, head.seq), upTo >= head.seq);
    } catch (error) {
      if (isOutage(error)) throw error;
      return { events: walk.events, damage: { seq: walk.next, reason: messageOf(error) }, more: false };
    }
  }

  /** The newest snapshot at or below `atMost` that is intact and agrees with the log. */
  readSnapshot(session: SessionId, atMost: Seq): StoredSnapshot | undefined {
    return unlessDamaged(() => {
      const head = this.findHead(session);
      if (head === undefined) return undefined;
      const passedOver: Seq[] = [];
      for (const row of this.#snapshots.all(head.number, Math.min(atMost, head.seq))) {
        const snapshot = unlessDamaged(() => this.#verifiedSnapshot(session, head.number, row));
        if (snapshot === undefined) passedOver.push(integerIn(row, 'seq'));
        else return passedOver.length === 0 ? snapshot : { ...snapshot, passedOver };
      }
      return undefined;
    });
  }

  snapshotStates(session: SessionId, number: number): SnapshotState[] {
    return this.#snapshots.all(number, Number.MAX_SAFE_INTEGER).map((row) => ({
      seq: integerIn(row, 'seq'),
      intact: unlessDamaged(() => this.#verifiedSnapshot(session, number, row)) !== undefined,
    }));
  }

  /** The rows that hold anything after `after`, one by one and unverified. */
  *rowsAfter(number: number, after: Seq): Generator<RawRow> {
    for (let from = this.#startOf(number, after + 1); ;) {
      const places = this.#places.all(number, from, Number.MAX_SAFE_INTEGER);
      for (const place of places) {
        const [first, event] = [integerIn(place, 'first_seq'), integerIn(place, 'event')];
        yield { first, event, data: this.#rawData(number, event) };
        from = first + 1;
      }
      if (places.length < SLICE_EVENTS) return;
    }
  }

  #rawData(number: number, event: number): Buffer | undefined {
    return unlessDamaged(() => {
      const row = this.#event.get(event);
      return row === undefined || row['session'] !== number ? undefined : blobIn(row, 'data');
    });
  }

  /** The stored hash of one event, not verified; undefined when the event cannot be found. */
  hashAt(number: number, seq: Seq): string | undefined {
    if (seq === 0) return GENESIS_HASH;
    const first = this.#startOf(number, seq);
    const [place] = this.#places.all(number, first, first);
    const hash = place && this.#frames(number, place).frames[seq - first]?.hash;
    return hash ?? this.#baseHashAt(number, seq);
  }

  findHead(session: SessionId): Head | undefined {
    const row = this.#head.get(session);
    if (row === undefined) return undefined;
    const [number, epoch, seq] = [integerIn(row, 'number'), integerIn(row, 'epoch'), countIn(row, 'seq')];
    return { number, epoch, seq, hash: blobIn(row, 'hash').toString('hex') };
  }

  beginning(session: SessionId): LogBase | undefined {
    const head = this.findHead(session);
    return head && this.baseOf(head.number);
  }

  logBytes(session: SessionId): number {
    const head = this.findHead(session);
    const row = head && this.#logBytes.get(head.number);
    return row === undefined ? 0 : countIn(row, 'bytes');
  }

  baseOf(number: number): LogBase {
    const row = this.#base.get(number);
    if (row === undefined) return { seq: 0, hash: GENESIS_HASH };
    return { seq: countIn(row, 'seq'), hash: blobIn(row, 'hash').toString('hex') };
  }

  #baseHashAt(number: number, seq: Seq): string | undefined {
    const base = this.baseOf(number);
    return base.seq === seq ? base.hash : undefined;
  }

  #walk(walk: Walk, head: Head, last: Seq, toHead: boolean): LogSlice {
    walk.hash ??= this.hashAt(head.number, walk.next - 1);
    if (walk.hash === undefined) {
      return { events: [], damage: { seq: walk.next - 1, reason: 'the event before the first one wanted cannot be read' }, more: false };
    }
    const more = walk.next <= last && this.#takeRows(walk, head.number, last);
    if (walk.next <= last) return { events: walk.events, damage: more ? undefined : damageOf(walk), more };
    if (toHead && head.hash !== walk.hash) {
      const reason = 'the head of the log says another hash than its last event';
      return { events: walk.events.slice(0, -1), damage: { seq: Math.max(1, head.seq), reason }, more: false };
    }
    return { events: walk.events, more: false };
  }

  /** Takes rows until `last`, a fault or the end of the slice; true for the latter. */
  #takeRows(walk: Walk, number: number, last: Seq): boolean {
    const places = this.#places.all(number, this.#startOf(number, walk.next), last);
    const before = walk.next;
    for (const place of places) {
      // Several rows may claim the same place when one of them is damaged; the one that verifies is the right one.
      if (integerIn(place, 'first_seq') > walk.next) return false;
      const { frames, fault } = this.#frames(number, place);
      takeFrames(walk, frames.slice(walk.next - integerIn(place, 'first_seq')), fault, last);
      if (walk.next > last || isFilled(walk)) return true;
    }
    return places.length === SLICE_EVENTS && walk.next > before;
  }

  #startOf(number: number, seq: Seq): Seq {
    return integerIn(this.#start.get(number, seq) ?? {}, 'first_seq');
  }

  #frames(number: number, place: SqlRow): ReturnType<typeof decodeChunk> {
    try {
      const row = this.#event.get(integerIn(place, 'event'));
      if (row === undefined) return { frames: [], fault: 'the row is gone' };
      const fits = row['session'] === number && row['first_seq'] === place['first_seq'];
      return fits ? decodeChunk(blobIn(row, 'data')) : { frames: [], fault: 'the row belongs elsewhere' };
    } catch (error) {
      if (isOutage(error)) throw error;
      return { frames: [], fault: messageOf(error) };
    }
  }

  #dataOf(row: SqlRow): Buffer {
    if (row['parts'] === null) return blobIn(row, 'data');
    return Buffer.concat(this.#parts.all(integerIn(row, 'parts')).map((part) => blobIn(part, 'data')));
  }

  #verifiedSnapshot(session: SessionId, number: number, place: SqlRow): StoredSnapshot | undefined {
    const row = this.#snapshot.get(integerIn(place, 'id')) ?? {};
    const found = { seq: integerIn(row, 'seq'), hash: blobIn(row, 'hash').toString('hex'), data: this.#dataOf(row) };
    if (!isSnapshotIntact(session, found, blobIn(row, 'checksum'))) return undefined;
    const logHash = this.hashAt(number, found.seq);
    if (logHash !== undefined && logHash !== found.hash) return undefined;
    return { ...found, data: found.data.toString('utf8') };
  }
}

type Walk = {
  readonly events: StoredEvent[];
  bytes: number;
  next: Seq;
  hash: string | undefined;
  fault: LogDamage | undefined;
};

function takeFrames(walk: Walk, frames: readonly Frame[], fault: string | undefined, last: Seq): void {
  for (const { header, content, contentHash, hash } of frames) {
    if (walk.next > last) return;
    if (walk.hash === undefined || chainHash(walk.hash, header, contentHash) !== hash) {
      walk.fault = { seq: walk.next, reason: 'the event does not match its hash' };
      return;
    }
    const event = { seq: walk.next, header: header.toString('utf8'), content: content?.toString('utf8'), hash };
    walk.events.push(content === undefined ? { ...event, contentHash } : event);
    walk.bytes += header.length + (content?.length ?? 0);
    walk.hash = hash;
    walk.next += 1;
  }
  if (fault !== undefined) walk.fault = { seq: walk.next, reason: fault };
}

function damageOf({ next, fault }: Walk): LogDamage {
  return fault?.seq === next ? fault : { seq: next, reason: 'the event is missing' };
}

function isFilled({ events, bytes }: Walk): boolean {
  return events.length >= SLICE_EVENTS || bytes >= SLICE_BYTES;
}

/** The disk does not answer, which says nothing about what is on it. */
function isOutage(error: unknown): boolean {
  const fault = faultOf(error);
  return fault === 'sync' || fault === 'busy' || fault === 'full';
}

// A snapshot only saves time: one that cannot be read counts as none.
function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isOutage(error)) throw error;
    return undefined;
  }
}
