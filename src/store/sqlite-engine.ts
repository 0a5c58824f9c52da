import type { Seq, SessionId } from '../protocol/ids.ts';
import type { DataDirectory } from './data-directory-adapter.ts';
import type { HeadKeeper } from './head-keeper.ts';
import { encodeHeadRecord } from './head-record.ts';
import type { ListSlice } from './sqlite-catalogue.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { faultOf, messageOf, storeErrorOf, TakenOverError } from './sqlite-error.ts';
import type { LogSlice } from './sqlite-reader.ts';
import { cutBatch } from './store-limits.ts';
import type { Rewind, RewindResult } from './store-recovery.ts';
import type { Adoption } from './sqlite-adopter.ts';
import type { AdoptionResult, ForeignSession, ForeignSide } from './store-transfer.ts';
import type { Removal, RemovalResult } from './store-removal.ts';
import { StoreError } from './store.ts';
import type { AppendEntry, AppendResult, CatalogueQuery, CatalogueRow, Claim, StoredEvent, StoredSnapshot } from './store.ts';

/** Rows whose place is not written down; each costs a reader a moment. */
const MAX_UNPLACED_ROWS = 1024;
/**
 * Frames of 4 KiB: the log is moved into the database file at the latest then, between two commits, and starts anew. Early
 * enough to take two milliseconds under ordinary load, and for the log's file to have its length soon after a start: syncing
 * what made a file longer costs half as much again as syncing what was written over. Not earlier, because pages that change
 * all the time are moved each time.
 */
const MAX_PENDING_FRAMES = 1000;
/** The length of the log is looked at after so many commits or bytes. */
const COMMITS_PER_LOOK = 16;
const BYTES_PER_LOOK = 256 * 1024;
/** Names that the index has not taken up; each costs a search a moment. */
const MAX_UNINDEXED_NAMES = 256;
/** With less than this free, a failed write was the disk's being full whatever the error said. */
const FULL_BELOW_BYTES = 64 * 1024;

export type EngineOptions = {
  readonly directory: DataDirectory;
  readonly durability: 'full' | 'normal';
  readonly connect: () => SqliteConnection;
  readonly keeper: HeadKeeper;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** The database could not be brought back after a failure. */
  readonly onBroken: (error: StoreError) => void;
};

/** A failed transaction; `index` names the entry whose own statements failed. */
type Failure = { readonly cause: unknown; readonly index: number | undefined };

/** The write side: transactions, what happens when they fail, and the upkeep between them. */
export class SqliteEngine {
  readonly #options: EngineOptions;
  #connection: SqliteConnection | undefined;
  /** Why this process may not write, ever again. */
  #takenOver: StoreError | undefined;
  #unplacedRows = 0;
  #commitsSinceLook = 0;
  #bytesAtLook = 0;
  #changes = 0;

  constructor(options: EngineOptions, connection: SqliteConnection) {
    this.#options = options;
    this.#connection = connection;
  }

  append(entries: readonly AppendEntry[]): AppendResult[] {
    return cutBatch(entries).flatMap((run) => this.#appendRun(run, new Map()));
  }

  /** Claims each session, in one transaction; on a full disk from the room of the reserve. */
  claim(sessions: readonly SessionId[]): (Claim | undefined)[] {
    const { hasReserve } = this.#options.directory;
    try {
      return this.#claimAll(sessions);
    } catch (error) {
      if (!hasReserve || !(error instanceof StoreError) || error.code !== 'disk-full') throw error;
      return this.#claimAll(sessions);
    }
  }

  read(session: SessionId, after: Seq, upTo: Seq, base?: string): LogSlice {
    return this.#read('reading a log', ({ reader }) => reader.read(session, after, upTo, base));
  }

  readSnapshot(session: SessionId, atMost: Seq): StoredSnapshot | undefined {
    return this.#read('reading a snapshot', ({ reader }) => reader.readSnapshot(session, atMost));
  }

  list(query: CatalogueQuery): ListSlice {
    return this.#read('listing sessions', ({ catalogue }) => catalogue.list(query));
  }

  get(session: SessionId): CatalogueRow | undefined {
    return this.#read('looking up a session', ({ catalogue }) => catalogue.get(session));
  }

  /** Reads something. Throws `StoreError`. */
  ask<T>(doing: string, work: (connection: SqliteConnection) => T): T {
    return this.#read(doing, work);
  }

  /** One transaction. Throws `StoreError`. */
  change<T>(doing: string, work: (connection: SqliteConnection) => T): T {
    return this.#write(doing, (connection) => {
      connection.begin();
      const value = work(connection);
      connection.commit();
      this.#changes += 1;
      this.#commitsSinceLook += 1;
      return value;
    });
  }

  /** One transaction in which every event row has its place, so that all rows of a session are found. */
  rearrange<T>(doing: string, work: (connection: SqliteConnection) => T): T {
    this.#write(doing, (connection) => {
      if (this.#unplacedRows > 0) this.#place(connection);
    });
    return this.change(doing, work);
  }

  /** Removes sessions in one transaction, each for itself. */
  remove(removals: readonly Removal[]): RemovalResult[] {
    const results = this.change('removing sessions', ({ remover, writer }) =>
      removals.map(({ session, options }) => remover.remove(session, options, () => writer.takeRev())),
    );
    for (const [index, { session }] of removals.entries()) {
      if (results[index]?.outcome !== 'ok') continue;
      this.#connection?.writer.forgetSession(session);
      this.#options.keeper.remove(session);
    }
    return results;
  }

  /** Takes a log back in one transaction. */
  rewind(rewind: Rewind): RewindResult {
    const result = this.change('taking a log back', ({ rewinder }) => rewinder.rewind(rewind));
    if (result.outcome !== 'ok') return result;
    const { keeper } = this.#options;
    keeper.remove(rewind.session);
    keeper.note(rewind.session, result.seq);
    keeper.committed(this.#connection?.writer.eventRow ?? 0);
    this.#unplacedRows += 1;
    return result;
  }

  /** See `SqliteAdopter.add`. */
  addForeign(adoption: Adoption, events: readonly StoredEvent[]): Adoption | number {
    this.#unplacedRows += 1;
    return this.change('taking events in', ({ adopter }) => adopter.add(adoption, events));
  }

  finishAdoption(adoption: Adoption, session: Omit<ForeignSession, 'events'>, side: ForeignSide): AdoptionResult {
    const result = this.change('taking a session in', ({ adopter }) => adopter.finish(adoption, session, side));
    if (result.outcome === 'ok') this.#options.keeper.note(session.session, session.head.seq);
    return result;
  }

  /** Transactions that may have deleted something. */
  get changes(): number {
    return this.#changes;
  }

  /** See `SqliteConnection.empty`. */
  emptyLog(): boolean {
    const isEmpty = this.#write('emptying the log', (connection) => connection.empty());
    if (isEmpty) this.#options.keeper.synced();
    return isEmpty;
  }

  /** A write as durable as any, and the reserve back in its place. */
  probe(): number {
    const started = this.#options.monotonic();
    this.#write('probing the disk', (connection) => {
      connection.assertOwned();
      connection.touch();
    });
    const took = this.#options.monotonic() - started;
    if (this.#options.directory.ensureReserve()) return took;
    throw new StoreError(
      'disk-full',
      `The disk of ${this.#options.directory.path} is full; free some space, then service resumes by itself.`,
    );
  }

  /** Between commits: what must not wait any longer, one piece of a millisecond or two at a time. */
  upkeep(): void {
    this.#maintain((connection) => {
      if (this.#unplacedRows >= MAX_UNPLACED_ROWS) return this.#place(connection);
      if (this.#commitsSinceLook < COMMITS_PER_LOOK && connection.writer.bytes - this.#bytesAtLook < BYTES_PER_LOOK) return;
      this.#commitsSinceLook = 0;
      this.#bytesAtLook = connection.writer.bytes;
      if (connection.pendingFrames() >= MAX_PENDING_FRAMES) return this.#checkpoint(connection);
      if (connection.names.hasWaiting(MAX_UNINDEXED_NAMES)) this.#index(connection);
    });
  }

  /** While nothing is asked, and at the end: everything in its final place, so that the next start has nothing to look through. */
  settle(): void {
    this.#maintain((connection) => {
      if (this.#unplacedRows > 0) this.#place(connection);
      this.#checkpoint(connection);
    });
  }

  /** Writes the head record when there is something new to say. */
  record(): void {
    const { directory, durability, keeper } = this.#options;
    this.#maintain((connection) => connection.assertOwned());
    if (this.#takenOver !== undefined) return;
    if (durability === 'full') keeper.synced();
    const record = keeper.take();
    if (record === undefined) return;
    const removed = keeper.takeRemoved();
    const text = encodeHeadRecord(record);
    try {
      if (removed.length === 0) return directory.replaceFile(directory.headRecordPath, text);
      directory.replaceFileSynced(directory.headRecordPath, text);
      this.change('noting what was recorded', ({ remover }) => remover.forgetRemoved(removed));
    } catch {
      for (const session of removed) keeper.remove(session);
      // It only helps to notice a loss; a disk that has no room for it is reported by what matters more.
    }
  }

  close(): void {
    this.#drop();
  }

  #claimAll(sessions: readonly SessionId[]): (Claim | undefined)[] {
    return this.#write('claiming a session', (connection) => {
      connection.begin();
      const claims = sessions.map((session) => claimOne(connection, session));
      connection.commit();
      this.#commitsSinceLook += 1;
      return claims;
    });
  }

  #appendRun(entries: readonly AppendEntry[], decided: ReadonlyMap<number, AppendResult>): AppendResult[] {
    const connection = this.#usable();
    if (connection instanceof StoreError) return entries.map(() => failed(connection.message, connection.code === 'disk-full'));
    const outcome = transact(connection, entries, decided);
    if (Array.isArray(outcome)) {
      this.#committed(connection, entries, outcome);
      return outcome;
    }
    return this.#failRun(entries, decided, outcome);
  }

  #failRun(entries: readonly AppendEntry[], decided: ReadonlyMap<number, AppendResult>, { cause, index }: Failure): AppendResult[] {
    const fault = faultOf(cause);
    const message = messageOf(cause);
    if (index !== undefined && (fault === 'damage' || fault === 'other') && this.#undo()) {
      // Nothing of the transaction was written: the entry whose tables are damaged fails alone.
      return this.#appendRun(entries, new Map([...decided, [index, failed(message, false)]]));
    }
    const full = this.#afterFailure(cause);
    return entries.map(() => failed(this.#takenOver?.message ?? message, full));
  }

  #committed(connection: SqliteConnection, entries: readonly AppendEntry[], results: readonly AppendResult[]): void {
    const { keeper } = this.#options;
    for (const [index, { session, events }] of entries.entries()) {
      const result = results[index];
      if (result?.outcome !== 'ok' || events.length === 0) continue;
      keeper.note(session, result.seq);
      this.#unplacedRows += 1;
    }
    keeper.committed(connection.writer.eventRow);
    this.#commitsSinceLook += 1;
  }

  #write<T>(doing: string, work: (connection: SqliteConnection) => T): T {
    const connection = this.#usable();
    if (connection instanceof StoreError) throw connection;
    try {
      return work(connection);
    } catch (cause) {
      const full = this.#afterFailure(cause);
      if (this.#takenOver !== undefined) throw this.#takenOver;
      throw full ? new StoreError('disk-full', `The disk was full while ${doing}.`, { cause }) : storeErrorOf(cause, doing);
    }
  }

  #read<T>(doing: string, work: (connection: SqliteConnection) => T): T {
    const connection = this.#usable();
    if (connection instanceof StoreError) throw connection;
    try {
      return work(connection);
    } catch (cause) {
      throw storeErrorOf(cause, doing);
    }
  }

  #maintain(work: (connection: SqliteConnection) => void): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      work(connection);
    } catch (cause) {
      // Upkeep can wait for room; the reserve is for those who cannot.
      if (faultOf(cause) === 'full') this.#undo();
      else this.#afterFailure(cause);
    }
  }

  #place(connection: SqliteConnection): void {
    connection.place();
    this.#unplacedRows = 0;
  }

  #index(connection: SqliteConnection): void {
    connection.begin();
    connection.names.step();
    connection.commit();
  }

  #checkpoint(connection: SqliteConnection): void {
    if (connection.checkpoint()) this.#options.keeper.synced();
  }

  /** Leaves nothing half done. Says whether the disk was full, in which case the reserve is given up. */
  #afterFailure(cause: unknown): boolean {
    const { directory } = this.#options;
    if (cause instanceof TakenOverError) return this.#giveUp();
    const fault = faultOf(cause);
    const full = fault === 'full' || (fault === 'sync' && directory.freeBytes < FULL_BELOW_BYTES);
    if (full) directory.freeReserve();
    const isClean = this.#undo() && (fault === 'full' || fault === 'busy');
    if (!isClean) {
      this.#drop();
      this.#usable();
    }
    return full;
  }

  /** What was acknowledged is in the files, and the other server has it. */
  #giveUp(): false {
    const { directory, onBroken } = this.#options;
    const message = `The data directory ${directory.path} has been taken over by ${directory.holder()} while this server stood still; it has to end.`;
    this.#drop();
    this.#takenOver ??= new StoreError('locked', message);
    onBroken(this.#takenOver);
    return false;
  }

  #undo(): boolean {
    try {
      this.#connection?.rollBack();
      return true;
    } catch {
      return false;
    }
  }

  /** The connection; after a failure a new one, once all that it reads is sure to be on the disk. */
  #usable(): SqliteConnection | StoreError {
    if (this.#takenOver !== undefined) return this.#takenOver;
    if (this.#connection !== undefined) return this.#connection;
    let connection: SqliteConnection | undefined;
    try {
      connection = this.#options.connect();
      connection.settle();
      this.#unplacedRows = MAX_UNPLACED_ROWS;
      this.#bytesAtLook = 0;
      this.#connection = connection;
      return connection;
    } catch (cause) {
      closeQuietly(connection);
      return this.#notUsable(cause);
    }
  }

  #notUsable(cause: unknown): StoreError {
    const error = storeErrorOf(cause, 'opening it again after a failure');
    const passes = error.code === 'disk-full' || faultOf(cause) === 'busy';
    if (!passes) this.#options.onBroken(error);
    return error;
  }

  #drop(): void {
    closeQuietly(this.#connection);
    this.#connection = undefined;
  }
}

function transact(
  connection: SqliteConnection,
  entries: readonly AppendEntry[],
  decided: ReadonlyMap<number, AppendResult>,
): AppendResult[] | Failure {
  let index: number | undefined;
  try {
    connection.begin();
    const results = entries.map((entry, at) => {
      index = at;
      return decided.get(at) ?? connection.writer.append(entry);
    });
    index = undefined;
    connection.commit();
    return results;
  } catch (cause) {
    return { cause, index };
  }
}

function claimOne({ writer, catalogue }: SqliteConnection, session: SessionId): Claim | undefined {
  const head = writer.claim(session);
  const row = catalogue.get(session);
  return head && row && { epoch: head.epoch, row, headSeq: head.seq, headHash: head.hash };
}

function failed(message: string, full: boolean): AppendResult {
  return { outcome: 'failed', full, message };
}

function closeQuietly(connection: SqliteConnection | undefined): void {
  try {
    connection?.close();
  } catch {
    // It is given up either way.
  }
}
