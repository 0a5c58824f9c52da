import type { SessionStatus } from '../definition/command-context.ts';
import type { EventContent, EventHeader } from '../protocol/event.ts';
import type { ConnectionId, InstanceId, ParticipantId, Seq, Tag } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { applyOps, parseOps } from '../state/apply.ts';
import { NO_ACTIVITY, noteActivity, type Activity } from './activity.ts';
import { settle } from './dedup.ts';
import { emptyHistory, remember, type History } from './history.ts';
import type { ParticipantEntry } from './people.ts';
import type { RecoveryEntry } from './recovery-act.ts';
import type { SessionTime } from './session-time.ts';
import type { TimerEntry } from './timer-entry.ts';

/** One settled command of an instance: number, hash of its body, seq of its event, and its result; of a large one only that it has one. */
export type WindowEntry = [number: number, body: number | null, seq: Seq, result?: JsonValue, isLarge?: true];

/** `low`: the lowest number whose answer may still be asked for, where that is not 1. */
export type InstanceRecord = { settled: number; last: Seq; window: WindowEntry[]; low?: number };

/** A connection whose place is kept: who it is, and what proves that it is the same one that comes back. */
export type ConnectionEntry = {
  participant: ParticipantId;
  instance: InstanceId;
  /** Hash of the reconnect token given out last. */
  token: string;
  /** Hash of the one before, good until the last one is used. */
  previous?: string;
};

/** What the session remembers for itself: in snapshots, in no view. `at`, `changedSeq`, `owners`, `instances` and `forgotten` follow from what every event says. */
export type Internal = {
  /** Secret of this session, base64url: proves that an instance id was issued here. */
  key: string;
  /** Time of the last event. */
  at: number;
  /** Last seq that changed `state`. */
  changedSeq: Seq;
  /** First seq of each owner and its tag, oldest first; bounded. */
  owners: [Seq, Tag][];
  connections: Record<ConnectionId, ConnectionEntry>;
  /** Participants whose role counts as audience: no seat, and no place in what others see. */
  audience: Record<ParticipantId, ParticipantEntry>;
  /** Hash of each invite's token, by the invite's id. */
  invites: Record<string, string>;
  /** What the campaign said of those who came as its members. */
  members: Record<ParticipantId, string>;
  /** Accounts that took over what a guest was: the guest's id, by theirs. */
  claims: Record<ParticipantId, ParticipantId>;
  /** Seq of the event that last changed what a participant may see; written by that event. */
  sightChanges: Record<ParticipantId, Seq>;
  instances: Record<ParticipantId, Record<InstanceId, InstanceRecord>>;
  /** Session time: it runs while the session is active. */
  time: SessionTime;
  /** What is to run by itself, by the timer's id. */
  timers: Record<string, TimerEntry>;
  /** The last recoveries that set something aside. */
  recoveries?: RecoveryEntry[];
  /** Whose content is being erased, and the event that asked for it; gone once that is done. */
  erasures?: Record<ParticipantId, Seq>;
  /** What an abandoned session was before. */
  before?: SessionStatus;
  /** Where the policy asks for it: whether somebody of the role `gm` is there, or everyone who was is gone. */
  gm?: 'here' | 'gone';
  /** When something last happened. Follows from what every event says. */
  activity: Activity;
  /** What the session is remembered by. Follows from what every event says. */
  history: History;
  /** Who takes part no more and has dedup windows yet, who went first first; bounded. */
  departed: ParticipantId[];
  /** Highest issue seq of the instances of those whose windows are not kept any more. */
  forgottenUpTo: Seq;
  /** Highest issue seq of the instances of a participant that had to be forgotten. */
  forgotten: Record<ParticipantId, Seq>;
};

/** Everything that one session is, at one seq. */
export type Tree = { meta: JsonObject; state: JsonObject; internal: Internal; parts: JsonObject };

const MOST_OWNERS = 64;

/** What a session is before its first event. */
export function emptyTree(): Tree {
  return {
    meta: {},
    state: {},
    internal: {
      key: '',
      at: 0,
      changedSeq: 0,
      owners: [],
      connections: {},
      audience: {},
      invites: {},
      members: {},
      claims: {},
      sightChanges: {},
      departed: [],
      forgottenUpTo: 0,
      instances: {},
      forgotten: {},
      time: { ranMs: 0, since: null },
      timers: {},
      activity: { ...NO_ACTIVITY },
      history: emptyHistory(),
    },
    parts: {},
  };
}

/** Brings `tree` from `header.seq - 1` to `header.seq`. The only way that a stored event becomes state. */
export function applyEvent(tree: Tree, header: EventHeader, content: EventContent | undefined): void {
  if (content?.ops !== undefined) applyOps(tree.state, parseOps(content.ops));
  if (content?.meta !== undefined) applyOps(tree.meta, parseOps(content.meta));
  if (content?.internal !== undefined) applyOps(tree.internal as JsonObject, parseOps(content.internal));
  note(tree, header, content);
}

/**
 * What follows from an event besides its ops. The actor, whose handlers have already written the ops in place, calls
 * this alone; recovery calls it through `applyEvent`: so both come to the same `internal`.
 */
export function note(tree: Tree, header: EventHeader, content: EventContent | undefined): void {
  const { internal } = tree;
  internal.at = header.at;
  if (content?.ops !== undefined) internal.changedSeq = header.seq;
  if (internal.owners.at(-1)?.[1] !== header.tag) {
    internal.owners.push([header.seq, header.tag]);
    if (internal.owners.length > MOST_OWNERS) internal.owners.shift();
  }
  settle(internal, header, content);
  noteActivity(tree, header, content);
  remember(tree, header, content);
}

/** The tag of the event at `seq`; undefined when its owner is no longer remembered. */
export function tagAt(internal: Internal, seq: Seq): Tag | undefined {
  for (let index = internal.owners.length - 1; index >= 0; index -= 1) {
    const owner = internal.owners[index];
    if (owner !== undefined && owner[0] <= seq) return owner[1];
  }
  return undefined;
}
