import type { Epoch, LogId, Seq, SessionId } from '../protocol/ids.ts';
import type { ActWrite, HistoryWrite, SnapshotWrite } from './side-write.ts';
import type { CatalogueFields, StoredEvent } from './store.ts';

/** A session as it comes from elsewhere, its log as it was there: hashes, erased contents and the beginning included. */
export type ForeignSession = {
  /** The id that it gets here. */
  readonly session: SessionId;
  readonly logId: LogId;
  readonly epoch: Epoch;
  readonly row: CatalogueFields;
  /** Wall-clock time of its last append. */
  readonly at: number;
  readonly base: LogBase;
  readonly head: { readonly seq: Seq; readonly hash: string };
  /** In order and in parts of any size, from the first event after `base` to the head. */
  readonly events: AsyncIterable<readonly StoredEvent[]>;
};

/** What belongs to a session beside its log. */
export type ForeignSide = readonly (SnapshotWrite | ActWrite | HistoryWrite)[];

/**
 * What became of an adoption.
 * - `ok`: the session is here, under a rev of its own.
 * - `exists`: its id is in use. Nothing was written.
 * - `damaged`: the events do not form the chain that ends at the head; `seq` is the first one that does not fit. Nothing stays.
 * - `invalid`: what stands beside the log is not acceptable, see `AppendResult`. Nothing stays.
 */
export type AdoptionResult =
  | { readonly outcome: 'ok'; readonly rev: number }
  | { readonly outcome: 'exists' | 'invalid' }
  | { readonly outcome: 'damaged'; readonly seq: Seq };

/** What was written by a backup. */
export type BackupReport = { readonly path: string; readonly bytes: number };

/** Where a log begins: after this event; seq 0 and `GENESIS_HASH` unless it was pruned. */
export type LogBase = { readonly seq: Seq; readonly hash: string };

/** How sessions come from and go to other places as a whole. */
export interface StoreTransfer {
  /** Undefined when there is no such session. */
  beginning(session: SessionId): Promise<LogBase | undefined>;
  /** Bytes that the stored events of a session take, headers and contents; 0 when there is no such session. */
  logBytes(session: SessionId): Promise<number>;
  /**
   * Takes a session in, events first; it can be found once everything of it is written and its chain was verified. `side`
   * is asked for after the last event. An archived session that comes back under its id is alive again.
   */
  adopt(session: ForeignSession, side: () => ForeignSide): Promise<AdoptionResult>;
  /**
   * Writes all that is stored into one new file, as it is at one moment, while everything goes on. The file is there whole
   * or not at all. Rejects with `StoreError` where there is one of that name, and for a store without files.
   */
  backup(path: string): Promise<BackupReport>;
}
