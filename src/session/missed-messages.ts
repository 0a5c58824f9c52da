import type { ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Store, StoredEvent } from '../store/store.ts';
import { selfId } from './answers.ts';
import type { OutputGate } from './output-gate.ts';
import { refuse, type Outcome } from './outcome.ts';
import { own } from './own.ts';
import { participantOf } from './people.ts';
import { decodeText, seenFrom } from './recovery.ts';
import type { SessionLog } from './session-log.ts';
import { TAIL_MOST } from './tail-most.ts';
import { seenThrough, sightOf, type SeenEvent, type SeenMessage } from './view.ts';

/** Events that one page looks at, at most, */
const EVENTS_MOST = 1_024;
/** and messages after which it ends with the event that brought it there. */
const MESSAGES_MOST = 500;

/** A message that was sent while someone was away. */
export type MissedMessage = { readonly seq: Seq; readonly name: string; readonly payload: JsonValue; readonly by: string };

/** The messages of the events from `from` to `to`, both included; `next`: where the page after this one begins, when there is more. */
export type MissedMessagesPage = {
  readonly from: Seq;
  readonly to: Seq;
  readonly messages: readonly MissedMessage[];
  readonly next?: Seq;
};

/** Both ends included; `to` absent: up to now. */
export type MissedRange = { readonly from: Seq; readonly to?: Seq | undefined };

/**
 * The messages of a range as `who` would have got them live, read from the log through the same sight, among the last
 * `TAIL_MOST` events. What was sent before they came, or before they saw what they see now, is left out: it was for someone else.
 */
export function missedMessages(
  { log, store, gate }: { readonly log: SessionLog; readonly store: Pick<Store, 'read'>; readonly gate: OutputGate },
  who: ParticipantId,
  { from, to }: MissedRange,
  settle: (outcome: Outcome<MissedMessagesPage>) => void,
): void {
  const id = selfId(log.tree, who);
  const participant = participantOf(log.tree, id);
  if (participant === undefined) return settle(refuse('not-found'));
  const sight = sightOf(log.definition, { id, role: participant.role });
  const first = Math.max(from, firstFor(log, id, participant.joinedSeq));
  const upTo = Math.max(Math.min(to ?? log.head, log.head), first - 1);
  const last = Math.min(upTo, first + EVENTS_MOST - 1);
  gate.call(log.head, (dropped) => {
    if (dropped !== undefined) return settle(dropped);
    store.read(log.session, first - 1, last).then(
      ({ events, damage }) => {
        if (damage !== undefined) return settle(refuse('unavailable'));
        const { end, messages } = gathered(events, (event) => seenThrough(event, sight, id).messages as SeenMessage[]);
        const to = end ?? last;
        settle({ ok: true, from: first, to, messages, ...(to < upTo ? { next: to + 1 } : {}) });
      },
      () => settle(refuse('unavailable')),
    );
  });
}

/** `end`: the event with which the page was full. */
function gathered(
  events: readonly StoredEvent[],
  seen: (event: SeenEvent) => readonly SeenMessage[],
): { readonly end: Seq | undefined; readonly messages: readonly MissedMessage[] } {
  const messages: MissedMessage[] = [];
  for (const event of events) {
    const shown = seenFrom(decodeText(event));
    for (const { name, payload, by } of seen(shown)) messages.push({ seq: shown.seq, name, payload, by });
    if (messages.length >= MESSAGES_MOST) return { end: shown.seq, messages };
  }
  return { end: undefined, messages };
}

/** Changes of sight are known for as many events as a tail may have: what is older is shown to nobody. */
function firstFor({ tree, head }: SessionLog, id: ParticipantId, joinedSeq: Seq): Seq {
  return Math.max(own(tree.internal.sightChanges, id) ?? 0, joinedSeq, head - TAIL_MOST) + 1;
}
