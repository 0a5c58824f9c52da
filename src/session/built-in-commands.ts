import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import type { Identity } from '../protocol/ports.ts';
import type { Op } from '../state/op.ts';
import { startRecording } from '../state/recording.ts';
import { own } from './own.ts';
import { refuse, type Refusal } from './outcome.ts';

/** A participant as kept in `meta.participants`. */
export type ParticipantEntry = { name: string; role: string; joinedSeq: Seq; away?: true };

/** Typed reading of `meta`, which built-in commands alone write. */
export function participantOf(meta: JsonObject, id: ParticipantId): ParticipantEntry | undefined {
  const participants = meta['participants'] as Record<string, ParticipantEntry> | undefined;
  return own(participants, id);
}

export function seatsTaken(meta: JsonObject): number {
  return Object.keys((meta['participants'] as JsonObject | undefined) ?? {}).length;
}

/** Records what `change` does to `meta`. */
export function changeMeta(meta: JsonObject, change: (draft: JsonObject) => void): Op[] {
  const recording = startRecording(meta);
  try {
    change(recording.draft);
    return recording.finish();
  } catch (error) {
    recording.undo();
    throw error;
  }
}

/** The role that a newcomer gets, or why there is no place. */
export function placeFor(
  meta: JsonObject,
  definition: SessionDefinition,
  identity: Identity,
  wished: string | undefined,
): { role: string } | Refusal {
  const isOwner = meta['owner'] === identity.id;
  // Ids of participants are keys of `meta`.
  if (!isPlainKey(identity.id)) return refuse('forbidden', `The identity '${identity.id}' cannot take part; use another id for it.`);
  if (meta['status'] === 'ended') return refuse('ended');
  if (!isOwner && meta['access'] !== 'open') return refuse('not-found');
  const most = meta['maxParticipants'];
  if (typeof most === 'number' && seatsTaken(meta) >= most) return refuse('full', `The session has no free seat: all ${most} are taken.`);
  return roleFor(definition, isOwner, wished);
}

function roleFor(definition: SessionDefinition, isOwner: boolean, wished: string | undefined): { role: string } | Refusal {
  const { creatorRole, joinRole } = definition.policies;
  const legal = isOwner ? [creatorRole, joinRole, 'spectator'] : [joinRole, 'spectator'];
  if (wished === undefined) return { role: isOwner ? creatorRole : joinRole };
  if (legal.includes(wished)) return { role: wished };
  return refuse('forbidden', `You cannot join as ${wished}; legal here: ${[...new Set(legal)].join(', ')}.`);
}

export function joinParticipant(meta: JsonObject, identity: Identity, role: string, seq: Seq): Op[] {
  return changeMeta(meta, (draft) => {
    (draft['participants'] as JsonObject)[identity.id] = { name: identity.name, role, joinedSeq: seq };
  });
}

/** Marks participants as lost, or takes their seats, as the policy says. */
export function loseParticipants(meta: JsonObject, ids: readonly ParticipantId[], seat: 'held' | 'freed'): Op[] {
  return changeMeta(meta, (draft) => {
    const participants = draft['participants'] as Record<string, ParticipantEntry>;
    for (const id of ids) {
      if (seat === 'freed') delete participants[id];
      else if (participants[id] !== undefined) participants[id].away = true;
    }
  });
}

/** Who was lost is here again. */
export function returnParticipant(meta: JsonObject, id: ParticipantId): Op[] {
  return changeMeta(meta, (draft) => {
    delete (draft['participants'] as Record<string, ParticipantEntry>)[id]?.away;
  });
}

export function leaveParticipant(meta: JsonObject, id: ParticipantId): Op[] {
  return changeMeta(meta, (draft) => {
    delete (draft['participants'] as JsonObject)[id];
  });
}

export function endSession(meta: JsonObject, by: string, reason: JsonValue): Op[] {
  return changeMeta(meta, (draft) => {
    draft['status'] = 'ended';
    draft['endedBy'] = by;
    if (reason !== null) draft['reason'] = reason;
  });
}
