import type { Epoch, Seq, SessionId } from '../protocol/ids.ts';

/** Events whose content is to be erased: those at some seqs, or all that one participant caused. */
export type ErasedEvents = readonly Seq[] | { readonly who: string };

/**
 * What became of an erasure.
 * - `ok`: the content of `erased` events (of those up to `upTo` that still had one) and every snapshot before `upTo` are gone.
 *   `upTo` is the seq of the newest snapshot, from which the session is rebuilt from now on.
 * - `missing`: there is no such session.
 * - `no-snapshot`: no intact snapshot is at or after the events, without which nobody could rebuild the session. Nothing was changed.
 */
export type EraseResult =
  | { readonly outcome: 'ok'; readonly erased: number; readonly upTo: Seq }
  | { readonly outcome: 'missing' | 'no-snapshot' };

/**
 * What became of a pruning.
 * - `ok`: the log begins after `base` now; `removed` events and all snapshots before `base` are gone.
 * - `missing`, `no-snapshot`: as in {@link EraseResult}.
 * - `damaged`: the log cannot be verified at the cut. Nothing was changed.
 */
export type PruneResult =
  | { readonly outcome: 'ok'; readonly base: Seq; readonly removed: number }
  | { readonly outcome: 'missing' | 'no-snapshot' | 'damaged' };

export type RemovalOptions = {
  /** Remove only while this epoch owns the session and its head is this: what the decision rests on. */
  readonly onlyAt?: { readonly epoch: Epoch; readonly seq: Seq; readonly hash: string } | undefined;
  /** `archived`: it lives on in an archive, and counts so until it is removed again as `deleted`. Default `deleted`. */
  readonly as?: 'archived' | 'deleted' | undefined;
  /** Also the history record, which is kept otherwise. */
  readonly history?: boolean | undefined;
};

/** A session and how to remove it. */
export type Removal = { readonly session: SessionId; readonly options: RemovalOptions };

/**
 * What became of a removal.
 * - `ok`: nothing of the session can be found any more.
 * - `missing`: there was nothing to remove: no session, no archived one, and no history record where that was asked for.
 * - `changed`: the session is not as `onlyAt` says. Nothing was changed.
 */
export type RemovalResult = { readonly outcome: 'ok' | 'missing' | 'changed' };

/** Sessions counted in the transactions that change them: always `created = live + archived + deleted`. */
export type StoreCounters = {
  readonly created: number;
  /** Stored and not archived. */
  readonly live: number;
  /** Of those alive: their status is `ended`. */
  readonly ended: number;
  /** Their status is `archived`, or they were removed as such. */
  readonly archived: number;
  readonly deleted: number;
};

/** How content goes for good. Each call can be repeated after a crash, and carries on where it stopped. */
export interface StoreRemoval {
  /** Erases contents; headers and hashes stay, so that the log verifies as before. */
  erase(session: SessionId, events: ErasedEvents): Promise<EraseResult>;
  /** Removes the events below `below`, which must lie behind a snapshot at `below - 1` or later. */
  prune(session: SessionId, below: Seq): Promise<PruneResult>;
  /** Removes a session: events, snapshots, row, invites, acts. */
  remove(session: SessionId, options?: RemovalOptions): Promise<RemovalResult>;
  /**
   * Takes every trace of what was erased, pruned, removed or replaced before this call out of the store's files. Takes time
   * in proportion to their size, in small steps. False: another process reads the files, so that it could not be finished.
   * When nobody asks, the store does it by itself once it is idle.
   */
  wipe(): Promise<boolean>;
  counters(): Promise<StoreCounters>;
  /**
   * The rev of the last removal, 0 without one. Whoever resumes a list from before it cannot see from the rows that follow
   * that a session is gone, and has to begin anew.
   */
  removedRev(): Promise<number>;
}
