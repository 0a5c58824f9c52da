import type { StoredMessage } from '../protocol/event.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import type { ActWrite } from '../store/side-write.ts';

/** What can be told of a participant's coming and going. */
export type AttendanceChange = 'joined' | 'left' | 'lost' | 'returned';

/** Name of the message that tells everyone; user messages cannot begin with `@`. */
export const ATTENDANCE_MESSAGE = '@participant';

/** A participant's coming or going as part of its event. `reason` is a code or a word of the lifecycle. */
export function attendanceMessage(id: ParticipantId, name: string, change: AttendanceChange, reason: string): StoredMessage {
  return { name: ATTENDANCE_MESSAGE, payload: { id, name, change, reason } };
}

const ACTS: Readonly<Record<AttendanceChange, string>> = { joined: 'join', left: 'leave', lost: 'lost', returned: 'return' };

/** Lines for the audit of who came and went by an event, as its messages tell; the audience is counted only. */
export function attendanceActs(messages: readonly StoredMessage[], event: Pick<ActWrite, 'seq' | 'at' | 'who'>): ActWrite[] {
  return messages.flatMap(({ name, payload }) => {
    if (name !== ATTENDANCE_MESSAGE) return [];
    const { id, change } = payload as { id: string; change: AttendanceChange };
    return [{ kind: 'act', ...event, subject: id, what: ACTS[change] }];
  });
}
