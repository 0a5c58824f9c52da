import type { Durability } from '../protocol/frames.ts';
import type { Epoch, LogId, Seq, SessionId } from '../protocol/ids.ts';
import type { SideWrite } from './side-write.ts';
import type { StoreOutbox } from './store-outbox.ts';
import type { StoreQueries } from './store-queries.ts';
import type { StoreRecovery } from './store-recovery.ts';
import type { StoreRemoval } from './store-removal.ts';
import type { StoreSnapshots } from './store-snapshots.ts';
import type { StoreTransfer } from './store-transfer.ts';

export type { SideWrite } from './side-write.ts';

/** An event to append: JSON texts, opaque to the store. */
export type EventInput = { readonly header: string; readonly content: string };

/** An event as read and verified. `content` is undefined when it was erased. `hash` is lower-case hex, 64 characters. */
export type StoredEvent = {
  readonly seq: Seq;
  readonly header: string;
  readonly content: string | undefined;
  readonly hash: string;
  /** Only of an erased content: its hash, by which the chain still verifies. */
  readonly contentHash?: string;
};

/** What the catalogue says of a session: enough to list, filter and wake it, never its content. */
export type CatalogueFields = {
  readonly type: string;
  readonly definitionVersion: number;
  readonly name: string;
  readonly status: string;
  /** Participant id and display name of who created it. */
  readonly owner: string;
  readonly ownerName: string;
  readonly campaign: string | null;
  readonly access: string;
  readonly listed: boolean;
  /** Seats taken and the most there may be (null: no bound). */
  readonly seats: number;
  readonly maxSeats: number | null;
  readonly createdAt: number;
  /** Earliest time at which the session wants to be woken. */
  readonly nextDueAt: number | null;
  /** Earliest time at which the session may have to be cleaned up; it is looked at then. */
  readonly cleanupAt: number | null;
  /** What the definition's `listing` returns, as JSON text. */
  readonly listing: string | null;
};

export type CatalogueRow = CatalogueFields & {
  readonly session: SessionId;
  readonly logId: LogId;
  readonly epoch: Epoch;
  readonly headSeq: Seq;
  /** Store-wide and monotone: grows with every change of a row's fields, so that list and watch can resume. */
  readonly rev: number;
  /** Wall-clock time of the last append, as given in the entry. */
  readonly updatedAt: number;
};

export type AppendEntry = {
  readonly session: SessionId;
  readonly epoch: Epoch;
  readonly expectedSeq: Seq;
  readonly expectedHash: string;
  readonly events: readonly EventInput[];
  /** Wall-clock time, for `updatedAt`. */
  readonly at: number;
  /** New catalogue fields; required to create (expectedSeq 0, epoch 1), otherwise only when they change. */
  readonly row?: CatalogueFields | undefined;
  /** The log's id; required to create. */
  readonly logId?: LogId | undefined;
  readonly side?: readonly SideWrite[] | undefined;
};

/**
 * What became of one entry.
 * - `ok`: durable at the store's durability; `seq` and `hash` are the new head.
 * - `fenced`: another epoch owns the session, or the head is not the expected one. Nothing of the entry was written.
 * - `refused`: the entry itself is not acceptable. Nothing of it was written. `invalid` is a mistake of the caller: a snapshot
 *   or an act ahead of the entry's last event, or a creation without a row, or with an epoch other than 1 or a hash other than `GENESIS_HASH`.
 * - `failed`: the transaction failed; what was written is unknown until the session is claimed and read again.
 *   `full` says that the disk had no room.
 */
export type AppendResult =
  | { readonly outcome: 'ok'; readonly seq: Seq; readonly hash: string; readonly rev: number }
  | { readonly outcome: 'fenced'; readonly epoch: Epoch; readonly seq: Seq }
  | { readonly outcome: 'refused'; readonly reason: 'too-large' | 'exists' | 'invalid' }
  | { readonly outcome: 'failed'; readonly full: boolean; readonly message: string };

/** A new owner's view of what it owns. */
export type Claim = { readonly epoch: Epoch; readonly row: CatalogueRow; readonly headSeq: Seq; readonly headHash: string };

/** Why events from `seq` on cannot be trusted. */
export type LogDamage = { readonly seq: Seq; readonly reason: string };

/**
 * Verified events in order. With `damage`, they end just before the first bad one. With `prunedTo`, what was asked for
 * begins at or below that seq, and those events are gone: there are none here, ask again from `prunedTo` on.
 */
export type LogRead = {
  readonly events: readonly StoredEvent[];
  readonly damage?: LogDamage | undefined;
  readonly prunedTo?: Seq | undefined;
};

/** A snapshot as stored, its checksum verified. `passedOver`: newer ones that failed their check. */
export type StoredSnapshot = {
  readonly seq: Seq;
  readonly hash: string;
  readonly data: string;
  readonly passedOver?: readonly Seq[];
};

export type CatalogueQuery = {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
  readonly campaign?: string | undefined;
  readonly owner?: string | undefined;
  /** Case-insensitive part of the name. */
  readonly text?: string | undefined;
  readonly seatsFree?: boolean | undefined;
  readonly listed?: boolean | undefined;
  /** False leaves out what is for the members of a campaign, or for people they invite. */
  readonly membersOnly?: false | undefined;
  /** Only rows changed after this rev, in rev order. */
  readonly afterRev?: number | undefined;
  /** At most this many, newest rev last when `afterRev` is given, otherwise newest created first. Default 100, most 1000. */
  readonly limit?: number | undefined;
  /** Continue after this row of a listing by creation. */
  readonly before?: { readonly createdAt: number; readonly session: SessionId } | undefined;
};

export type StoreInfo = {
  /** As in `sqlite`, `memory`. */
  readonly kind: string;
  readonly durability: Durability;
  /** Human-readable facts for logs and `holdfast config`: version, pragmas, directory, ... */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** Sessions whose log is shorter than the head record says: found at open, named until an operator decides. */
  readonly regressions: readonly { readonly session: SessionId; readonly recordedSeq: Seq; readonly foundSeq: Seq }[];
};

/**
 * Where logs live. `claim` and `append` are the only fencing operations; everything else only reads.
 * Every method but `open` and `close` rejects with `StoreError` when the store cannot answer at all.
 */
export interface Store extends StoreQueries, StoreOutbox, StoreRemoval, StoreRecovery, StoreSnapshots, StoreTransfer {
  /** Opens or creates; rejects with `StoreError` whose message says what to do. Reopens after `close`. */
  open(): Promise<StoreInfo>;
  /** Waits for appends under way, then lets go of everything. Idempotent. */
  close(): Promise<void>;
  /** Raises the session's epoch durably and returns what the new owner needs; undefined when there is no such session. */
  claim(session: SessionId): Promise<Claim | undefined>;
  /** One transaction, a savepoint per entry; each entry succeeds or fails alone. Results in the order of the entries. */
  append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]>;
  /** Events after `after` (exclusive) up to `upTo` (inclusive), each verified against the chain. */
  read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead>;
  /** The newest verified snapshot at or below `atMost`; older ones are tried when one fails its check. */
  readSnapshot(session: SessionId, atMost: Seq): Promise<StoredSnapshot | undefined>;
  list(query: CatalogueQuery): Promise<readonly CatalogueRow[]>;
  get(session: SessionId): Promise<CatalogueRow | undefined>;
  /** A real durable write, for readiness. Resolves with the milliseconds it took; rejects when it cannot. */
  probe(): Promise<number>;
}

export type StoreErrorCode = 'locked' | 'newer' | 'unusable' | 'disk-full' | 'too-old-sqlite' | 'not-open' | 'failed';

/** The store cannot do what was asked. The message says what happened, why and what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
