import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Quarantine } from '../store/store-recovery.ts';
import type { CatalogueRow, LogDamage, Store } from '../store/store.ts';
import { rebuild, replay } from './recovery.ts';
import { reportQuarantine, type QuarantineReport } from './recovery-report.ts';
import { emptyTree, type Tree } from './tree.ts';
import type { Invariant } from './tree-fault.ts';

/** Events read at a time. */
const WINDOW = 1_024;

/** A stored snapshot against the log: `agrees` is null where the log no longer holds what it would take to tell. */
export type VerifiedSnapshot = { readonly seq: Seq; readonly intact: boolean; readonly agrees: boolean | null };

/**
 * What became of checking a session.
 * - `sound`: every event and snapshot is good.
 * - `flawed`: something is damaged that its waking does not need.
 * - `damaged`: it cannot be woken; `report` says what finishes the matter.
 * - `quarantined`: it is marked, whatever its log says.
 */
export type Verification = {
  readonly session: SessionId;
  readonly type: string;
  readonly verdict: 'sound' | 'flawed' | 'damaged' | 'quarantined';
  readonly headSeq: Seq;
  /** Events that were checked; the first one after what was pruned is `base + 1`. */
  readonly events: number;
  readonly base: Seq;
  readonly damage?: LogDamage | undefined;
  readonly snapshots: readonly VerifiedSnapshot[];
  readonly report?: QuarantineReport | undefined;
};

export type VerifyTools = { readonly store: Store; readonly clock: Pick<Clock, 'monotonic' | 'now'> };

/** Checks everything that is stored of a session. Changes nothing. Undefined when there is no such session. */
export async function verifySession(
  { store, clock }: VerifyTools,
  session: SessionId,
  definitionOf: (type: string) => (Invariant & Pick<SessionDefinition, 'version'>) | undefined,
): Promise<Verification | undefined> {
  const row = await store.get(session);
  if (row === undefined) return undefined;
  const log = await walk(store, row);
  const definition = definitionOf(row.type);
  // What must hold of a state holds of one of this version.
  const invariant = definition?.version === row.definitionVersion ? definition : undefined;
  const waking = await rebuild(store, { session, upTo: row.headSeq, clock, invariant });
  const marked = (await store.quarantined()).find((mark) => mark.session === session);
  const mark = marked ?? (waking.kind === 'damaged' ? found(row, waking.damage, clock) : undefined);
  const isFlawed = log.damage !== undefined || log.snapshots.some(({ intact, agrees }) => !intact || agrees === false);
  const verdict = marked !== undefined ? 'quarantined' : mark !== undefined ? 'damaged' : isFlawed ? 'flawed' : 'sound';
  const damage = log.damage ?? (waking.kind === 'damaged' ? waking.damage : undefined);
  const facts = { session, type: row.type, verdict, headSeq: row.headSeq, ...log, damage } as const;
  return mark === undefined ? facts : { ...facts, report: await reportQuarantine(store, mark) };
}

function found({ session }: CatalogueRow, { seq, reason }: LogDamage, clock: Pick<Clock, 'now'>): Quarantine {
  return { session, kind: 'damage', reason, seq: seq - 1, at: clock.now() };
}

type Walked = Pick<Verification, 'events' | 'base' | 'damage' | 'snapshots'>;

/** Reads the whole log in order, and compares each snapshot with what the events before it lead to. */
async function walk(store: Store, { session, headSeq }: CatalogueRow): Promise<Walked> {
  const { prunedTo: base = 0 } = await store.read(session, 0, 1);
  const states = await store.snapshots(session);
  const compared = new Map<Seq, boolean | null>();
  let tree: Tree | undefined = base === 0 ? emptyTree() : undefined;
  let damage: LogDamage | undefined;
  let seq = base;
  while (seq < headSeq && damage === undefined) {
    const stops = states.filter((state) => state.intact && state.seq > seq).map((state) => state.seq);
    const upTo = Math.min(headSeq, seq + WINDOW, ...stops);
    const { events, damage: found } = await store.read(session, seq, upTo);
    // Erased contents cannot be applied; the chain holds all the same, and a later snapshot begins anew.
    if (events.some(({ content }) => content === undefined)) tree = undefined;
    const applied = tree === undefined ? { seq: seq + events.length, damage: undefined } : replay(tree, seq, { events });
    seq = applied.seq;
    damage = applied.damage ?? found;
    if (damage === undefined && seq < upTo) damage = { seq: seq + 1, reason: `the log ends at seq ${seq}, the catalogue says ${headSeq}` };
    if (damage === undefined && stops.includes(seq)) tree = await compare(store, session, seq, tree, compared);
  }
  const snapshots = states.map(({ seq: at, intact }) => ({ seq: at, intact, agrees: compared.get(at) ?? null }));
  return { events: seq - base, base, damage, snapshots };
}

async function compare(
  store: Store,
  session: SessionId,
  seq: Seq,
  tree: Tree | undefined,
  compared: Map<Seq, boolean | null>,
): Promise<Tree | undefined> {
  const snapshot = await store.readSnapshot(session, seq);
  if (snapshot?.seq !== seq) return tree;
  if (tree !== undefined) compared.set(seq, JSON.stringify(tree) === snapshot.data);
  return tree ?? (JSON.parse(snapshot.data) as Tree);
}
