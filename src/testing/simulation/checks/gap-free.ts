import type { JsonValue } from '../../../protocol/json.ts';
import type { LiveEvent } from '../../../state/live-decoder.ts';
import type { Moment } from './conversation.ts';
import type { EventFact } from './event-line.ts';
import { Findings, whose, type Check } from './findings.ts';
import { differenceIn, isFor, type Viewer } from './plain-sight.ts';
import type { RunReading } from './read-run.ts';
import { nameOf } from './durable-before-visible.ts';

type Message = LiveEvent['messages'][number] & { readonly seq: number };

/** Promise 6: what reaches a client is its own view of the log up to one seq, without gaps, in order, each message once; and so it is shown. */
export const gapFree: Check = (reading) => {
  const findings = new Findings(reading, 6, [
    'live frames',
    'tails',
    'messages',
    'messages missed',
    'frames arrived',
    'views moved',
    'messages shown',
  ]);
  for (const conversation of reading.conversations) {
    findings.looked('frames arrived', conversation.arrived);
    const { garbled } = conversation;
    if (garbled !== undefined) findings.wrong(garbled.index, `${whose(conversation)} got ${garbled.what}`);
    for (const [place, moment] of conversation.moments.entries()) checkMoment(findings, moment, place);
  }
  checkMoves(reading, findings);
  checkShown(reading, findings);
  for (const { entry, index } of reading.entries('log'))
    if (entry.message.startsWith('Holdfast: a frame of the server made no sense'))
      findings.wrong(index, `${entry.server} says: ${entry.message}`);
  return findings.checked;
};

function checkMoment(findings: Findings, moment: Moment, place: number): void {
  const { frame, conversation, index, fault, difference, anew, upTo } = moment;
  const said = `${nameOf(frame)} up to ${upTo} for ${whose(conversation)}`;
  if (fault !== undefined) return findings.wrong(index, `${said} makes no sense: ${fault}`);
  const isLive = Array.isArray(frame);
  if (isLive) findings.looked('live frames');
  if (difference !== undefined && (isLive || frame.t === 'ack' || frame.t === 'reject'))
    findings.wrong(index, `${said} leaves out or adds something: ${difference} is not as the log has it`);
  if (isLive || (frame.t === 'tail' && !anew)) return checkMessages(findings, moment, said);
  if (frame.t === 'snapshot') checkMissed(findings, moment, place, said);
}

function checkMessages(findings: Findings, moment: Moment, said: string): void {
  const { events, from, upTo, stream, index, line, compared } = moment;
  if (!Array.isArray(moment.frame)) findings.looked('tails');
  if (stream === undefined || !compared) return;
  const due = messagesIn(line.events.slice(from, upTo), stream.viewer);
  const got = events.flatMap(({ seq, messages }) => messages.map((message) => ({ seq, ...message })));
  findings.looked('messages', got.length);
  const place = due.findIndex((message, at) => !isSame(message, got[at]));
  if (place >= 0)
    return findings.wrong(index, `${said} lacks the message '${due[place]?.name}' of event ${due[place]?.seq}, or has it in another place`);
  const more = got[due.length];
  if (more !== undefined) findings.wrong(index, `${said} holds a message '${more.name}' at event ${more.seq} that is not due`);
}

/** A reset says which messages it stands for. */
function checkMissed(findings: Findings, moment: Moment, place: number, said: string): void {
  const { frame, conversation, index, line, stream } = moment;
  const tail = conversation.moments[place + 1];
  if (Array.isArray(frame) || frame.t !== 'snapshot' || stream === undefined || tail?.compared !== true) return;
  const isReturn = place <= 1;
  const { position } = conversation.hello ?? {};
  if (isReturn && (position === undefined || position.logId !== frame.position.logId || frame.reason === 'regression')) return;
  const from = isReturn ? (position?.seq ?? 0) : moment.from;
  const missed = messagesIn(line.events.slice(from, tail.upTo), stream.viewer);
  findings.looked('messages missed', missed.length);
  const { missed: [first, last] = [Infinity, 0] } = frame;
  const untold = missed.find(({ seq }) => seq < first || seq > last);
  if (untold !== undefined) findings.wrong(index, `${said} passes over the message '${untold.name}' of event ${untold.seq} without a word`);
}

export function messagesIn(events: readonly EventFact[], viewer: Viewer): Message[] {
  return events.flatMap(({ seq, header, content }) =>
    (content?.messages ?? []).filter(({ to }) => isFor(to, viewer)).map(({ name, payload }) => ({ seq, name, payload, by: header.who })),
  );
}

function isSame(one: Message, other: Message | undefined): boolean {
  return (
    other !== undefined &&
    one.seq === other.seq &&
    one.name === other.name &&
    one.by === other.by &&
    differenceIn(one.payload, other.payload) === undefined
  );
}

/** A view goes on, or begins anew after a snapshot. */
function checkMoves(reading: RunReading, findings: Findings): void {
  const resets = new Map<string, number>();
  const stands = new Map<string, number>();
  const clients = new Map(reading.conversations.map(({ connection, client }) => [connection, client]));
  for (const [index, entry] of reading.run.history.entries()) {
    if (entry.kind === 'received' && entry.to === 'client' && entry.text.startsWith('{"t":"snapshot"'))
      resets.set(clients.get(entry.connection) ?? '', index);
    if (entry.kind !== 'changed' && entry.kind !== 'status') continue;
    const key = `${entry.client} ${entry.session}`;
    if (entry.kind === 'status') {
      // What is joined after that begins anew.
      if (/^(closed|ended|not joined)/.test(entry.status)) stands.delete(key);
      continue;
    }
    // Where a view ended is not where it goes on.
    if (entry.status === 'closed') continue;
    findings.looked('views moved');
    const before = stands.get(key) ?? 0;
    const isReset = (resets.get(entry.client) ?? -1) >= 0;
    findings.must(entry.seq >= before || isReset, index, () => `${entry.client} went from ${before} back to ${entry.seq}`);
    if (entry.seq >= before) resets.delete(entry.client);
    stands.set(key, entry.seq);
  }
}

/** An application is told each message that came, in the order in which they came. */
function checkShown(reading: RunReading, findings: Findings): void {
  const came = new Map<string, { name: string; payload: JsonValue; index: number }[]>();
  for (const { client, session, moments, arrived } of reading.conversations)
    for (const { events, index } of moments.slice(0, arrived))
      for (const { messages } of events)
        for (const { name, payload } of messages) {
          const key = `${client} ${session}`;
          const list = came.get(key) ?? [];
          list.push({ name, payload, index });
          came.set(key, list);
        }
  for (const { entry, index } of reading.entries('message')) {
    findings.looked('messages shown');
    const list = came.get(`${entry.client} ${entry.session}`) ?? [];
    const place = list.findIndex(
      (each) => each.index < index && each.name === entry.name && differenceIn(each.payload, entry.payload) === undefined,
    );
    if (place < 0) findings.wrong(index, `${entry.client} was shown a message '${entry.name}' that had not come, or had been shown before`);
    // What lies before it was never shown: only where the page or the connection went away with it.
    else list.splice(0, place + 1);
  }
}
