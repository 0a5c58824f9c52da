import type { ConnectionId, ParticipantId } from './ids.ts';
import type { JsonValue } from './json.ts';

/** `online`: someone is there. `idle`: connected, but nobody has done anything for a while. `disconnected`: takes part, and is not here. */
export type PresenceStatus = 'online' | 'idle' | 'disconnected';

/** How one participant is present, over all devices. */
export type PresenceEntry = {
  status: PresenceStatus;
  /** Since when, in server wall-clock milliseconds; of who was not seen since the session woke: since then. */
  since: number;
  /** What they are doing (`typing`, `rolling`, `acting`, ...), and when that is over if it is not said again. */
  activity?: { name: string; untilMs: number };
  /** Whatever the application shows of them: a cursor, a selection. */
  data?: JsonValue;
};

/** What is known of one connection of a participant. Only those who run the session are told. */
export type PresenceConnection = {
  connection: ConnectionId;
  /** Milliseconds of its last round trip, as its client measured it; null before the first. */
  rttMs: number | null;
  /** When it last gave a sign of life, in server wall-clock milliseconds, give or take a second. */
  lastHeardMs: number;
  /** Bytes that it has not read yet, as far as the server knows. */
  unsentBytes: number;
};

/** Who is here. Soft: nothing of it is in the log, and a slow reader gets only the last of it. */
export type PresenceFrame = {
  t: 'presence';
  /** True: this is all of it, and takes the place of what was. Otherwise each entry takes the place of that entry. */
  full?: true;
  /** Null: no longer takes part. */
  people: Record<ParticipantId, PresenceEntry | null>;
  /** Each list takes the place of that participant's. */
  details?: Record<ParticipantId, PresenceConnection[]>;
  /** How many of the audience are here, where that changed. */
  audience?: number;
  /** With `full`: after this long without input a client is to call itself idle. */
  idleAfterMs?: number;
};

/** What a client says of its person. Each member that is given takes the place of what it said before. */
export type OwnPresenceFrame = {
  t: 'presence';
  idle?: boolean;
  /** Null ends it. `ttlMs`: 1 to 30,000, default 5,000. */
  activity?: { name: string; ttlMs?: number } | null;
  /** At most 1 KiB of JSON. Null takes it away. */
  data?: JsonValue | null;
};

/** Bounds of what a client says of its person. */
export const PRESENCE_LIMITS = { activityName: 32, activityMs: 30_000, data: 1_024 } as const;
/** How long an activity lasts where its client does not say. */
export const ACTIVITY_MS = 5_000;
