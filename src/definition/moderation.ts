import type { ParticipantId, Seq } from '../protocol/ids.ts';

/** An invitation as those see it who run a session; its token is nowhere. Times are wall-clock milliseconds. */
export type InviteFacts = {
  /** The role of who comes by it. */
  readonly role: string;
  /** null: never. */
  readonly expiresAt: number | null;
  /** How many may join by it; null: any number. */
  readonly uses: number | null;
  readonly used: number;
  readonly by: ParticipantId | 'system';
  readonly at: number;
  readonly label: string | null;
  readonly revoked?: true;
  /** Who joined by it, and by which event: the latest 100. */
  readonly usedBy: { readonly [participant: string]: Seq };
};

/** How someone is kept out. */
export type BanFacts = {
  readonly name: string;
  readonly by: ParticipantId | 'system';
  readonly at: number;
  readonly reason: string | null;
  /** null: for good. */
  readonly until: number | null;
};

/** What only those see who run a session. */
export type Moderation = {
  readonly invites?: { readonly [invite: string]: InviteFacts };
  readonly bans?: { readonly [participant: string]: BanFacts };
};
