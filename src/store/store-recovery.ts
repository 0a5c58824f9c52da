import type { Epoch, LogId, Seq, SessionId } from '../protocol/ids.ts';
import type { CatalogueFields, EventInput, SideWrite } from './store.ts';

/**
 * What was found wrong: `damage` in the stored log, `crashing`: its own code path failed again and again, `hung`: a command
 * never returned, `migration`: its state could not be brought to the definition's version, `over-budget`: it used more than
 * it may.
 */
export type QuarantineKind = 'damage' | 'crashing' | 'hung' | 'migration' | 'over-budget';

/** A session that is not served until an operator decides. Survives restarts. */
export type Quarantine = {
  readonly session: SessionId;
  readonly kind: QuarantineKind;
  readonly reason: string;
  /** Last seq that can be trusted. */
  readonly seq: Seq;
  /** Wall-clock milliseconds. */
  readonly at: number;
};

/** A stored event whose place in the chain was not checked; `header` is undefined where it cannot be told apart. */
export type Remnant = { readonly seq: Seq; readonly header: string | undefined };

/** What a snapshot is: `intact` says that its checksum holds and that it agrees with the log. */
export type SnapshotState = { readonly seq: Seq; readonly intact: boolean };

/** A stretch of an old log as it was stored, byte for byte, from the event `firstSeq` on; `data` is empty where nothing could be read. */
export type SetAside = { readonly logId: LogId; readonly firstSeq: Seq; readonly data: Uint8Array; readonly at: number };

/** How a log is taken back: all of it in one transaction, or nothing. */
export type Rewind = {
  readonly session: SessionId;
  /** As claimed: what the decision rests on. */
  readonly epoch: Epoch;
  readonly expectedSeq: Seq;
  /** The last event that stays, and its hash. */
  readonly to: Seq;
  readonly toHash: string;
  readonly logId: LogId;
  /** The first event after `to`: says what was done. */
  readonly event: EventInput;
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly row: CatalogueFields;
  /** Replaces what the session has of invites, and goes with the event as in an append. */
  readonly side: readonly SideWrite[];
};

/**
 * What became of a rewind.
 * - `ok`: the new head. The events after `to` are set aside, the quarantine is over.
 * - `missing`: there is no such session.
 * - `changed`: the session is not as the request says. Nothing was changed.
 */
export type RewindResult =
  | { readonly outcome: 'ok'; readonly seq: Seq; readonly hash: string }
  | { readonly outcome: 'missing' | 'changed' };

/** What is done about logs that cannot be trusted. */
export interface StoreRecovery {
  /** Marks a session, or takes its mark away (null). False: there is no such session. */
  quarantine(session: SessionId, mark: Omit<Quarantine, 'session'> | null): Promise<boolean>;
  /** All marked sessions. */
  quarantined(): Promise<readonly Quarantine[]>;
  /** What stands after `after`, as far as it can be told apart; nothing of it is verified. */
  remnants(session: SessionId, after: Seq): Promise<readonly Remnant[]>;
  /** The snapshots that are kept, newest first. */
  snapshots(session: SessionId): Promise<readonly SnapshotState[]>;
  rewind(rewind: Rewind): Promise<RewindResult>;
  /** What rewinds have set aside, oldest first. */
  setAside(session: SessionId): Promise<readonly SetAside[]>;
}
