import type { ParticipantFacts } from '../definition/session-meta.ts';
import type { ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';

/** Someone who takes part in a session. */
export type Participant = ParticipantFacts & { readonly id: ParticipantId };

/**
 * Who came, went or changed, and by which event. Later versions add kinds: ignore those you do not know.
 *
 * - `joined`, `left`: takes part from now on; left on purpose or was made to.
 * - `lost`: the connection did not come back in time; `returned`: it did, after that.
 * - `changed`: anything else in the entry (name, role, ...).
 */
export type ParticipantChange = {
  readonly kind: 'joined' | 'left' | 'lost' | 'returned' | 'changed';
  readonly seq: Seq;
  readonly participant: Participant;
  /** Why, where the server says so. */
  readonly reason?: string;
};

/** The message by which a session tells who came and went. */
export const ATTENDANCE = '@participant';

/** Everyone in `meta`, in the order in which they joined. */
export function participantsOf(meta: JsonObject): readonly Participant[] {
  return Object.entries(entriesOf(meta)).map(([id, facts]) => toParticipant(id, facts));
}

/** What is different between two states of `meta`; entries that are the same object are the same. */
export function diffParticipants(before: JsonObject, after: JsonObject, seq: Seq): ParticipantChange[] {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  if (old === now) return [];
  const change = (kind: ParticipantChange['kind'], id: string, facts: JsonValue) => ({ kind, seq, participant: toParticipant(id, facts) });
  return [
    ...Object.entries(old).flatMap(([id, facts]) => (Object.hasOwn(now, id) ? [] : change('left', id, facts))),
    ...Object.entries(now).flatMap(([id, facts]) => {
      if (!Object.hasOwn(old, id)) return change('joined', id, facts);
      return old[id] === facts ? [] : change('changed', id, facts);
    }),
  ];
}

/** What an event's attendance message says; who is gone already is as `before` has them. */
export function attendanceOf(payload: JsonValue, before: JsonObject, after: JsonObject, seq: Seq): ParticipantChange {
  // The server writes these messages itself, always of this form.
  const { id, name, change, reason } = Object(payload) as { id: string; name: string; change: 'joined'; reason?: string };
  const facts = entriesOf(after)[id] ?? entriesOf(before)[id] ?? { name, role: '', joinedSeq: 0 };
  return { kind: change, seq, participant: toParticipant(id, facts), ...(typeof reason === 'string' && { reason }) };
}

function entriesOf(meta: JsonObject): JsonObject {
  return Object(meta['participants']);
}

function toParticipant(id: string, facts: JsonValue): Participant {
  // The server writes `meta.participants` itself, always of this form.
  return { ...(facts as ParticipantFacts), id: id as ParticipantId };
}
