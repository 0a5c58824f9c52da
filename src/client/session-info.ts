import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';

/** A session as the list shows it. Times are wall-clock milliseconds. */
export type SessionInfo = {
  readonly id: SessionId;
  readonly type: string;
  readonly name: string;
  readonly status: string;
  readonly owner: ParticipantId;
  readonly ownerName: string;
  readonly campaign: string | null;
  readonly access: 'open' | 'members' | 'invite';
  readonly listed: boolean;
  /** Seats taken. */
  readonly seats: number;
  /** null: as many as come. */
  readonly maxSeats: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Grows with every change of any session on the server. */
  readonly rev: number;
  /** What the definition itself adds. */
  readonly listing: JsonObject;
};

/** Which sessions are wanted; what is absent does not matter. */
export type SessionFilter = {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
  readonly campaign?: string | undefined;
  readonly owner?: string | undefined;
  /** Part of the name, in any case. */
  readonly text?: string | undefined;
  readonly seatsFree?: boolean | undefined;
};

/** Which part of a long list is wanted. */
export type ListFilter = SessionFilter & {
  /** At most this many, newest first. */
  readonly limit?: number | undefined;
  /** `cursor` of the page before. */
  readonly cursor?: string | undefined;
};

/** A part of the list, newest first; `cursor` is there when more follows. */
export type SessionPage = { readonly sessions: readonly SessionInfo[]; readonly rev: number; readonly cursor?: string };

/** A range of events, both ends included; without `to` it goes up to now. */
export type MissedRange = { readonly from: number; readonly to?: number | undefined };

/** Messages of the events from `from` to `to`; `next` is there when more follows, and is the `from` of the page after this. */
export type MissedPage = {
  readonly from: number;
  readonly to: number;
  readonly messages: readonly { readonly seq: number; readonly name: string; readonly payload: JsonValue; readonly by: string }[];
  readonly next?: number;
};

/** What a new session is made with. */
export type CreateSession = {
  readonly name?: string | undefined;
  readonly campaign?: string | null | undefined;
  /** `open`: any authenticated person may join. `members`: the campaign’s (the default with one). `invite`: who is invited (the default without). */
  readonly access?: 'open' | 'members' | 'invite' | undefined;
  /** Most people who may take part; null: any number. */
  readonly maxParticipants?: number | null | undefined;
  /** Whether others find it in the list. */
  readonly listed?: boolean | undefined;
  /**
   * Join or create: gives back the session of this key that is there and not over, instead of another. A key is one within its
   * campaign, among sessions that are open to everyone, otherwise among your own.
   */
  readonly key?: string | undefined;
  /** Begins with what the definition calls by this name; `options` come on top. */
  readonly template?: string | undefined;
  /** Begins where that session of the same type stands, for who may end that one. */
  readonly from?: { readonly session: string } | undefined;
  /** For the definition's `initial`. */
  readonly options?: JsonObject | undefined;
};
