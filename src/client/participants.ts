import type { ParticipantFacts } from '../definition/session-meta.ts';
import type { ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';

/** Someone who takes part in a session. */
export type Participant = ParticipantFacts & { readonly id: ParticipantId };

/** Who came, went or changed (name or role), and by which event. Later versions add kinds: ignore those you do not know. */
export type ParticipantChange = { readonly kind: 'joined' | 'left' | 'changed'; readonly seq: Seq; readonly participant: Participant };

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

function entriesOf(meta: JsonObject): JsonObject {
  return Object(meta['participants']);
}

function toParticipant(id: string, facts: JsonValue): Participant {
  // The server writes `meta.participants` itself, always of this form.
  return { ...(facts as ParticipantFacts), id: id as ParticipantId };
}
