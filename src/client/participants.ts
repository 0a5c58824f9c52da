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
  const old = entriesOf(before);
  const now = entriesOf(after);
  if (old === now) return [];
  const changes: ParticipantChange[] = [];
  for (const [id, facts] of Object.entries(old)) {
    if (!Object.hasOwn(now, id)) changes.push({ kind: 'left', seq, participant: toParticipant(id, facts) });
  }
  for (const [id, facts] of Object.entries(now)) {
    if (!Object.hasOwn(old, id)) changes.push({ kind: 'joined', seq, participant: toParticipant(id, facts) });
    else if (old[id] !== facts) changes.push({ kind: 'changed', seq, participant: toParticipant(id, facts) });
  }
  return changes;
}

const NOBODY: JsonObject = {};

function entriesOf(meta: JsonObject): JsonObject {
  const participants = meta['participants'];
  return typeof participants === 'object' && participants !== null && !Array.isArray(participants) ? participants : NOBODY;
}

function toParticipant(id: string, facts: JsonValue): Participant {
  // The server writes `meta.participants` itself, always of this form.
  return { ...(facts as ParticipantFacts), id: id as ParticipantId };
}
