import type { Policies } from '../definition/policies.ts';
import type { StoredMessage } from '../protocol/event.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import type { AttachRequest } from '../protocol/ports.ts';
import type { Place } from './admission.ts';
import { attendanceMessage, type AttendanceChange } from './attendance.ts';
import type { BuiltInPlan } from './built-in.ts';
import {
  changeTree,
  isAudience,
  loseParticipants,
  noteReturn,
  noteSightChange,
  participantOf,
  putParticipant,
  returnParticipant,
  type MetaChange,
  type ParticipantEntry,
} from './people.ts';
import type { SessionLog } from './session-log.ts';

/** What coming or going is in an event, in the tree already. */
export type Attendance = MetaChange & { readonly messages: readonly StoredMessage[] };

/** What a login makes of its participant: new, back, or as before. `back` is what their return changes besides. */
export function arrivalOf(
  { tree, definition, head }: SessionLog,
  { identity: { id, name }, member }: AttachRequest,
  present: ParticipantEntry | undefined,
  place: Place,
  back: BuiltInPlan | undefined,
): Attendance {
  const changed = changeTree(tree, (meta, internal) => {
    if (present === undefined) putParticipant(meta, internal, definition, id, { name, role: place.role, joinedSeq: head + 1 });
    back?.change?.(meta, internal);
    noteSightChange(internal, back?.resighted ?? [], head + 1);
    if (present?.away === true) returnParticipant(meta, internal, id);
    if (present === undefined) {
      noteReturn(internal, id, head + 1);
      place.use?.(meta, internal, head + 1);
      if (member !== undefined && member !== null) internal.members[id] = member.role;
    }
  });
  const change = present === undefined ? 'joined' : present.away === true ? 'returned' : undefined;
  const { role } = place;
  const told = change === undefined ? [] : attendance(definition.policies, id, { name: present?.name ?? name, role }, change, change);
  return { ...changed, messages: told };
}

/** What it makes of participants that none of their connections came back in time. */
export function lossOf({ tree, definition }: SessionLog, ids: readonly ParticipantId[], reason: string): Attendance {
  if (ids.length === 0) return { meta: [], internal: [], messages: [] };
  const messages = ids.flatMap((id) => {
    const entry = participantOf(tree, id);
    return entry === undefined ? [] : attendance(definition.policies, id, entry, 'lost', reason);
  });
  return { ...loseParticipants(tree, ids, definition.policies.seat), messages };
}

/** Coming and going of the audience is counted, not told. */
function attendance(
  policies: Policies,
  id: ParticipantId,
  { name, role }: Pick<ParticipantEntry, 'name' | 'role'>,
  change: AttendanceChange,
  reason: string,
): StoredMessage[] {
  return isAudience(policies, role) ? [] : [attendanceMessage(id, name, change, reason)];
}
