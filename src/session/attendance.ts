import type { StoredMessage } from '../protocol/event.ts';
import type { ParticipantId } from '../protocol/ids.ts';

/** What can be told of a participant's coming and going. */
export type AttendanceChange = 'joined' | 'left' | 'lost' | 'returned';

/** Name of the message that tells everyone; user messages cannot begin with `@`. */
export const ATTENDANCE_MESSAGE = '@participant';

/** A participant's coming or going as part of its event. `reason` is a code or a word of the lifecycle. */
export function attendanceMessage(id: ParticipantId, name: string, change: AttendanceChange, reason: string): StoredMessage {
  return { name: ATTENDANCE_MESSAGE, payload: { id, name, change, reason } };
}
