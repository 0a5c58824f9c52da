import type { Policies } from '../definition/policies.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { StoredOp } from '../protocol/event.ts';
import type { InstanceId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Op } from '../state/op.ts';
import { startRecording } from '../state/recording.ts';
import { issuedAt } from './instance-id.ts';
import { own } from './own.ts';
import { TAIL_MOST } from './tail-most.ts';
import type { Tree } from './tree.ts';

/** A participant as kept in `meta.participants`, or, with a role that counts as audience, in `internal.audience`. */
export type ParticipantEntry = { name: string; role: string; joinedSeq: Seq; away?: true; color?: string; avatar?: string };

/** Of so many who take part no more the dedup windows are kept. */
const DEPARTED_MOST = 256;

/** What an event changes besides the state. It is in the tree already. */
export type MetaChange = { readonly meta: readonly Op[]; readonly internal: readonly StoredOp[] };

export function participantOf(tree: Tree, id: string): ParticipantEntry | undefined {
  return own(listed(tree), id) ?? own(tree.internal.audience, id);
}

/** Everyone who takes part, the audience included. */
export function everyone(tree: Tree): [ParticipantId, ParticipantEntry][] {
  return [...Object.entries(listed(tree)), ...Object.entries(tree.internal.audience)] as [ParticipantId, ParticipantEntry][];
}

/** The audience takes no seat. */
export function seatsTaken(meta: JsonObject): number {
  return Object.keys((meta['participants'] as JsonObject | undefined) ?? {}).length;
}

/** True where every seat is taken. */
export function isFullHouse(meta: JsonObject): boolean {
  const most = meta['maxParticipants'];
  return typeof most === 'number' && seatsTaken(meta) >= most;
}

export function isAudience(policies: Pick<Policies, 'audience'>, role: string): boolean {
  return policies.audience.includes(role);
}

/** Records what `change` does to `meta` and `internal`. */
export function changeTree(tree: Tree, change: (meta: JsonObject, internal: Tree['internal']) => void): MetaChange {
  const meta = startRecording(tree.meta);
  const internal = startRecording(tree.internal);
  try {
    change(meta.draft, internal.draft);
    return { meta: meta.finish(), internal: internal.finish() };
  } catch (error) {
    internal.undo();
    meta.undo();
    throw error;
  }
}

/** Puts a participant where their role belongs. */
export function putParticipant(
  meta: JsonObject,
  internal: Tree['internal'],
  definition: SessionDefinition,
  id: ParticipantId,
  entry: ParticipantEntry,
): void {
  const participants = meta['participants'] as Record<string, ParticipantEntry>;
  if (isAudience(definition.policies, entry.role)) {
    delete participants[id];
    internal.audience[id] = entry;
  } else {
    delete internal.audience[id];
    participants[id] = entry;
  }
  const departed = internal.departed.indexOf(id);
  if (departed >= 0) internal.departed.splice(departed, 1);
}

/** From that event on these participants may see something else. What is too old for any tail is forgotten. */
export function noteSightChange(internal: Tree['internal'], participants: readonly ParticipantId[], seq: Seq): void {
  if (participants.length === 0) return;
  for (const [participant, changedAt] of Object.entries(internal.sightChanges))
    if (changedAt < seq - TAIL_MOST) delete internal.sightChanges[participant as ParticipantId];
  for (const participant of participants) internal.sightChanges[participant] = seq;
}

/** Whoever went for good and comes again is not given what was said meanwhile: it was not said to them. */
export function noteReturn(internal: Tree['internal'], participant: ParticipantId, seq: Seq): void {
  if (own(internal.sightChanges, participant) !== undefined) noteSightChange(internal, [participant], seq);
}

export function removeParticipant(meta: JsonObject, internal: Tree['internal'], id: ParticipantId): void {
  delete (meta['participants'] as JsonObject)[id];
  delete internal.audience[id];
  delete internal.members[id];
  forgetLongGone(internal, id);
}

/** What clients of theirs were answered is kept for those who went last: who returns after many others begins anew. */
function forgetLongGone(internal: Tree['internal'], id: ParticipantId): void {
  if (internal.departed.includes(id)) return;
  internal.departed.push(id);
  if (internal.departed.length <= DEPARTED_MOST) return;
  const oldest = internal.departed.shift() as ParticipantId;
  const issued = Object.keys(own(internal.instances, oldest) ?? {}).map((instance) => issuedAt(instance as InstanceId));
  internal.forgottenUpTo = Math.max(internal.forgottenUpTo, own(internal.forgotten, oldest) ?? 0, ...issued);
  delete internal.instances[oldest];
  delete internal.forgotten[oldest];
}

/** Marks participants as lost, or takes their seats, as the policy says. */
export function loseParticipants(tree: Tree, ids: readonly ParticipantId[], seat: Policies['seat']): MetaChange {
  return changeTree(tree, (meta, internal) => {
    for (const id of ids) {
      const entry = own(meta['participants'] as Record<string, ParticipantEntry>, id) ?? own(internal.audience, id);
      if (seat === 'freed') removeParticipant(meta, internal, id);
      else if (entry !== undefined) entry.away = true;
    }
  });
}

/** Who was lost is here again. */
export function returnParticipant(meta: JsonObject, internal: Tree['internal'], id: ParticipantId): void {
  delete own(meta['participants'] as Record<string, ParticipantEntry>, id)?.away;
  delete own(internal.audience, id)?.away;
}

function listed(tree: Tree): Record<string, ParticipantEntry> {
  return (tree.meta['participants'] ?? {}) as Record<string, ParticipantEntry>;
}
