import type { JsonValue } from '../../../protocol/json.ts';
import type { Moment } from './conversation.ts';
import { Findings, whose, type Check } from './findings.ts';
import { isFor } from './plain-sight.ts';
import type { RunReading } from './read-run.ts';
import { nameOf } from './durable-before-visible.ts';

/**
 * How a definition marks what it hides, so that a run can show that it stays hidden without asking the code that hides it: every
 * hidden value is a string that holds a canary, which names for whom it is.
 *
 *     canary('gm')              for the role gm
 *     canary('gm', 'player')    for both roles
 *     canary('@mira')           for the participant mira, as what is kept under a key with the rule 'self'
 *     canary('gm', '@mira')     for either, as a message to both
 *
 * It may stand anywhere in a string: in values, keys, messages, results and reasons. What is for everyone has none. A state in
 * which a canary for `gm` stands where others may look is a fault of the definition, and found as well.
 */
export function canary(...whom: readonly string[]): string {
  return `canary(${whom.join(',')})`;
}

const CANARY = /canary\(([^)]*)\)/g;
/** Whatever could be a key, a salt, a seed, a token or a hash. */
const RANDOM = /[\w-]{20,}/g;

/** Promise 12: content reaches only whom it is for, by their role at its place in the log; nothing reaches who was made to leave. */
export const leaks: Check = (reading) => {
  const findings = new Findings(reading, 12, [
    'frames',
    'canaries',
    'canaries hidden',
    'secrets',
    'turns of roles',
    'goings',
    'lines of the log',
  ]);
  const secrets = secretsOf(reading);
  findings.looked('secrets', secrets.size);
  findings.looked('canaries hidden', canariesWritten(reading));
  for (const moment of reading.moments()) {
    findings.looked('frames');
    checkCanaries(findings, moment);
    checkSecrets(findings, moment, secrets);
    checkTurns(findings, moment);
    checkMessages(findings, moment);
  }
  checkGoings(reading, findings);
  checkLog(reading, findings);
  return findings.checked;
};

function canariesWritten(reading: RunReading): number {
  let written = 0;
  for (const facts of reading.sessions.values())
    for (const { contentText } of facts.written) if (contentText?.includes('canary(') === true) written += 1;
  return written;
}

function checkCanaries(findings: Findings, moment: Moment): void {
  const { text, conversation, index, frame } = moment;
  if (!text.includes('canary(')) return;
  for (const [mark, whom = ''] of text.matchAll(CANARY)) {
    findings.looked('canaries');
    const viewer = viewerOf(moment);
    const isIts = viewer !== undefined && whom.split(',').some((one) => one === viewer.role || one === `@${viewer.id}`);
    if (!isIts)
      return findings.wrong(index, `${nameOf(frame)} for ${whose(conversation)}, ${viewer?.role ?? 'nobody here'}, holds ${mark}`);
  }
}

/** As whom the recipient of a frame may look at it. */
function viewerOf({ stream, conversation, line, upTo, durable }: Moment): { id: string; role: string } | undefined {
  const id = conversation.participant;
  if (stream !== undefined || id === undefined) return stream?.viewer;
  const role = line.roleAt(Math.min(upTo === 0 ? durable : upTo, durable), id);
  return role === undefined ? undefined : { id, role };
}

/** What a session keeps for itself: salts, seeds, its key, and the hashes of the chain. Each with the index from which on it is there. */
function secretsOf(reading: RunReading): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const { written } of reading.sessions.values())
    for (const { hash, content } of written) {
      secrets.set(hash, 'a hash of the chain');
      if (content === undefined) continue;
      secrets.set(content.salt, 'a salt');
      if (content.seed !== undefined) secrets.set(content.seed, 'a seed');
      for (const [, path, value] of content.internal ?? [])
        if (Array.isArray(path) && (path[0] === 'key' || path[0] === 'invites')) addAll(secrets, value);
        else if (Array.isArray(path) && path.length === 0) addAll(secrets, (value as { key?: string } | undefined)?.key);
    }
  secrets.delete('');
  return secrets;
}

function addAll(secrets: Map<string, string>, value: JsonValue | undefined): void {
  if (typeof value === 'string' && value.length >= 20) secrets.set(value, 'something of its internal part');
}

function checkSecrets(findings: Findings, { text, conversation, index, frame }: Moment, secrets: ReadonlyMap<string, string>): void {
  for (const [word] of text.matchAll(RANDOM)) {
    const what = secrets.get(word);
    if (what !== undefined) findings.wrong(index, `${nameOf(frame)} for ${whose(conversation)} holds ${what} of the session`);
  }
}

/** A stream ends with the event by which its viewer becomes something else, or nothing at all. */
function checkTurns(findings: Findings, { stream, conversation, line, index, upTo, frame }: Moment): void {
  if (stream === undefined || (!Array.isArray(frame) && !['ack', 'reject', 'check'].includes(frame.t))) return;
  const turn = line.lastTurn(stream.viewer.id, upTo - 1);
  if (turn > 0) findings.looked('turns of roles');
  findings.must(
    turn <= stream.since,
    index,
    () =>
      `${nameOf(frame)} up to ${upTo} for ${whose(conversation)} goes on after event ${turn}, since which they are ${line.roleAt(turn, stream.viewer.id) ?? 'nobody here'}`,
  );
}

function checkMessages(findings: Findings, { stream, events, line, index, conversation }: Moment): void {
  if (stream === undefined) return;
  for (const { seq, messages } of events)
    for (const { name, payload } of messages) {
      const sent = line.at(seq)?.content?.messages?.filter((message) => message.name === name) ?? [];
      const text = JSON.stringify(payload);
      const isHidden =
        sent.length > 0 && !sent.some((message) => isFor(message.to, stream.viewer) && JSON.stringify(message.payload) === text);
      if (isHidden) findings.wrong(index, `${whose(conversation)} got the message '${name}' of event ${seq}, which is for others`);
    }
}

/** Whoever is told why they go is told nothing more; and nothing of theirs is accepted after the event by which they went. */
function checkGoings(reading: RunReading, findings: Findings): void {
  for (const conversation of reading.conversations) {
    const end = conversation.moments.findIndex(({ frame }) => !Array.isArray(frame) && frame.t === 'error');
    if (end < 0) continue;
    findings.looked('goings');
    const more = conversation.moments[end + 1];
    if (more !== undefined)
      findings.wrong(more.index, `${whose(conversation)} got ${nameOf(more.frame)} after the frame that ended the connection`);
  }
  for (const { session, written, line } of reading.sessions.values())
    for (const { seq, header, index } of written) {
      if (header.instance === null || header.who === 'system' || line.at(seq)?.index !== index) continue;
      const isHere = line.roleAt(seq - 1, header.who) !== undefined;
      findings.must(isHere, index, () => `event ${seq} of ${session}, '${header.command}', is by '${header.who}', who took no part then`);
    }
}

function checkLog(reading: RunReading, findings: Findings): void {
  for (const { entry, index } of reading.entries('log')) {
    findings.looked('lines of the log');
    if (entry.message.includes('canary('))
      findings.wrong(index, `the log of ${entry.server} holds what is hidden: ${entry.message.slice(0, 80)}`);
  }
}
