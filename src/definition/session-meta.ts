import type { ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { SessionStatus } from './command-context.ts';
import type { Moderation } from './moderation.ts';
import type { Access } from './policies.ts';

/** What everyone may know of a participant. */
export type ParticipantFacts = {
  readonly name: string;
  readonly role: string;
  /** Seq of the event by which they joined. */
  readonly joinedSeq: Seq;
  /** Present once they were lost and had not returned in time. */
  readonly away?: true;
  /** As in `#1a2b3c`. */
  readonly color?: string;
  /** An https address of a picture. */
  readonly avatar?: string;
};

/** What a session says of itself, besides its state. */
export type SessionMeta = {
  readonly type: string;
  readonly name: string;
  readonly status: SessionStatus;
  /** The current mode; absent where the definition has no modes. */
  readonly mode?: string;
  readonly access: Access;
  /** Nobody new comes in while it is there. */
  readonly locked?: true;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Kept out of lists when false. */
  readonly listed: boolean;
  readonly campaign: string | null;
  /** Who created the session; `system` for the host's code. */
  readonly owner: ParticipantId | 'system';
  readonly ownerName: string;
  readonly maxParticipants: number | null;
  readonly participants: { readonly [id: string]: ParticipantFacts };
  /** When it first became active. Absent in the lobby. Times are in milliseconds since 1970. */
  readonly startedAt?: number;
  /** While it is paused: who paused it (`system` for the host) and when. */
  readonly pausedBy?: ParticipantId | 'system';
  readonly pausedAt?: number;
  /** Why it is paused, or why it ended, where that was said. */
  readonly reason?: JsonValue;
  /** The host means to end the session because nothing happens in it; null where the host did not say when. */
  readonly warning?: { readonly at: number; readonly until: number | null; readonly reason: JsonValue };
  readonly endedBy?: ParticipantId | 'system';
  readonly endedAt?: number;
  /** What the session ended with, once it has. */
  readonly result?: JsonValue;
  /** Invitations and bans: for the role `gm`, and absent for everyone else. */
  readonly moderation?: Moderation;
};
