import { DEFAULT_POLICIES } from '../definition/policies.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import { encodeContent, encodeHeader } from '../protocol/event-text.ts';
import type { EventContent, EventHeader, StoredOp } from '../protocol/event.ts';
import type { SnapshotFrame } from '../protocol/frames.ts';
import type { Epoch, InstanceId, LogId, ParticipantId, Position, Seq, SessionId, Tag } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import type { Rewind } from '../store/store-recovery.ts';
import type { CatalogueFields, CatalogueRow, SideWrite, Store } from '../store/store.ts';
import { base64url } from './base64url.ts';
import { catalogueFields } from './catalogue-fields.ts';
import { historyWrite } from './history.ts';
import { refuse, type Outcome } from './outcome.ts';
import { own } from './own.ts';
import { decodeText, rebuild, type Rebuilt } from './recovery.ts';
import { readStretch, stretchIn, stretchJson, type NumberRanges, type Stretch, type StretchWithNumbers } from './recovery-report.ts';
import { applyEvent, type Internal, type Tree } from './tree.ts';

/** What a client of an earlier log is told: which log ended at which seq, and whose commands were set aside. */
export type RecoveryEntry = {
  /** Seq of the `@recover` event. */
  seq: Seq;
  /** The log that ended, its last event that stayed, and the last that it had. */
  logId: LogId;
  to: Seq;
  head: Seq;
  numbers: Record<string, NumberRanges>;
};

/** Recoveries that are remembered. */
const RECOVERIES_MOST = 4;
/** A larger tree is not stored in the same step; the session does that at its next snapshot. */
const SNAPSHOT_MOST = 32 * 1024 * 1024;

export type RecoverRequest = {
  /** The last event that stays. The head: nothing is set aside, the quarantine ends. */
  readonly to: Seq;
  /** Who decided, as in `operator:sam`; `system` for the host. */
  readonly by: string;
  readonly reason?: string | undefined;
  /** Only says what would be done; nothing is changed. */
  readonly dryRun?: boolean | undefined;
};

/** What a recovery does, or did. */
export type Recovery = {
  readonly session: SessionId;
  readonly to: Seq;
  /** The head before. */
  readonly head: Seq;
  readonly fromLogId: LogId;
  /** Present once it is done. */
  readonly logId?: LogId;
  readonly seq?: Seq;
  readonly setAside: Stretch;
};

export type RecoveryTools = {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly definition?: SessionDefinition | undefined;
};

/**
 * Takes a session back to a seq and ends its quarantine. Everything happens in one transaction of the store, so it is done
 * or not; asked for again after it was done, it says so and changes nothing.
 */
export async function recoverSession(
  tools: RecoveryTools,
  session: SessionId,
  request: RecoverRequest,
): Promise<Outcome<{ recovery: Recovery }>> {
  const row = await tools.store.get(session);
  if (row === undefined) return refuse('not-found', 'There is no such session.');
  const done = await doneBefore(tools.store, row, request.to);
  if (done !== undefined) return { ok: true, recovery: done };
  const { to } = request;
  if (to < 1 || to > row.headSeq) return refuse('bad-request', `The log holds seq 1 to ${row.headSeq}.`);
  const rebuilt = await rebuild(tools.store, { session, upTo: to, clock: tools.clock });
  if (rebuilt.kind === 'damaged') {
    const { seq, reason } = rebuilt.damage;
    return refuse('bad-request', `Seq ${to} cannot be reached: seq ${seq}: ${reason}. The last good one is ${seq - 1}.`, { seq: seq - 1 });
  }
  const stretch = await readStretch(tools.store, session, to);
  const { numbers: _numbers, ...setAside } = stretch;
  const recovery = { session, to, head: row.headSeq, fromLogId: row.logId, setAside };
  if (request.dryRun === true) return { ok: true, recovery };
  return carryOut(tools, request, recovery, { stretch, rebuilt });
}

async function carryOut(
  { store, clock, random, definition }: RecoveryTools,
  { by, reason }: RecoverRequest,
  recovery: Recovery,
  { stretch, rebuilt }: { readonly stretch: StretchWithNumbers; readonly rebuilt: Rebuilt },
): Promise<Outcome<{ recovery: Recovery }>> {
  const { session, to, fromLogId, head } = recovery;
  const version = await versionAt(store, session, to);
  // Whoever owned the session can append nothing more.
  const claim = await store.claim(session);
  if (claim === undefined) return refuse('not-found', 'There is no such session.');
  if (claim.headSeq !== head) return refuse('unavailable', 'The session went on meanwhile; look at it again.');
  const { tree } = rebuilt;
  // A history that only goes on is the same history: clients stay where they are.
  const logId = stretch.events === 0 ? fromLogId : (base64url(random.bytes(8)) as LogId);
  const facts = { logId, epoch: claim.epoch, version: version ?? claim.row.definitionVersion, by, reason };
  const at = Math.max(clock.now(), tree.internal.at);
  const event = recoverEvent(facts, recovery, stretch, { tree, at, random });
  const { hash: toHash } = rebuilt;
  const rewind: Rewind = {
    session,
    epoch: claim.epoch,
    expectedSeq: head,
    to,
    toHash,
    logId,
    event,
    at,
    row: fieldsOf(tree, claim.row, definition, facts.version),
    side: sideOf(tree, to + 1, by, at),
  };
  const done = await store.rewind(rewind);
  if (done.outcome !== 'ok') return refuse('unavailable', 'The session went on meanwhile; look at it again.');
  return { ok: true, recovery: { ...recovery, logId, seq: done.seq } };
}

/**
 * What a client of an earlier log has to hear: which events of it are gone, and which of its own commands. What recoveries
 * after that one took away was never in the client's log.
 */
export function setAsideOf(internal: Internal, { logId }: Position, instance: InstanceId | undefined): SnapshotFrame['setAside'] {
  const entry = internal.recoveries?.find((recovery) => recovery.logId === logId);
  if (entry === undefined) return undefined;
  const commands = instance === undefined ? [] : (own(entry.numbers, instance) ?? []);
  return { range: [entry.to + 1, entry.head], commands };
}

/** A recovery to the same seq that was the last thing that happened, and that nothing was found wrong with since. */
async function doneBefore(store: Store, { session, headSeq, logId }: CatalogueRow, to: Seq): Promise<Recovery | undefined> {
  if (headSeq !== to + 1 || (await store.quarantined()).some((mark) => mark.session === session)) return undefined;
  const { events } = await store.read(session, to, headSeq);
  const event = events[0] && decodeText(events[0]);
  const input = event?.header.command === '@recover' ? (event.content?.input as Record<string, JsonValue> | undefined) : undefined;
  if (input === undefined) return undefined;
  const { fromLogId, head, setAside } = input;
  return { session, to, head: Number(head), fromLogId: fromLogId as LogId, logId, seq: headSeq, setAside: stretchIn(setAside) };
}

/** Version of the definition that ran at a seq. */
async function versionAt(store: Store, session: SessionId, seq: Seq): Promise<number | undefined> {
  const { events } = await store.read(session, seq - 1, seq);
  return events[0] && decodeText(events[0]).header.definition;
}

type EventFacts = {
  readonly logId: LogId;
  readonly epoch: Epoch;
  readonly version: number;
  readonly by: string;
  readonly reason: string | undefined;
};

/** The event of a recovery. What it changes is in the tree then. */
function recoverEvent(
  { logId, epoch, version, by, reason }: EventFacts,
  { to, head, fromLogId, setAside }: Recovery,
  { numbers }: StretchWithNumbers,
  { tree, at, random }: { readonly tree: Tree; readonly at: number; readonly random: Random },
): { readonly header: string; readonly content: string } {
  const seq = to + 1;
  const entry: RecoveryEntry = { seq, logId: fromLogId, to, head, numbers };
  const recoveries = [...(tree.internal.recoveries ?? []), entry].slice(-RECOVERIES_MOST);
  const kept: StoredOp[] = setAside.events === 0 ? [] : [['s', ['recoveries'], recoveries]];
  const header: EventHeader = {
    logId,
    epoch,
    seq,
    tag: base64url(random.bytes(8)) as Tag,
    at,
    who: by as ParticipantId | 'system',
    kind: 'command',
    command: '@recover',
    instance: null,
    number: null,
    definition: version,
  };
  const input = { fromLogId, to, head, setAside: stretchJson(setAside), ...(reason === undefined ? {} : { reason }) };
  const content: EventContent = { salt: base64url(random.bytes(16)), input, ...(kept.length === 0 ? {} : { internal: kept }) };
  applyEvent(tree, header, content);
  return { header: encodeHeader(header), content: encodeContent(content) };
}

/** Without the definition at hand its listing stays as it was. */
function fieldsOf(tree: Tree, row: CatalogueRow, definition: SessionDefinition | undefined, version: number): CatalogueFields {
  const fields = catalogueFields(tree, definition ?? { name: row.type, version, policies: DEFAULT_POLICIES }, tree.internal.at);
  return { ...fields, definitionVersion: version, listing: definition === undefined ? row.listing : fields.listing };
}

/** Beside the log everything is as the tree says. */
function sideOf(tree: Tree, seq: Seq, by: string, at: number): SideWrite[] {
  const invites = Object.entries(tree.internal.invites).map(([invite, hash]) => ({ kind: 'invite' as const, hash, invite }));
  const act = { kind: 'act' as const, seq, at, who: by, subject: null, what: 'recover' };
  const data = JSON.stringify(tree);
  const snapshot = data.length > SNAPSHOT_MOST ? [] : [{ kind: 'snapshot' as const, seq, data }];
  return [...invites, act, ...(tree.internal.history.seq > 0 ? [historyWrite(tree)] : []), ...snapshot];
}
