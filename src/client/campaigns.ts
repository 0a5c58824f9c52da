import type { ParticipantId, SessionId } from '../protocol/ids.ts';
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
