import type { Seq, SessionId } from '../protocol/ids.ts';
import type { CatalogueRow } from './store.ts';

/** Where an invite's token leads. */
export type FoundInvite = { readonly session: SessionId; readonly invite: string };

/** One act as indexed, see `ActWrite`. `id` tells acts of one moment apart. */
export type ActRow = {
  readonly id: number;
  readonly session: SessionId;
  readonly seq: Seq;
  readonly at: number;
  readonly who: string;
  readonly subject: string | null;
  readonly what: string;
};

/** Acts that fulfil everything given, newest first. */
export type ActQuery = {
  readonly who?: string | undefined;
  readonly subject?: string | undefined;
  readonly session?: SessionId | undefined;
  /** Wall-clock milliseconds: at or after `from`, before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most this many. Default 100, most 1000. */
  readonly limit?: number | undefined;
  /** Continue after this row. */
  readonly before?: Pick<ActRow, 'at' | 'id'> | undefined;
};

/** The history record of one session, see `HistoryWrite`; the session itself may be gone. */
export type HistoryRow = {
  readonly session: SessionId;
  /** Name of the definition. */
  readonly type: string;
  /** The session's campaign when the record was last written. */
  readonly campaign: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly people: readonly string[];
  readonly data: string;
};

/** History records that fulfil everything given, latest start first. */
export type HistoryQuery = {
  readonly session?: SessionId | undefined;
  readonly type?: string | undefined;
  readonly campaign?: string | undefined;
  readonly person?: string | undefined;
  /** Wall-clock milliseconds: started at or after `from`, before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most this many. Default 100, most 1000. */
  readonly limit?: number | undefined;
  /** Continue after this row. */
  readonly before?: Pick<HistoryRow, 'startedAt' | 'session'> | undefined;
};

/** How many sessions one version of a definition has stored. */
export type VersionCount = { readonly type: string; readonly version: number; readonly sessions: number };

/** A row of a listing by due time, to continue after. */
export type DueAfter = { readonly nextDueAt: number; readonly session: SessionId };

/** A row of a listing by the time of cleanup, to continue after. */
export type CleanupAfter = { readonly cleanupAt: number; readonly session: SessionId };

/** What is found by the side writes and the due times of sessions, however many are stored. */
export interface StoreQueries {
  findInvite(hash: string): Promise<FoundInvite | undefined>;
  acts(query: ActQuery): Promise<readonly ActRow[]>;
  history(query: HistoryQuery): Promise<readonly HistoryRow[]>;
  /**
   * Sessions whose `nextDueAt` is `before` or earlier (both ends included), the earliest first, at most `limit` (most
   * 1000). `after` continues a listing.
   */
  due(before: number, limit: number, after?: DueAfter): Promise<readonly CatalogueRow[]>;
  /** The same by `cleanupAt`. */
  dueForCleanup(before: number, limit: number, after?: CleanupAfter): Promise<readonly CatalogueRow[]>;
  /** Which versions of which definitions have stored sessions, and how many: by type, then version. */
  versions(): Promise<readonly VersionCount[]>;
}
