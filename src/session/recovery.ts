import { decodeContent, decodeHeader } from '../protocol/event-text.ts';
import type { EventContent, EventHeader } from '../protocol/event.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Claim, LogDamage, LogRead, Store, StoredEvent, StoredSnapshot } from '../store/store.ts';
import { applyEvent, emptyTree, type Tree } from './tree.ts';
import { treeFault, type Invariant } from './tree-fault.ts';
import type { SeenEvent } from './view.ts';
import type { Op } from '../state/op.ts';

/** A stored event, decoded. */
export type DecodedEvent = { readonly header: EventHeader; readonly content: EventContent | undefined };

/** How long each part of a wake took, in milliseconds. */
export type WakePhases = {
  readonly claimMs: number;
  readonly snapshotMs: number;
  readonly restoreMs: number;
  readonly tailMs: number;
  readonly applyMs: number;
  readonly checkMs: number;
};

/** How a session came back into memory. `passedOver`: snapshots that were no good. */
export type WakeReport = {
  readonly at: number;
  readonly epoch: number;
  readonly seq: Seq;
  readonly fromSnapshot: Seq;
  readonly events: number;
  readonly passedOver: readonly Seq[];
  readonly phases: WakePhases;
};

/** A session rebuilt at a seq, from the newest snapshot that is good and the events after it. */
export type Rebuilt = {
  readonly kind: 'rebuilt';
  readonly tree: Tree;
  /** Hash of the last event. */
  readonly hash: string;
  readonly fromSnapshot: Seq;
  /** Characters of that snapshot. */
  readonly snapshotLength: number;
  readonly since: readonly StoredEvent[];
  readonly passedOver: readonly Seq[];
  readonly phases: Omit<WakePhases, 'claimMs'>;
};

/** The place of the first event that cannot be trusted. */
export type Damaged = { readonly kind: 'damaged'; readonly damage: LogDamage; readonly inLog: boolean };

type Logs = Pick<Store, 'read' | 'readSnapshot' | 'snapshots'>;

/** Rebuilds a session at its head: a snapshot that is good, and the events after it, all verified. */
export function recover(store: Logs, claim: Claim, clock: Pick<Clock, 'monotonic'>, invariant?: Invariant): Promise<Rebuilt | Damaged> {
  return rebuild(store, { session: claim.row.session, upTo: claim.headSeq, clock, invariant });
}

/** What is to be rebuilt, up to which seq. */
export type RebuildRequest = {
  readonly session: SessionId;
  readonly upTo: Seq;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly invariant?: Invariant | undefined;
};

/**
 * A snapshot only saves time. One that is damaged, that is of another shape, or with which the events after it lead to
 * something that cannot be, is passed over for an older one, and in the end for the first event.
 */
export async function rebuild(store: Logs, request: RebuildRequest): Promise<Rebuilt | Damaged> {
  const watch = new PhaseWatch(request.clock);
  const passedOver: Seq[] = [];
  let worst: Damaged | undefined;
  for (let atMost = request.upTo; ;) {
    const snapshot = await watch.time('snapshotMs', () => store.readSnapshot(request.session, atMost));
    passedOver.push(...(snapshot === undefined ? await badSnapshots(store, request.session, atMost) : (snapshot.passedOver ?? [])));
    const tried = await rebuildFrom(store, request, snapshot, watch);
    if (tried.kind === 'rebuilt') return { ...tried, passedOver, phases: watch.phases };
    if (tried.kind === 'damaged' && (worst === undefined || tried.damage.seq > worst.damage.seq)) worst = tried;
    // Events that do not verify do so after no snapshot.
    if (snapshot === undefined || (tried.kind === 'damaged' && tried.inLog)) return worst ?? damaged(1, 'nothing of it can be read');
    passedOver.push(snapshot.seq);
    atMost = snapshot.seq - 1;
  }
}

async function badSnapshots(store: Logs, session: SessionId, atMost: Seq): Promise<Seq[]> {
  const snapshots = await store.snapshots(session);
  return snapshots.filter(({ seq, intact }) => seq <= atMost && !intact).map(({ seq }) => seq);
}

async function rebuildFrom(
  store: Logs,
  { session, upTo, invariant }: RebuildRequest,
  snapshot: StoredSnapshot | undefined,
  watch: PhaseWatch,
): Promise<Omit<Rebuilt, 'passedOver' | 'phases'> | Damaged | { readonly kind: 'unfit' }> {
  const from = snapshot?.seq ?? 0;
  const tree = watch.timeNow('restoreMs', () => restore(snapshot));
  if (tree === undefined || (from > 0 && watch.timeNow('checkMs', () => treeFault(tree, from)) !== undefined)) return { kind: 'unfit' };
  const log = await watch.time('tailMs', () => store.read(session, from, upTo));
  const applied = watch.timeNow('applyMs', () => replay(tree, from, log));
  if (applied.damage !== undefined) return damaged(applied.seq + 1, applied.damage.reason, applied.damage === log.damage);
  if (applied.seq !== upTo) return damaged(applied.seq + 1, `the log ends at seq ${applied.seq}, the catalogue says ${upTo}`, true);
  const fault = watch.timeNow('checkMs', () => treeFault(tree, upTo, invariant));
  if (fault !== undefined) return damaged(firstFault(snapshot, log, upTo, invariant), fault);
  return {
    kind: 'rebuilt',
    tree,
    hash: log.events.at(-1)?.hash ?? snapshot?.hash ?? '',
    fromSnapshot: from,
    snapshotLength: snapshot?.data.length ?? 0,
    since: log.events,
  };
}

/** The event with which a tree became what cannot be. Only looked for when it is. */
function firstFault(snapshot: StoredSnapshot | undefined, log: LogRead, upTo: Seq, invariant: Invariant | undefined): Seq {
  const tree = restore(snapshot) ?? emptyTree();
  let seq = snapshot?.seq ?? 0;
  for (const event of log.events) {
    replay(tree, seq, { events: [event] });
    seq += 1;
    if (treeFault(tree, seq, invariant) !== undefined) return seq;
  }
  return upTo;
}

function restore(snapshot: StoredSnapshot | undefined): Tree | undefined {
  if (snapshot === undefined) return emptyTree();
  try {
    return (JSON.parse(snapshot.data) as Tree | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function damaged(seq: Seq, reason: string, inLog = false): Damaged {
  return { kind: 'damaged', damage: { seq, reason }, inLog };
}

/** Adds up the time of each phase. */
class PhaseWatch {
  readonly phases = { snapshotMs: 0, restoreMs: 0, tailMs: 0, applyMs: 0, checkMs: 0 };
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  timeNow<T>(phase: keyof typeof this.phases, work: () => T): T {
    const began = this.#clock.monotonic();
    const result = work();
    this.phases[phase] += this.#clock.monotonic() - began;
    return result;
  }

  async time<T>(phase: keyof typeof this.phases, work: () => Promise<T>): Promise<T> {
    const began = this.#clock.monotonic();
    const result = await work();
    this.phases[phase] += this.#clock.monotonic() - began;
    return result;
  }
}

/** Applies what was read to `tree`, which stands at `from`. Stops before the first event that does not apply. */
export function replay(tree: Tree, from: Seq, log: LogRead): { seq: Seq; damage?: LogDamage | undefined } {
  let seq = from;
  for (const stored of log.events) {
    const fault = applyStored(tree, stored, seq + 1);
    if (fault !== undefined) return { seq, damage: { seq: seq + 1, reason: fault } };
    seq += 1;
  }
  const pruned = log.prunedTo === undefined ? undefined : { seq: from + 1, reason: `the events up to seq ${log.prunedTo} were pruned` };
  return { seq, damage: log.damage ?? pruned };
}

function applyStored(tree: Tree, stored: StoredEvent, expected: Seq): string | undefined {
  try {
    const { header, content } = decodeText(stored);
    if (header.seq !== expected) return `the event says that it is seq ${header.seq}`;
    if (content === undefined) return 'its content was erased, and no snapshot after it can be read';
    applyEvent(tree, header, content);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Reads header and content of an event. Throws when a text is not of the format. */
export function decodeText({ header, content }: { readonly header: string; readonly content: string | undefined }): DecodedEvent {
  return { header: decodeHeader(header), content: content === undefined ? undefined : decodeContent(content) };
}

/** What a stored event shows, before any sight is applied. */
export function seenFrom({ header, content }: DecodedEvent): SeenEvent {
  return {
    seq: header.seq,
    meta: (content?.meta ?? []) as Op[],
    state: (content?.ops ?? []) as Op[],
    messages: (content?.messages ?? []).map((message) => ({ ...message, by: header.who })),
  };
}
