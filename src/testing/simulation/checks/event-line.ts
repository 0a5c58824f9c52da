import type { SessionDefinition } from '../../../definition/session-definition.ts';
import type { EventContent, EventHeader, StoredOp } from '../../../protocol/event.ts';
import { decodeContent, decodeHeader } from '../../../protocol/event-text.ts';
import type { JsonObject } from '../../../protocol/json.ts';
import type { HistoryEntry } from '../history.ts';
import { foldPlainly } from './plain-fold.ts';
import type { View } from './plain-sight.ts';

export type Written = Extract<HistoryEntry, { kind: 'written' }>;

/** An event as it was written, and all that it and those before it come to. */
export type EventFact = {
  /** The one that it was written behind. */
  readonly before: EventFact | undefined;
  readonly seq: number;
  /** Its entry in the history. */
  readonly index: number;
  readonly server: string;
  readonly epoch: number;
  readonly hash: string;
  readonly headerText: string;
  readonly contentText: string | null;
  readonly header: EventHeader;
  readonly content: EventContent | undefined;
  /** Everything, seen by nobody, after the event. */
  readonly tree: View;
  readonly audience: JsonObject;
  /** What makes no sense of it. */
  readonly fault: string | undefined;
};

const NOTHING: View = { meta: {}, state: {} };

/** The events of one log from the first on, as one owner after the other wrote them. Never shortened: a log that goes back is another line. */
export class EventLine {
  readonly events: EventFact[];
  /** Seqs by which what a participant is changed: came, went, another role. */
  readonly #turns: Map<string, number[]>;

  constructor(events: readonly EventFact[] = [], turns: ReadonlyMap<string, readonly number[]> = new Map()) {
    this.events = [...events];
    this.#turns = new Map([...turns].map(([who, seqs]) => [who, seqs.filter((seq) => seq <= events.length)]));
  }

  get head(): number {
    return this.events.length;
  }

  get last(): EventFact | undefined {
    return this.events.at(-1);
  }

  at(seq: number): EventFact | undefined {
    return this.events[seq - 1];
  }

  /** Takes the event in as the next one, whatever it says of itself. */
  add(written: Written, index: number): EventFact {
    const before = this.last;
    const fact = factOf(written, index, before);
    this.events.push(fact);
    for (const who of turnsBetween(before, fact)) this.#turns.set(who, [...(this.#turns.get(who) ?? []), this.events.length]);
    return fact;
  }

  /** The line as it was up to that seq, for another future. */
  backTo(seq: number): EventLine {
    return new EventLine(this.events.slice(0, seq), this.#turns);
  }

  treeAt(seq: number): View {
    return this.at(seq)?.tree ?? NOTHING;
  }

  roleAt(seq: number, who: string): string | undefined {
    const event = this.at(seq);
    return event === undefined ? undefined : roleIn(event.tree.meta, event.audience, who);
  }

  /** The last seq up to `upTo` by which what they are changed; 0: none. */
  lastTurn(who: string, upTo: number): number {
    return this.#turns.get(who)?.findLast((seq) => seq <= upTo) ?? 0;
  }
}

/** The definition of that type whose version wrote the event. */
export function definitionOf(definitions: readonly SessionDefinition[], event: EventFact | undefined): SessionDefinition | undefined {
  const type = event?.tree.meta['type'];
  return definitions.find(({ name, version }) => name === type && version === event?.header.definition);
}

function factOf(written: Written, index: number, before: EventFact | undefined): EventFact {
  const { server, epoch, seq, hash } = written;
  const base = { before, seq, index, server, epoch, hash, headerText: written.header, contentText: written.content };
  const [tree, audience] = [before?.tree ?? NOTHING, before?.audience ?? {}];
  const header = decodeHeader(written.header);
  try {
    const content = written.content === null ? undefined : decodeContent(written.content);
    const folded = { state: foldPlainly(tree.state, content?.ops ?? []), meta: foldPlainly(tree.meta, content?.meta ?? []) };
    return { ...base, header, content, tree: folded, audience: audienceAfter(audience, content?.internal ?? []), fault: undefined };
  } catch (error) {
    return { ...base, header, content: undefined, tree, audience, fault: String(error) };
  }
}

function audienceAfter(audience: JsonObject, internal: readonly StoredOp[]): JsonObject {
  const ops = internal.filter(([, path]) => Array.isArray(path) && path[0] === 'audience');
  return ops.length === 0 ? audience : (foldPlainly({ audience }, ops)['audience'] as JsonObject);
}

function turnsBetween(before: EventFact | undefined, after: EventFact): string[] {
  const [then, now] = [before?.tree.meta['participants'], after.tree.meta['participants']];
  if (then === now && before?.audience === after.audience) return [];
  const ids = [then, now, before?.audience, after.audience].flatMap((people) => Object.keys(people ?? {}));
  const [was, is] = [before?.tree.meta ?? {}, after.tree.meta];
  return [...new Set(ids)].filter((id) => roleIn(was, before?.audience ?? {}, id) !== roleIn(is, after.audience, id));
}

function roleIn(meta: JsonObject, audience: JsonObject, who: string): string | undefined {
  const listed = (meta['participants'] ?? {}) as Record<string, { role: string }>;
  if (Object.hasOwn(listed, who)) return listed[who]?.role;
  return Object.hasOwn(audience, who) ? (audience[who] as { role: string }).role : undefined;
}
