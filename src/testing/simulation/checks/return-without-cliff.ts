import type { HelloFrame, SnapshotFrame } from '../../../protocol/frames.ts';
import type { Conversation, Moment } from './conversation.ts';
import { Findings, whose, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

/** Promise 7: who comes back gets exactly what came since, or a snapshot that says why; who is ahead of the log is told so and never merged. */
export const returnWithoutCliff: Check = (reading) => {
  const findings = new Findings(reading, 7, ['returns', 'with a tail', 'with a snapshot', 'ahead of the log', 'of another log']);
  for (const conversation of reading.conversations) {
    const { hello, moments } = conversation;
    const first = moments.find(({ frame }) => !Array.isArray(frame) && (frame.t === 'snapshot' || frame.t === 'tail'));
    if (hello === undefined || first === undefined) continue;
    if (hello.position === undefined) checkJoin(findings, first);
    else checkReturn(reading, findings, conversation, hello.position, first);
  }
  for (const moment of reading.moments()) checkRange(findings, moment);
  return findings.checked;
};

function checkJoin(findings: Findings, { frame, index, conversation }: Moment): void {
  const isSound = !Array.isArray(frame) && frame.t === 'snapshot' && frame.reason === 'joined';
  findings.must(
    isSound,
    index,
    () => `${whose(conversation)} said nothing of where it stood, and was not sent a snapshot as someone who joins`,
  );
}

function checkReturn(
  reading: RunReading,
  findings: Findings,
  conversation: Conversation,
  position: NonNullable<HelloFrame['position']>,
  { frame, index, line, durable, difference, upTo }: Moment,
): void {
  findings.looked('returns');
  const stood = line.at(position.seq);
  const said = `${whose(conversation)}, who stood at ${position.seq},`;
  const isOther = line.last !== undefined && line.at(upTo)?.header.logId !== position.logId;
  const isAhead = !isOther && (position.seq > durable || (position.seq > 0 && stood?.header.tag !== position.tag));
  if (isOther) findings.looked('of another log');
  if (isAhead) findings.looked('ahead of the log');
  if (Array.isArray(frame)) return;
  if (frame.t === 'tail') {
    findings.looked('with a tail');
    findings.must(!isOther && !isAhead, index, () => `${said} is of another history, and its view was gone on with`);
    findings.must(difference === undefined, index, () => `${said} was not brought to ${upTo}: ${difference} is not as the log has it`);
  } else if (frame.t === 'snapshot') {
    findings.looked('with a snapshot');
    const { reason } = frame;
    const wanted: SnapshotFrame['reason'][] = isOther ? ['other-log'] : isAhead ? ['regression'] : ['cheaper', 'sight-changed'];
    findings.must(wanted.includes(reason), index, () => `${said} was sent a snapshot as '${reason}', not as '${wanted.join("' or '")}'`);
    if (reason === 'regression') checkReported(reading, findings, index, said);
  }
}

/** The operator is told. */
function checkReported(reading: RunReading, findings: Findings, index: number, said: string): void {
  const isTold = reading.run.history.some((entry) => entry.kind === 'log' && entry.message.startsWith('session log-regression'));
  findings.must(isTold, index, () => `${said} was ahead of the log, and the server's log says nothing of it`);
}

/** A range of missed messages ends where the stream goes on. */
function checkRange(findings: Findings, { frame, index, conversation, durable }: Moment): void {
  if (Array.isArray(frame) || frame.t !== 'snapshot' || frame.missed === undefined) return;
  const [first, last] = frame.missed;
  findings.must(
    first <= last && last <= durable,
    index,
    () => `${whose(conversation)} was told that the messages of ${first} to ${last} were missed while the log ends at ${durable}`,
  );
}
