import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Manage } from './manage.ts';
import type { Participant } from './participants.ts';

/** A campaign as its members see it. */
export type Campaign = {
  readonly id: SessionId;
  readonly name: string;
  readonly description: string;
  readonly archived: boolean;
  readonly owner: ParticipantId;
  /** Wall-clock milliseconds. */
  readonly createdAt: number;
  /** In the order in which they joined. */
  readonly members: readonly Participant[];
};

/** What a session is remembered by, also when its content is gone. Times are wall-clock milliseconds. */
export type SessionRecord = {
  readonly session: SessionId;
  /** null: the session itself is gone. */
  readonly name: string | null;
  readonly type: string;
  readonly createdAt: number;
  readonly createdBy: ParticipantId | 'system';
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly endedBy: ParticipantId | 'system' | null;
  readonly reason: JsonValue;
  readonly result: JsonValue;
  /** How long it was active: without the lobby and without pauses. Up to its last change of status. */
  readonly playedMs: number;
  readonly pauses: readonly { readonly at: number; readonly until: number | null; readonly by: string; readonly reason: JsonValue }[];
  /** Who took part, by id: since when in which role, and from when until when (null: still, or to the end). */
  readonly people: {
    readonly [participant: string]: {
      readonly name: string;
      readonly roles: readonly (readonly [at: number, role: string])[];
      readonly times: readonly (readonly [from: number, until: number | null])[];
    };
  };
  /** Key events: what the definition kept by `ctx.highlight`. */
  readonly highlights: readonly {
    readonly seq: number;
    readonly at: number;
    readonly by: string;
    readonly text: string;
    readonly data?: JsonValue;
  }[];
};

/** A part of a campaign's record; `cursor` is there when more follows. */
export type CampaignHistory = { readonly sessions: readonly SessionRecord[]; readonly cursor?: string };

/** An act on a campaign: the same as on a session (see `Manage`), with the campaign's id before its arguments. */
type ActOn<Name extends keyof Manage> =
  Parameters<Manage[Name]> extends [infer Args] ? (campaign: string, args: Args) => Promise<void> : (campaign: string) => Promise<void>;

/**
 * Lasting groups of people: made, found, described and put away, their members taken in and out. Sessions belong to one by
 * `sessions.create(type, { campaign })`. Every call rejects with a `HoldfastError`; to who is no member a campaign is missing.
 */
export interface Campaigns {
  /** Makes a campaign; who makes it owns it and is its first GM. */
  create(request: { readonly name: string }): Promise<Campaign>;
  /** Those that one is a member of, the one begun last first. */
  list(): Promise<readonly Campaign[]>;
  get(campaign: string): Promise<Campaign>;
  /** What it is about: at most 2,000 characters. For its GMs. */
  describe(campaign: string, text: string): Promise<void>;
  /** Puts it away, so that no session can be created in it, or takes it out again (`false`). For its GMs. */
  archive(campaign: string, archived?: boolean): Promise<void>;
  /** Everyone in it, for its owner and GMs. */
  members(campaign: string): Promise<readonly Participant[]>;
  /** What its sessions are remembered by, the one begun last first; `cursor` of the page before continues there. For its members. */
  history(campaign: string, page?: { readonly limit?: number; readonly cursor?: string }): Promise<CampaignHistory>;
  /** Becomes a member by the token of an invitation. */
  join(campaign: string, args: { readonly invite: string }): Promise<void>;
  /** Is no member any more, from now on. */
  leave(campaign: string): Promise<void>;
  readonly rename: ActOn<'rename'>;
  readonly role: ActOn<'role'>;
  readonly handOver: ActOn<'handOver'>;
  readonly transfer: ActOn<'transfer'>;
  readonly kick: ActOn<'kick'>;
  readonly ban: ActOn<'ban'>;
  readonly unban: ActOn<'unban'>;
  readonly lock: ActOn<'lock'>;
}
