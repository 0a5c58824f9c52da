import type { Seq, SessionId } from '../protocol/ids.ts';
import { addSnapshot, emptyLog, foreignLog, hashAt, headHash, headSeq, link, owns, readLog, rowOf } from './memory-log.ts';
import type { Log } from './memory-log.ts';
import { MemoryRemover } from './memory-remover.ts';
import { MemoryRewinder } from './memory-rewinder.ts';
import { MemorySide } from './memory-side.ts';
import { MAX_SNAPSHOT_BYTES, sideRefusal } from './side-limits.ts';
import { isCreation, listLimit, refusalOf } from './store-limits.ts';
import type { DeadLetterQuery, OutboxMark, OutboxRow } from './store-outbox.ts';
import type { ActQuery, ActRow, CleanupAfter, DueAfter, FoundInvite, HistoryQuery, HistoryRow, VersionCount } from './store-queries.ts';
import type { MadeSnapshot } from './store-snapshots.ts';
import type { AdoptionResult, BackupReport, ForeignSession, ForeignSide, LogBase } from './store-transfer.ts';
import type { ErasedEvents, EraseResult, PruneResult, RemovalOptions, RemovalResult, StoreCounters } from './store-removal.ts';
import type { Quarantine, Remnant, Rewind, RewindResult, SetAside, SnapshotState } from './store-recovery.ts';
import { StoreError } from './store.ts';
import type {
  AppendEntry,
  AppendResult,
  CatalogueFields,
  CatalogueQuery,
  CatalogueRow,
  Claim,
  LogRead,
  SideWrite,
  Store,
  StoredSnapshot,
  StoreInfo,
} from './store.ts';

/** Keeps everything in this process and loses it with the process: for tests and for games that need no durability. */
export class MemoryStore implements Store {
  readonly #logs = new Map<SessionId, Log>();
  readonly #side = new MemorySide();
  readonly #remover = new MemoryRemover(this.#logs, this.#side);
  readonly #rewinder = new MemoryRewinder(this.#logs);
  #rev = 0;
  #removedRev = 0;
  #open = false;

  async open(): Promise<StoreInfo> {
    this.#open = true;
    return { kind: 'memory', durability: 'memory', details: { sessions: this.#logs.size }, regressions: [] };
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  async claim(session: SessionId): Promise<Claim | undefined> {
    const log = this.#find(session);
    if (log === undefined) return undefined;
    log.epoch += 1;
    return { epoch: log.epoch, row: rowOf(log), headSeq: headSeq(log), headHash: headHash(log) };
  }

  async append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    this.#assertOpen();
    return entries.map((entry) => this.#appendEntry(entry));
  }

  async read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead> {
    const log = this.#find(session);
    return log === undefined ? { events: [] } : readLog(log, after, upTo);
  }

  async readSnapshot(session: SessionId, atMost: Seq): Promise<StoredSnapshot | undefined> {
    return this.#find(session)?.snapshots.find(({ seq }) => seq <= atMost);
  }

  async list(query: CatalogueQuery): Promise<readonly CatalogueRow[]> {
    this.#assertOpen();
    const rows = [...this.#logs.values()].map(rowOf).filter((row) => matches(row, query));
    return rows.toSorted(query.afterRev === undefined ? newestFirst : byRev).slice(0, listLimit(query.limit));
  }

  async get(session: SessionId): Promise<CatalogueRow | undefined> {
    const log = this.#find(session);
    return log && rowOf(log);
  }

  async findInvite(hash: string): Promise<FoundInvite | undefined> {
    this.#assertOpen();
    return this.#side.findInvite(hash);
  }

  async acts(query: ActQuery): Promise<readonly ActRow[]> {
    this.#assertOpen();
    return this.#side.acts(query);
  }

  async history(query: HistoryQuery): Promise<readonly HistoryRow[]> {
    this.#assertOpen();
    return this.#side.history(query);
  }

  async due(before: number, limit: number, after?: DueAfter): Promise<readonly CatalogueRow[]> {
    this.#assertOpen();
    const due = [...this.#logs.values()].map(rowOf).filter(hasDue);
    const found = due.filter((row) => row.nextDueAt <= before && (after === undefined || earliestDue(after, row) < 0));
    return found.toSorted(earliestDue).slice(0, listLimit(limit));
  }

  async dueForCleanup(before: number, limit: number, after?: CleanupAfter): Promise<readonly CatalogueRow[]> {
    this.#assertOpen();
    const due = [...this.#logs.values()].map(rowOf).flatMap((row) => (row.cleanupAt === null ? [] : [{ ...row, at: row.cleanupAt }]));
    const last = after && { at: after.cleanupAt, session: after.session };
    const found = due.filter((row) => row.at <= before && (last === undefined || earliestFirst(last, row) < 0));
    const rows = found.toSorted(earliestFirst).slice(0, listLimit(limit));
    return rows.map(({ at: _at, ...row }) => row);
  }

  async versions(): Promise<readonly VersionCount[]> {
    this.#assertOpen();
    const counts = new Map<string, VersionCount>();
    for (const { type, definitionVersion: version } of [...this.#logs.values()].map(rowOf)) {
      const key = `${type} ${version}`;
      counts.set(key, { type, version, sessions: (counts.get(key)?.sessions ?? 0) + 1 });
    }
    return [...counts.values()].toSorted((a, b) => (a.type === b.type ? a.version - b.version : a.type < b.type ? -1 : 1));
  }

  async outbox(): Promise<readonly OutboxRow[]> {
    this.#assertOpen();
    return this.#side.outbox.heads();
  }

  async markOutbox(marks: readonly OutboxMark[]): Promise<void> {
    this.#assertOpen();
    for (const mark of marks) this.#side.outbox.mark(mark);
  }

  async deadLetters(query: DeadLetterQuery): Promise<readonly OutboxRow[]> {
    this.#assertOpen();
    return this.#side.outbox.deadLetters(query);
  }

  async erase(session: SessionId, events: ErasedEvents): Promise<EraseResult> {
    this.#assertOpen();
    return this.#remover.erase(session, events);
  }

  async prune(session: SessionId, below: Seq): Promise<PruneResult> {
    this.#assertOpen();
    return this.#remover.prune(session, below);
  }

  async remove(session: SessionId, options: RemovalOptions = {}): Promise<RemovalResult> {
    this.#assertOpen();
    const wasStored = this.#logs.has(session);
    const result = this.#remover.remove(session, options);
    if (!wasStored || this.#logs.has(session)) return result;
    this.#rewinder.forget(session);
    this.#rev += 1;
    this.#removedRev = this.#rev;
    return result;
  }

  async wipe(): Promise<boolean> {
    this.#assertOpen();
    return true;
  }

  async counters(): Promise<StoreCounters> {
    this.#assertOpen();
    return this.#remover.counters();
  }

  async removedRev(): Promise<number> {
    this.#assertOpen();
    return this.#removedRev;
  }

  async quarantine(session: SessionId, mark: Omit<Quarantine, 'session'> | null): Promise<boolean> {
    this.#assertOpen();
    return this.#rewinder.quarantine(session, mark);
  }

  async quarantined(): Promise<readonly Quarantine[]> {
    this.#assertOpen();
    return this.#rewinder.quarantined();
  }

  async remnants(session: SessionId, after: Seq): Promise<readonly Remnant[]> {
    this.#assertOpen();
    return this.#rewinder.remnants(session, after);
  }

  async snapshots(session: SessionId): Promise<readonly SnapshotState[]> {
    return (this.#find(session)?.snapshots ?? []).map(({ seq }) => ({ seq, intact: true }));
  }

  async keepSnapshot(session: SessionId, { seq, hash, data }: MadeSnapshot): Promise<boolean> {
    const log = this.#find(session);
    const isOfLog = log !== undefined && seq >= 1 && seq <= headSeq(log) && hashAt(log, seq) === hash;
    if (!isOfLog || data.byteLength > MAX_SNAPSHOT_BYTES || log.snapshots.some((kept) => kept.seq >= seq)) return false;
    addSnapshot(log, seq, Buffer.from(data).toString('utf8'));
    return true;
  }

  reader(): undefined {
    return undefined;
  }

  async rewind(rewind: Rewind): Promise<RewindResult> {
    const { session, at, row, side, to } = rewind;
    const log = this.#find(session);
    if (log === undefined) return { outcome: 'missing' };
    if (!this.#rewinder.rewind(log, rewind)) return { outcome: 'changed' };
    this.#side.forgetAfter(session, to);
    this.#changeRow(log, row, at);
    for (const write of side) this.#writeSide(log, write, at);
    return { outcome: 'ok', seq: headSeq(log), hash: headHash(log) };
  }

  async setAside(session: SessionId): Promise<readonly SetAside[]> {
    this.#assertOpen();
    return this.#rewinder.setAside(session);
  }

  async logBytes(session: SessionId): Promise<number> {
    this.#assertOpen();
    return (this.#find(session)?.events ?? []).reduce((bytes, { header, content }) => bytes + header.length + (content?.length ?? 0), 0);
  }

  async beginning(session: SessionId): Promise<LogBase | undefined> {
    return this.#find(session)?.base;
  }

  async adopt(session: ForeignSession, side: () => ForeignSide): Promise<AdoptionResult> {
    this.#assertOpen();
    const log = await foreignLog(session);
    if (typeof log === 'number') return { outcome: 'damaged', seq: log };
    const writes = side();
    if (sideRefusal(writes, headSeq(log)) !== undefined) return { outcome: 'invalid' };
    if (this.#logs.has(session.session)) return { outcome: 'exists' };
    this.#rev += 1;
    log.rev = this.#rev;
    this.#logs.set(session.session, log);
    this.#remover.adopted(log.session, log.fields.status);
    for (const write of writes) this.#writeSide(log, write, log.updatedAt);
    return { outcome: 'ok', rev: log.rev };
  }

  async backup(): Promise<BackupReport> {
    this.#assertOpen();
    throw new StoreError('unusable', 'A memory store has no files that could be backed up; export its sessions instead.');
  }

  async probe(): Promise<number> {
    this.#assertOpen();
    return 0;
  }

  #appendEntry(entry: AppendEntry): AppendResult {
    const reason = refusalOf(entry);
    if (reason !== undefined) return { outcome: 'refused', reason };
    const log = isCreation(entry) ? this.#create(entry) : this.#logs.get(entry.session);
    if (log === 'exists') return { outcome: 'refused', reason: 'exists' };
    if (log === undefined) return { outcome: 'fenced', epoch: 0, seq: 0 };
    if (!owns(log, entry)) return { outcome: 'fenced', epoch: log.epoch, seq: headSeq(log) };
    this.#write(log, entry);
    return { outcome: 'ok', seq: headSeq(log), hash: headHash(log), rev: log.rev };
  }

  #create(entry: AppendEntry): Log | 'exists' {
    const { session, logId, row } = entry;
    if (this.#logs.has(session) || this.#remover.isArchived(session)) return 'exists';
    if (logId === undefined || row === undefined) throw new Error('a creation without logId or row passed the check of its entry');
    const log = emptyLog(entry, logId, row);
    this.#logs.set(session, log);
    this.#remover.created(row.status);
    return log;
  }

  #write(log: Log, entry: AppendEntry): void {
    for (const event of entry.events) log.events.push(link(log, event));
    if (entry.row === undefined) log.updatedAt = entry.at;
    else this.#changeRow(log, entry.row, entry.at);
    for (const write of entry.side ?? []) this.#writeSide(log, write, entry.at);
  }

  #changeRow(log: Log, fields: CatalogueFields, at: number): void {
    this.#rev += 1;
    log.rev = this.#rev;
    log.updatedAt = at;
    this.#remover.changed(log.fields.status, fields.status);
    log.fields = { ...fields };
  }

  #writeSide(log: Log, write: SideWrite, at: number): void {
    if (write.kind === 'snapshot') addSnapshot(log, write.seq, write.data);
    else this.#side.write({ session: log.session, type: log.fields.type, campaign: log.fields.campaign, at }, write);
  }

  #find(session: SessionId): Log | undefined {
    this.#assertOpen();
    return this.#logs.get(session);
  }

  #assertOpen(): void {
    if (!this.#open) throw new StoreError('not-open', 'The store is not open: call open() first.');
  }
}

function matches(row: CatalogueRow, query: CatalogueQuery): boolean {
  const { type, status, campaign, owner, text, seatsFree, listed, membersOnly, afterRev, before } = query;
  if (type !== undefined && row.type !== type) return false;
  if (status !== undefined && row.status !== status) return false;
  if (campaign !== undefined && row.campaign !== campaign) return false;
  if (owner !== undefined && row.owner !== owner) return false;
  if (listed !== undefined && row.listed !== listed) return false;
  if (membersOnly === false && row.campaign !== null && row.access !== 'open') return false;
  if (seatsFree !== undefined && hasFreeSeat(row) !== seatsFree) return false;
  if (text !== undefined && !row.name.toLowerCase().includes(text.toLowerCase())) return false;
  if (afterRev !== undefined) return row.rev > afterRev;
  return before === undefined || newestFirst(before, row) < 0;
}

function hasFreeSeat(row: CatalogueRow): boolean {
  return row.maxSeats === null || row.seats < row.maxSeats;
}

type Created = { readonly createdAt: number; readonly session: SessionId };

function newestFirst(a: Created, b: Created): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  if (a.session === b.session) return 0;
  return a.session < b.session ? 1 : -1;
}

type Due = { readonly nextDueAt: number; readonly session: SessionId };

function hasDue(row: CatalogueRow): row is CatalogueRow & Due {
  return row.nextDueAt !== null;
}

function earliestDue(a: Due, b: Due): number {
  if (a.nextDueAt !== b.nextDueAt) return a.nextDueAt - b.nextDueAt;
  if (a.session === b.session) return 0;
  return a.session < b.session ? -1 : 1;
}

type Timed = { readonly at: number; readonly session: SessionId };

function earliestFirst(a: Timed, b: Timed): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.session === b.session) return 0;
  return a.session < b.session ? -1 : 1;
}

function byRev(a: CatalogueRow, b: CatalogueRow): number {
  return a.rev - b.rev;
}
