import type { InviteFacts } from '../definition/moderation.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';

/** What an invitation is to. */
export type InvitedTo = { readonly session: string } | { readonly campaign: string };

/** How an invitation is to be. */
export type InviteWish = {
  /** The role of who comes by it. Default: the role that newcomers get. */
  readonly role?: string | undefined;
  /** Milliseconds for which it is good: default 7 days; null: it never ends. */
  readonly expiresInMs?: number | null | undefined;
  /** How many may join by it. Default: any number. */
  readonly uses?: number | null | undefined;
  /** For those who see the list: at most 80 characters. */
  readonly label?: string | null | undefined;
};

/** An invitation just made. The token is told this once: the server keeps no more than its hash. */
export type NewInvite = {
  /** Its id, by which it is found and revoked. */
  readonly invite: string;
  readonly token: string;
  /**
   * `#invite=<token>` on the server's own address, for a page that is served there; the part after `#` reaches no server. A
   * page elsewhere puts the token into an address of its own.
   */
  readonly link: string;
  readonly expiresAt: number | null;
};

/** An invitation in the list. */
export type Invite = InviteFacts & { readonly id: string };

/** What an invitation opens. */
export type InvitePreview = {
  readonly session: {
    readonly id: SessionId;
    readonly type: string;
    readonly name: string;
    readonly status: string;
    readonly ownerName: string;
    readonly seats: number;
    readonly maxSeats: number | null;
    readonly listing: JsonObject;
  };
  /** The role that one would have. */
  readonly role: string;
};

/** A guest: someone without an account. `token` is the credential for a client of theirs, good for this one session. */
export type Guest = {
  readonly token: string;
  readonly session: SessionId;
  readonly participant: { readonly id: ParticipantId; readonly name: string };
};

/** Invitations to sessions and campaigns. Every call rejects with a `HoldfastError`. */
export interface Invites {
  create(to: InvitedTo, wish?: InviteWish): Promise<NewInvite>;
  /** Every one, those that are over among them, for those who may invite. Never a token. */
  list(to: InvitedTo): Promise<readonly Invite[]>;
  /** Ends one, by its id. Who has joined by it stays. */
  revoke(to: InvitedTo, invite: string): Promise<void>;
  /** What the token of an invitation opens, without using it. Needs no credential; `invite-invalid` whatever is wrong with it. */
  preview(token: string): Promise<InvitePreview>;
  /** Becomes a guest, without an account. Needs no credential. The invitation is used when the guest joins. */
  redeem(token: string, as: { readonly name: string }): Promise<Guest>;
  /** From now on this client's account takes part as that guest, whose own token is worth nothing any more. */
  claim(guest: string): Promise<{ readonly session: SessionId; readonly participant: ParticipantId }>;
}
