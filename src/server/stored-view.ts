import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { refuse, type Outcome, type Refusal } from '../session/outcome.ts';
import { participantOf } from '../session/people.ts';
import { decodeText, rebuild } from '../session/recovery.ts';
import { sightOf } from '../session/view.ts';
import { projectView } from '../state/sight.ts';
import type { LogDamage, Store } from '../store/store.ts';
import { systemClock } from './system-clock-adapter.ts';

/** What is asked for: the whole, or what a participant saw; now, or at a seq. */
export type ViewRequest = { readonly as?: string | undefined; readonly at?: Seq | undefined };

/** A session at one seq, through somebody's eyes. */
export type StoredView = {
  readonly seq: Seq;
  readonly as: string;
  /** Version of the definition that the session had then. */
  readonly version: number;
  readonly meta: JsonObject;
  readonly state: JsonObject;
};

type Logs = Pick<Store, 'get' | 'read' | 'readSnapshot' | 'snapshots'>;

/** Rebuilds a session from the store, as it was at a seq, every event checked. What is shown is durable: nothing else is stored. */
export async function readStoredView(
  store: Logs,
  definitions: readonly SessionDefinition[],
  session: SessionId,
  { as = 'system', at }: ViewRequest,
): Promise<Outcome<{ view: StoredView }>> {
  const row = await store.get(session);
  if (row === undefined) return refuse('not-found', 'There is no such session.');
  const seq = at ?? row.headSeq;
  if (seq < 1 || seq > row.headSeq) return refuse('bad-request', `The log holds seq 1 to ${row.headSeq}.`);
  const rebuilt = await rebuild(store, { session, upTo: seq, clock: systemClock });
  if (rebuilt.kind === 'damaged') return cannotShow(store, session, seq, rebuilt.damage);
  const { tree } = rebuilt;
  const version = await versionAt(store, session, seq, row.definitionVersion);
  if (as === 'system') return { ok: true, view: { seq, as, version, meta: tree.meta, state: tree.state } };
  const participant = participantOf(tree, as);
  if (participant === undefined) return refuse('not-found', `${as} took no part in the session at seq ${seq}.`);
  const definition = definitions.find(({ name }) => name === row.type);
  if (definition?.version !== version) {
    const here = definition === undefined ? 'which is not here' : `here is version ${definition.version}`;
    return refuse('unknown-type', `What a participant saw then is said by version ${version} of the definition of '${row.type}'; ${here}.`);
  }
  const seen = projectView(tree, sightOf(definition, { id: as as ParticipantId, role: participant.role }));
  return { ok: true, view: { seq, as, version, meta: seen.meta, state: seen.state } };
}

/** A seq whose events are erased or pruned is gone for good, and so are those up to the next snapshot. */
async function cannotShow(store: Logs, session: SessionId, seq: Seq, { seq: at, reason }: LogDamage): Promise<Refusal> {
  const { events, prunedTo } = await store.read(session, at - 1, at);
  const isGone = prunedTo !== undefined || events.some(({ content }) => content === undefined);
  if (!isGone) return refuse('quarantined', `seq ${at}: ${reason}`);
  const next = (await store.snapshots(session)).filter((each) => each.intact && each.seq > seq).map((each) => each.seq);
  const first = next.length === 0 ? '' : ` The next that is held is seq ${Math.min(...next)}.`;
  return refuse('bad-request', `Seq ${seq} cannot be shown any more: its content was erased or pruned.${first}`);
}

async function versionAt(store: Logs, session: SessionId, seq: Seq, now: number): Promise<number> {
  const { events } = await store.read(session, seq - 1, seq);
  return events[0] === undefined ? now : decodeText(events[0]).header.definition;
}
