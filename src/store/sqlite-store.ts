import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Seq, SessionId } from '../protocol/ids.ts';
import { packEntries, unpackResults } from './append-message.ts';
import { backUp } from './back-up-adapter.ts';
import { Gathering } from './gathering.ts';
import type { ListSlice } from './sqlite-catalogue.ts';
import type { WipePass, WipeStep } from './tidying.ts';
import type { ErasureProgress, ErasureStep } from './sqlite-remover.ts';
import { MAX_SNAPSHOT_BYTES } from './side-limits.ts';
import { listLimit } from './store-limits.ts';
import type { DeadLetterQuery, OutboxMark, OutboxRow } from './store-outbox.ts';
import type { ActQuery, ActRow, CleanupAfter, DueAfter, FoundInvite, HistoryQuery, HistoryRow, VersionCount } from './store-queries.ts';
import type { Quarantine, Remnant, Rewind, RewindResult, SetAside, SnapshotState } from './store-recovery.ts';
import type { MadeSnapshot, StoreReaderSource } from './store-snapshots.ts';
import type { AdoptionResult, BackupReport, ForeignSession, ForeignSide, LogBase } from './store-transfer.ts';
import type { ErasedEvents, EraseResult, PruneResult, Removal, RemovalOptions, RemovalResult, StoreCounters } from './store-removal.ts';
import { StoreError } from './store.ts';
import type {
  AppendEntry,
  AppendResult,
  CatalogueQuery,
  CatalogueRow,
  Claim,
  LogRead,
  Store,
  StoredEvent,
  StoredSnapshot,
  StoreInfo,
} from './store.ts';
import type { CallName, Failure, WorkerCalls, WorkerResponse } from './worker-calls.ts';

export type SqliteStoreOptions = {
  /** Directory of this server's data, made when missing; one server at a time. */
  readonly dir: string;
  /** `full` (the default): synced before it counts. `normal`: a power loss may take the last moments, a crash takes nothing. */
  readonly durability?: 'full' | 'normal';
  /** Read beside a running server, or without one: takes no lock and changes nothing. */
  readonly readOnly?: boolean;
  /** Marks a new directory as made in development; `details.development` of {@link StoreInfo} tells later. */
  readonly development?: boolean;
  /** An operator has seen the regressions that were reported and goes on with the logs as they are. */
  readonly acceptRegressions?: boolean;
  /** Called when the store cannot get back on its feet after a failed write: the process should exit and be started again. */
  readonly onBroken?: (error: StoreError) => void;
};

/** Keeps logs in a SQLite database, in a thread of its own so that neither disk nor hashing holds up the caller. */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  return new SqliteStore(options);
}

/** Sessions that one transaction removes: a millisecond or two. */
const MAX_REMOVALS = 32;

type Waiting = { readonly settle: (value: never) => void; readonly fail: (error: StoreError) => void };
type Answer<Name extends CallName> = ReturnType<WorkerCalls[Name]>;

/** See {@link sqliteStore}. */
export class SqliteStore implements Store {
  readonly #options: SqliteStoreOptions;
  readonly #databaseModule: URL;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  /** After a restart many sessions wake at once, and a sweep of the dead removes many: they share transactions. */
  readonly #claims = new Gathering<SessionId, Claim | undefined>((sessions) => this.#call('claim', sessions));
  readonly #removals = new Gathering<Removal, RemovalResult>((removals) => this.#removeAll(removals), MAX_REMOVALS);

  /** `databaseModule` takes the place of the module that opens database files. */
  constructor(options: SqliteStoreOptions, databaseModule: URL = sibling('sqlite-database-adapter')) {
    this.#options = options;
    this.#databaseModule = databaseModule;
  }

  async open(): Promise<StoreInfo> {
    if (this.#worker !== undefined) throw new StoreError('unusable', 'The store is open already; close it first.');
    const { dir, durability = 'full', readOnly = false, development = false, acceptRegressions = false } = this.#options;
    this.#worker = this.#startWorker();
    try {
      return await this.#call('open', { dir, durability, readOnly, development, acceptRegressions });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = once(worker, 'exit');
    const closed = this.#call('close');
    this.#worker = undefined;
    await Promise.all([closed, exited]);
  }

  async claim(session: SessionId): Promise<Claim | undefined> {
    this.#assertWritable();
    return this.#claims.add(session);
  }

  async append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    this.#assertWritable();
    return unpackResults(await this.#call('append', packEntries(entries)));
  }

  async read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead> {
    const events: StoredEvent[] = [];
    // In slices, so that commits of other sessions go between them.
    for (;;) {
      const last = events.at(-1);
      const slice = await this.#call('read', session, last?.seq ?? after, upTo, last?.hash);
      for (const event of slice.events) events.push(event);
      if (!slice.more) return endOfLog(events, slice);
    }
  }

  readSnapshot(session: SessionId, atMost: Seq): Promise<StoredSnapshot | undefined> {
    return this.#call('readSnapshot', session, atMost);
  }

  async list(query: CatalogueQuery): Promise<readonly CatalogueRow[]> {
    const limit = listLimit(query.limit);
    const rows: CatalogueRow[] = [];
    let next: CatalogueQuery | undefined = query;
    while (next !== undefined && rows.length < limit) {
      const slice: ListSlice = await this.#call('list', { ...next, limit: limit - rows.length });
      rows.push(...slice.rows);
      next = slice.next;
    }
    return rows;
  }

  get(session: SessionId): Promise<CatalogueRow | undefined> {
    return this.#call('get', session);
  }

  findInvite(hash: string): Promise<FoundInvite | undefined> {
    return this.#call('findInvite', hash);
  }

  acts(query: ActQuery): Promise<readonly ActRow[]> {
    return this.#call('acts', query);
  }

  history(query: HistoryQuery): Promise<readonly HistoryRow[]> {
    return this.#call('history', query);
  }

  due(before: number, limit: number, after?: DueAfter): Promise<readonly CatalogueRow[]> {
    return this.#call('due', before, limit, after);
  }

  dueForCleanup(before: number, limit: number, after?: CleanupAfter): Promise<readonly CatalogueRow[]> {
    return this.#call('dueForCleanup', before, limit, after);
  }

  versions(): Promise<readonly VersionCount[]> {
    return this.#call('versions');
  }

  outbox(): Promise<readonly OutboxRow[]> {
    return this.#call('outbox');
  }

  async markOutbox(marks: readonly OutboxMark[]): Promise<void> {
    this.#assertWritable();
    await this.#call('markOutbox', marks);
  }

  deadLetters(query: DeadLetterQuery): Promise<readonly OutboxRow[]> {
    return this.#call('deadLetters', query);
  }

  async erase(session: SessionId, events: ErasedEvents): Promise<EraseResult> {
    this.#assertWritable();
    let erased = 0;
    let progress: ErasureProgress | undefined;
    for (;;) {
      const { result, next }: ErasureStep = await this.#call('erase', session, events, progress);
      if (result.outcome !== 'ok') return result;
      erased += result.erased;
      if (next === undefined) return { ...result, erased };
      progress = next;
    }
  }

  async prune(session: SessionId, below: Seq): Promise<PruneResult> {
    this.#assertWritable();
    const result = await this.#call('prune', session, below);
    if (result.outcome === 'ok') await this.#sweep();
    return result;
  }

  async remove(session: SessionId, options: RemovalOptions = {}): Promise<RemovalResult> {
    this.#assertWritable();
    return this.#removals.add({ session, options });
  }

  async wipe(): Promise<boolean> {
    this.#assertWritable();
    await this.#sweep();
    let pass: WipePass | undefined;
    for (;;) {
      const step: WipeStep = await this.#call('wipe', pass);
      if (typeof step === 'string') return step === 'done';
      pass = step;
    }
  }

  counters(): Promise<StoreCounters> {
    return this.#call('counters');
  }

  removedRev(): Promise<number> {
    return this.#call('removedRev');
  }

  async quarantine(session: SessionId, mark: Omit<Quarantine, 'session'> | null): Promise<boolean> {
    this.#assertWritable();
    return this.#call('quarantine', session, mark);
  }

  quarantined(): Promise<readonly Quarantine[]> {
    return this.#call('quarantined');
  }

  remnants(session: SessionId, after: Seq): Promise<readonly Remnant[]> {
    return this.#call('remnants', session, after);
  }

  snapshots(session: SessionId): Promise<readonly SnapshotState[]> {
    return this.#call('snapshots', session);
  }

  async keepSnapshot(session: SessionId, { seq, hash, data }: MadeSnapshot): Promise<boolean> {
    this.#assertWritable();
    if (data.byteLength > MAX_SNAPSHOT_BYTES) return false;
    // Handed over where it can be: copying it would be felt.
    const transfer = data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength ? [data.buffer] : [];
    const parts = await this.#handOver(transfer, 'beginSnapshot', session, { seq, hash, data });
    if (parts === undefined) return false;
    try {
      for (let step: string = 'more'; step !== 'whole';) {
        step = await this.#call('addSnapshotPart', parts);
        if (step === 'lost') return false;
      }
      return await this.#call('finishSnapshot', parts);
    } finally {
      await this.#call('abandonSnapshot', parts);
      await this.#sweep();
    }
  }

  reader(): StoreReaderSource {
    const options = { dir: this.#options.dir, databaseModule: this.#databaseModule.href };
    return { module: sibling('sqlite-reader-adapter').href, options };
  }

  async rewind(rewind: Rewind): Promise<RewindResult> {
    this.#assertWritable();
    return this.#call('rewind', rewind);
  }

  setAside(session: SessionId): Promise<readonly SetAside[]> {
    return this.#call('setAside', session);
  }

  logBytes(session: SessionId): Promise<number> {
    return this.#call('logBytes', session);
  }

  beginning(session: SessionId): Promise<LogBase | undefined> {
    return this.#call('beginning', session);
  }

  async adopt({ events, ...session }: ForeignSession, side: () => ForeignSide): Promise<AdoptionResult> {
    this.#assertWritable();
    const result = await this.#takeIn({ events, ...session }, side);
    if (result.outcome !== 'ok') await this.#sweep();
    return result;
  }

  async backup(path: string): Promise<BackupReport> {
    if (this.#worker === undefined) throw new StoreError('not-open', 'The store is not open: call open() first.');
    return backUp(this.#options.dir, path, this.#databaseModule);
  }

  async probe(): Promise<number> {
    this.#assertWritable();
    return this.#call('probe');
  }

  async #removeAll(removals: readonly Removal[]): Promise<readonly RemovalResult[]> {
    const results = await this.#call('remove', removals);
    await this.#sweep();
    return results;
  }

  async #takeIn({ events, ...session }: ForeignSession, side: () => ForeignSide): Promise<AdoptionResult> {
    let adoption = await this.#call('beginAdoption', session.base);
    let result: AdoptionResult | undefined;
    try {
      for await (const part of events) {
        const next = await this.#call('addForeign', adoption, part);
        if (typeof next === 'number') return (result = { outcome: 'damaged', seq: next });
        adoption = next;
      }
      return (result = await this.#call('finishAdoption', adoption, session, side()));
    } finally {
      if (result?.outcome !== 'ok') await this.#call('abandonAdoption', adoption.number);
    }
  }

  async #sweep(): Promise<void> {
    while (await this.#call('sweep'));
  }

  #call<Name extends CallName>(call: Name, ...args: Parameters<WorkerCalls[Name]>): Promise<Answer<Name>> {
    return this.#handOver([], call, ...args);
  }

  /** Like `#call`; what is in `transfer` belongs to the worker from now on. */
  #handOver<Name extends CallName>(transfer: ArrayBuffer[], call: Name, ...args: Parameters<WorkerCalls[Name]>): Promise<Answer<Name>> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(new StoreError('not-open', 'The store is not open: call open() first.'));
    const id = this.#nextId++;
    return new Promise((settle, fail) => {
      this.#waiting.set(id, { settle, fail });
      worker.postMessage({ id, call, args }, transfer);
    });
  }

  #startWorker(): Worker {
    // Flags of the host's command line, such as --input-type, are not meant for this thread and may stop it.
    const worker = new Worker(sibling('sqlite-worker-adapter'), {
      workerData: { databaseModule: this.#databaseModule.href },
      execArgv: [],
    });
    worker.on('message', (response: WorkerResponse) => this.#receive(response));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, new Error('it ended')));
    return worker;
  }

  #receive(response: WorkerResponse): void {
    if ('broken' in response) return this.#options.onBroken?.(errorOf(response.broken));
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if ('failure' in response) waiting?.fail(errorOf(response.failure));
    else waiting?.settle(response.value as never);
  }

  /** The thread is gone: at the end of `close`, when nobody waits any more, or because it crashed. */
  #lose(worker: Worker, cause: unknown): void {
    const hasCrashed = this.#worker === worker;
    if (hasCrashed) this.#worker = undefined;
    if (!hasCrashed && this.#waiting.size === 0) return;
    const error = new StoreError('failed', `The store's thread stopped: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    });
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { fail } of waiting) fail(error);
    if (hasCrashed) this.#options.onBroken?.(error);
  }

  #assertWritable(): void {
    if (this.#options.readOnly === true) throw new StoreError('unusable', 'The store was opened for reading only; it takes no writes.');
  }
}

function endOfLog(events: readonly StoredEvent[], { damage, prunedTo }: LogRead): LogRead {
  if (damage !== undefined) return { events, damage };
  return prunedTo === undefined ? { events } : { events, prunedTo };
}

function errorOf({ code, message }: Failure): StoreError {
  return new StoreError(code, message);
}

/** A module of this folder, in the form that this one has: source or built. */
function sibling(name: string): URL {
  return new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
