import type { SessionDefinition } from '../definition/session-definition.ts';
import { decodeContent, decodeHeader } from '../protocol/event-text.ts';
import type { EventContent, EventHeader } from '../protocol/event.ts';
import type { Seq } from '../protocol/ids.ts';
import type { Claim, LogDamage, LogRead, Store, StoredEvent } from '../store/store.ts';
import { applyEvent, emptyTree, type Tree } from './tree.ts';
import type { SeenEvent } from './view.ts';
import type { Op } from '../state/op.ts';

/** A stored event, decoded. */
export type DecodedEvent = { readonly header: EventHeader; readonly content: EventContent | undefined };

/** What a wake found: the whole session at its head and the events that came since its snapshot, or the place of the first event that cannot be trusted. */
export type Recovered =
  | { readonly kind: 'recovered'; readonly tree: Tree; readonly fromSnapshot: Seq; readonly since: readonly StoredEvent[] }
  | { readonly kind: 'damaged'; readonly damage: LogDamage };

/** Rebuilds a session at its head: newest verified snapshot plus the verified tail. */
export async function recover(store: Store, claim: Claim): Promise<Recovered> {
  const { session } = claim.row;
  const snapshot = await store.readSnapshot(session, claim.headSeq);
  const tree = snapshot === undefined ? emptyTree() : (JSON.parse(snapshot.data) as Tree);
  const from = snapshot?.seq ?? 0;
  const log = await store.read(session, from, claim.headSeq);
  const applied = replay(tree, from, log);
  if (applied.damage !== undefined) return { kind: 'damaged', damage: applied.damage };
  if (applied.seq !== claim.headSeq) {
    return {
      kind: 'damaged',
      damage: { seq: applied.seq + 1, reason: `the log ends at seq ${applied.seq}, the catalogue says ${claim.headSeq}` },
    };
  }
  return { kind: 'recovered', tree, fromSnapshot: from, since: log.events };
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

/** Why this definition cannot serve a session stored by another version of itself; undefined when it can. */
export function versionFault(claim: Claim, definition: SessionDefinition): string | undefined {
  const stored = claim.row.definitionVersion;
  if (stored === definition.version) return undefined;
  return `the session was stored by version ${stored} of '${definition.name}', this server has version ${definition.version} and no migration between them`;
}
