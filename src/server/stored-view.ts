import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { refuse, type Outcome } from '../session/outcome.ts';
import { participantOf } from '../session/people.ts';
import { replay } from '../session/recovery.ts';
import { emptyTree, type Tree } from '../session/tree.ts';
import { sightOf } from '../session/view.ts';
import { projectView } from '../state/sight.ts';
import type { Store } from '../store/store.ts';

/** What is asked for: the whole, or what a participant saw; now, or at a seq. */
export type ViewRequest = { readonly as?: string | undefined; readonly at?: Seq | undefined };

/** A session at one seq, through somebody's eyes. */
export type StoredView = { readonly seq: Seq; readonly as: string; readonly meta: JsonObject; readonly state: JsonObject };

/** Rebuilds a session from the store, as it was at a seq, every event checked. What is shown is durable: nothing else is stored. */
export async function readStoredView(
  store: Pick<Store, 'get' | 'read' | 'readSnapshot'>,
  definitions: readonly SessionDefinition[],
  session: SessionId,
  { as = 'system', at }: ViewRequest,
): Promise<Outcome<{ view: StoredView }>> {
  const row = await store.get(session);
  if (row === undefined) return refuse('not-found', 'There is no such session.');
  const seq = at ?? row.headSeq;
  if (seq < 1 || seq > row.headSeq) return refuse('bad-request', `The log holds seq 1 to ${row.headSeq}.`);
  const rebuilt = await rebuild(store, session, seq);
  if (!rebuilt.ok) return rebuilt;
  const { tree } = rebuilt;
  if (as === 'system') return { ok: true, view: { seq, as, meta: tree.meta, state: tree.state } };
  const participant = participantOf(tree, as);
  if (participant === undefined) return refuse('not-found', `${as} took no part in the session at seq ${seq}.`);
  const definition = definitions.find(({ name }) => name === row.type);
  if (definition === undefined)
    return refuse('unknown-type', `What a participant may see is said by the definition of '${row.type}', which is not here.`);
  const seen = projectView(tree, sightOf(definition, { id: as as ParticipantId, role: participant.role }));
  return { ok: true, view: { seq, as, meta: seen.meta, state: seen.state } };
}

async function rebuild(store: Pick<Store, 'read' | 'readSnapshot'>, session: SessionId, upTo: Seq): Promise<Outcome<{ tree: Tree }>> {
  const snapshot = await store.readSnapshot(session, upTo);
  const tree = snapshot === undefined ? emptyTree() : (JSON.parse(snapshot.data) as Tree);
  const { seq, damage } = replay(tree, snapshot?.seq ?? 0, await store.read(session, snapshot?.seq ?? 0, upTo));
  if (seq === upTo) return { ok: true, tree };
  return refuse('quarantined', `seq ${seq + 1}: ${damage?.reason ?? 'the log ends before it'}`);
}
