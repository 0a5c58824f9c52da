import type { Seq, SessionId } from '../protocol/ids.ts';
import type { PackedEntries, PackedResults } from './append-message.ts';
import type { StoreSettings } from './open-engine.ts';
import type { ListSlice } from './sqlite-catalogue.ts';
import type { WipePass, WipeStep } from './tidying.ts';
import type { LogSlice } from './sqlite-reader.ts';
import type { ErasureProgress, ErasureStep } from './sqlite-remover.ts';
import type { DeadLetterQuery, OutboxMark, OutboxRow } from './store-outbox.ts';
import type { ActQuery, ActRow, CleanupAfter, DueAfter, FoundInvite, HistoryQuery, HistoryRow, VersionCount } from './store-queries.ts';
import type { Quarantine, Remnant, Rewind, RewindResult, SetAside, SnapshotState } from './store-recovery.ts';
import type { Adoption } from './sqlite-adopter.ts';
import type { MadeSnapshot } from './store-snapshots.ts';
import type { AdoptionResult, ForeignSession, ForeignSide, LogBase } from './store-transfer.ts';
import type { ErasedEvents, PruneResult, Removal, RemovalResult, StoreCounters } from './store-removal.ts';
import type { CatalogueQuery, CatalogueRow, Claim, StoredEvent, StoredSnapshot, StoreErrorCode, StoreInfo } from './store.ts';

/** What the store asks of its worker: arguments and answer of each call, cloned on the way. */
export type WorkerCalls = {
  open(settings: StoreSettings): StoreInfo;
  close(): undefined;
  claim(sessions: readonly SessionId[]): (Claim | undefined)[];
  append(entries: PackedEntries): PackedResults;
  /** `base`: hash at `after`, hex, as verified with the slice before. */
  read(session: SessionId, after: Seq, upTo: Seq, base: string | undefined): LogSlice;
  readSnapshot(session: SessionId, atMost: Seq): StoredSnapshot | undefined;
  list(query: CatalogueQuery): ListSlice;
  get(session: SessionId): CatalogueRow | undefined;
  findInvite(hash: string): FoundInvite | undefined;
  acts(query: ActQuery): ActRow[];
  history(query: HistoryQuery): HistoryRow[];
  due(before: number, limit: number, after: DueAfter | undefined): CatalogueRow[];
  dueForCleanup(before: number, limit: number, after: CleanupAfter | undefined): CatalogueRow[];
  versions(): VersionCount[];
  probe(): number;
  outbox(): OutboxRow[];
  markOutbox(marks: readonly OutboxMark[]): undefined;
  deadLetters(query: DeadLetterQuery): OutboxRow[];
  remove(removals: readonly Removal[]): RemovalResult[];
  prune(session: SessionId, below: Seq): PruneResult;
  erase(session: SessionId, events: ErasedEvents, progress: ErasureProgress | undefined): ErasureStep;
  /** One step of what removals leave to be done; true while there is more. */
  sweep(): boolean;
  wipe(pass: WipePass | undefined): WipeStep;
  counters(): StoreCounters;
  removedRev(): number;
  beginning(session: SessionId): LogBase | undefined;
  logBytes(session: SessionId): number;
  beginAdoption(base: LogBase): Adoption;
  /** The seq of the first event that does not fit, if there is one. */
  addForeign(adoption: Adoption, events: readonly StoredEvent[]): Adoption | number;
  finishAdoption(adoption: Adoption, session: Omit<ForeignSession, 'events'>, side: ForeignSide): AdoptionResult;
  abandonAdoption(number: number): void;
  quarantine(session: SessionId, mark: Omit<Quarantine, 'session'> | null): boolean;
  quarantined(): Quarantine[];
  remnants(session: SessionId, after: Seq): Remnant[];
  snapshots(session: SessionId): SnapshotState[];
  /** See `SqliteSnapshotParts`. */
  beginSnapshot(session: SessionId, snapshot: MadeSnapshot): number | undefined;
  addSnapshotPart(parts: number): 'more' | 'whole' | 'lost';
  finishSnapshot(parts: number): boolean;
  abandonSnapshot(parts: number): undefined;
  rewind(rewind: Rewind): RewindResult;
  setAside(session: SessionId): SetAside[];
};

export type CallName = keyof WorkerCalls;

/** The arguments of each call. */
export type CallArguments = { [Name in CallName]: Parameters<WorkerCalls[Name]> };

/** How each call is answered. */
export type CallTable = { readonly [Name in CallName]: (...args: CallArguments[Name]) => ReturnType<WorkerCalls[Name]> };

export type WorkerRequest<Name extends CallName = CallName> = {
  [Each in Name]: { readonly id: number; readonly call: Each; readonly args: CallArguments[Each] };
}[Name];

/** A failure as it crosses the thread. */
export type Failure = { readonly code: StoreErrorCode; readonly message: string };

export type WorkerResponse =
  | { readonly id: number; readonly value: ReturnType<WorkerCalls[CallName]> }
  | { readonly id: number; readonly failure: Failure }
  /** Not an answer: the database could not be brought back after a failure. */
  | { readonly broken: Failure };
