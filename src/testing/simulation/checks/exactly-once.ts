import { differenceIn } from './plain-sight.ts';
import type { Moment } from './conversation.ts';
import type { EventFact } from './event-line.ts';
import { Findings, whose, type Check } from './findings.ts';
import type { RunReading, SessionFacts } from './read-run.ts';

type Answer = Extract<Exclude<Moment['frame'], unknown[]>, { t: 'ack' | 'reject' }>;
type Answered = { readonly moment: Moment; readonly answer: Answer };

/** Promise 5: a command of an instance runs once, as it was sent, and is answered the same however often it is sent. */
export const exactlyOnce: Check = (reading) => {
  const findings = new Findings(reading, 5, ['commands that ran', 'answers', 'answers again', 'commands sent again']);
  const bodies = bodiesOf(reading, findings);
  for (const facts of reading.sessions.values()) checkRuns(findings, facts, bodies);
  for (const [command, answers] of answersOf(reading)) checkAnswers(findings, reading, command, answers);
  return findings.checked;
};

type Body = { readonly name: string; readonly args: unknown; readonly index: number };

/** Every body that arrived under each number. */
function bodiesOf(reading: RunReading, findings: Findings): Map<string, Body[]> {
  const bodies = new Map<string, Body[]>();
  for (const { instance, heard } of reading.conversations)
    for (const { frame, index } of heard) {
      if (frame.t !== 'command' || instance === undefined) continue;
      const key = `${instance} ${frame.n}`;
      const known = bodies.get(key) ?? [];
      if (known.length > 0) findings.looked('commands sent again');
      bodies.set(key, [...known, { name: frame.name, args: frame.args, index }]);
    }
  return bodies;
}

function checkRuns(findings: Findings, { session, written, lost }: SessionFacts, bodies: ReadonlyMap<string, Body[]>): void {
  const ran = new Map<string, EventFact>();
  const last = new Map<string, number>();
  const losses = [...lost];
  for (const event of written) {
    for (; losses[0] !== undefined && losses[0].index < event.index; losses.shift()) forget(ran, last, losses[0].event);
    const { instance, number, command } = event.header;
    if (instance === null || number === null) continue;
    findings.looked('commands that ran');
    const key = `${instance} ${number}`;
    const said = `'${command}', command ${number} of instance ${instance} in ${session},`;
    const before = ran.get(key);
    findings.must(before === undefined, event.index, () => `${said} ran as event ${before?.seq} and again as event ${event.seq}`);
    const previous = last.get(instance) ?? 0;
    findings.must(number > previous, event.index, () => `${said} ran as event ${event.seq}, after command ${previous}`);
    ran.set(key, event);
    last.set(instance, Math.max(number, previous));
    checkBody(findings, event, said, bodies.get(key));
  }
}

/** What is no more may be done again, and what was refused between it and the one before decided afresh. */
function forget(ran: Map<string, EventFact>, last: Map<string, number>, event: EventFact | undefined): void {
  const { instance, number } = event?.header ?? {};
  if (instance === undefined || instance === null || number === undefined || number === null) return;
  ran.delete(`${instance} ${number}`);
  const left = [...ran.values()].flatMap(({ header }) => (header.instance === instance ? [header.number ?? 0] : []));
  last.set(instance, Math.max(0, ...left));
}

function checkBody(
  findings: Findings,
  { header, content, index, seq }: EventFact,
  said: string,
  bodies: readonly Body[] | undefined,
): void {
  const sent = bodies?.filter((body) => body.index < index) ?? [];
  const isSent = sent.some(
    ({ name, args }) =>
      name === header.command && (content === undefined || differenceIn(args as never, content.input ?? null) === undefined),
  );
  findings.must(isSent, index, () => `${said} ran as event ${seq}, and nothing like it had come from there`);
}

function answersOf(reading: RunReading): Map<string, Answered[]> {
  const answers = new Map<string, Answered[]>();
  for (const moment of reading.moments()) {
    const { frame, conversation } = moment;
    if (Array.isArray(frame) || (frame.t !== 'ack' && frame.t !== 'reject')) continue;
    const key = `${conversation.instance} ${frame.n}`;
    answers.set(key, [...(answers.get(key) ?? []), { moment, answer: frame }]);
  }
  return answers;
}

function checkAnswers(findings: Findings, reading: RunReading, command: string, answers: readonly Answered[]): void {
  let first: Answered | undefined;
  for (const given of answers) {
    const { moment, answer } = given;
    findings.looked('answers');
    if (answer.t === 'ack') checkResult(findings, moment, answer);
    if (answer.t === 'reject' && answer.code === 'body-differs') continue;
    if (answer.t === 'reject' && saysNothing(reading, moment, answer)) continue;
    const before = first;
    first = given;
    if (before === undefined) continue;
    findings.looked('answers again');
    const isExcused = isDecidedAfresh(reading, before, given);
    findings.must(isExcused || same(before.answer, answer), moment.index, () => {
      const [then, now] = [before.answer, answer].map(inWords);
      return `${whose(moment.conversation)} was answered ${now} for command ${command}, and ${then} before`;
    });
  }
}

/** A refusal need not survive the memory of its session; what an operator or a fault takes out of the log may be done again. */
function isDecidedAfresh(reading: RunReading, before: Answered, now: Answered): boolean {
  const facts = reading.sessions.get(now.moment.conversation.session ?? '');
  const isBetween = ({ index }: { index: number }): boolean => index > before.moment.index && index < now.moment.index;
  if (facts === undefined) return false;
  const servers = [before, now].map(({ moment }) => moment.conversation.server);
  // Who stood still may not know yet that another one decides now; its refusals are of what it knows.
  if (before.answer.t === 'reject') {
    if (facts.claims.some(isBetween)) return true;
    if (now.answer.t !== 'reject') return false;
    // A refusal waits for the event at which it was decided; what gives up the place may be written together with that one.
    const decided = before.moment.line.at(before.answer.seq)?.index ?? before.moment.index;
    const isSince = ({ index }: EventFact): boolean => index > decided && index < now.moment.index;
    return servers[0] !== servers[1] || facts.written.some((event) => isSince(event) && givesUpPlaces(event));
  }
  return facts.lost.some(({ index, event }) => isBetween({ index }) && event.seq === before.answer.seq);
}

/** An old frame that comes late, or a copy of the client from before, asks for what is kept no more. */
function saysNothing(reading: RunReading, { conversation, index }: Moment, { code, n }: Extract<Answer, { t: 'reject' }>): boolean {
  return code === 'unknown-instance' && reading.hasLetGo(conversation.instance, n, index);
}

/** Refusals are kept as long as the place of whoever got them. */
function givesUpPlaces({ content }: EventFact): boolean {
  return content?.internal?.some(([kind, path]) => kind === 'd' && Array.isArray(path) && path[0] === 'connections') === true;
}

function checkResult(findings: Findings, { line, index, conversation }: Moment, { n, seq, result }: Extract<Answer, { t: 'ack' }>): void {
  const event = line.at(seq);
  if (event?.content === undefined) return;
  findings.must(
    differenceIn(result, event.content.result) === undefined,
    index,
    () => `${whose(conversation)} got another result for command ${n} than event ${seq} has`,
  );
}

function same(one: Answer, other: Answer): boolean {
  if (one.t === 'ack') return other.t === 'ack' && one.seq === other.seq && differenceIn(one.result, other.result) === undefined;
  return other.t === 'reject' && one.code === other.code;
}

function inWords(answer: Answer): string {
  return answer.t === 'ack' ? `with event ${answer.seq}` : `with '${answer.code}'`;
}
