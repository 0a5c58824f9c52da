import type { Seq } from '../protocol/ids.ts';

/** A whole session at `seq`, which is at most the entry's last event. A side write at a seq that is taken replaces it. */
export type SnapshotWrite = { readonly kind: 'snapshot'; readonly seq: Seq; readonly data: string };

/**
 * From now on {@link StoreQueries.findInvite} leads from a token's hash to this session; written again, it changes the
 * invite's name. A hash that belongs to another session is left alone.
 */
export type InviteWrite = { readonly kind: 'invite'; readonly hash: string; readonly invite: string };

/** The hash leads nowhere any more. One that is unknown, or of another session, is left alone. */
export type InviteEndWrite = { readonly kind: 'invite-end'; readonly hash: string };

/** Who did what to whom, for the audit's index; what it was in detail stands in the event at `seq`, at most the entry's last. */
export type ActWrite = {
  readonly kind: 'act';
  readonly seq: Seq;
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** Participant id, or `system`. */
  readonly who: string;
  /** Whom it was done to; null where it was done to the session itself. */
  readonly subject: string | null;
  /** As in `kick`. */
  readonly what: string;
};

/** The one history record of a session, replaced whole. It outlives the session's content. */
export type HistoryWrite = {
  readonly kind: 'history';
  /** JSON text, opaque to the store. */
  readonly data: string;
  /** Wall-clock milliseconds; the order of histories. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Participant ids by which it is found. */
  readonly people: readonly string[];
};

/**
 * Something to be delivered to the outside at least once, in order for each target. An id that waits already is left
 * alone, so that what is written twice is delivered once.
 */
export type OutboxWrite = {
  readonly kind: 'outbox';
  /** Names the delivery to its receiver; unique in the whole store. */
  readonly id: string;
  readonly body: string;
  /** Deliveries to one target are in order, those to different ones independent. Default: the empty text. */
  readonly target?: string | undefined;
};

/** The only writes that may ride in an append besides events and the row: written with them or not at all. */
export type SideWrite = SnapshotWrite | InviteWrite | InviteEndWrite | ActWrite | HistoryWrite | OutboxWrite;
