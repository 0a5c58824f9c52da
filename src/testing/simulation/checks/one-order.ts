import { createHash } from 'node:crypto';
import { GENESIS_HASH } from '../../../protocol/event.ts';
import type { EventFact } from './event-line.ts';
import { Findings, type Check } from './findings.ts';
import type { RunReading, SessionFacts } from './read-run.ts';

/** Promise 3: per session 1, 2, 3, ... without gaps, each event linked to the one before; and so it is read at the end. */
export const oneOrder: Check = (reading) => {
  const findings = new Findings(reading, 3, ['events', 'logs read at the end']);
  for (const facts of reading.sessions.values()) {
    for (const event of facts.written) checkEvent(findings, facts.session, event);
    checkRead(reading, findings, facts);
  }
  return findings.checked;
};

function checkEvent(findings: Findings, session: string, event: EventFact): void {
  findings.looked('events');
  const { index, seq, header, hash, headerText, contentText, before } = event;
  const said = `event ${seq} of ${session}`;
  const last = before?.seq ?? 0;
  findings.must(seq === last + 1, index, () => `${said} was written after event ${last}`);
  findings.must(header.seq === seq, index, () => `${said} calls itself event ${header.seq}`);
  findings.must(event.fault === undefined, index, () => `${said} cannot be applied: ${event.fault}`);
  const isNewLog = header.command === '@recover';
  findings.must(before === undefined || isNewLog || header.logId === before.header.logId, index, () => `${said} is of another log`);
  findings.must((header.kind === 'create') === (seq === 1), index, () => `${said} is of the kind '${header.kind}'`);
  if (contentText === null) return;
  const linked = linkedHash(before?.hash ?? GENESIS_HASH, headerText, contentText);
  findings.must(hash === linked, index, () => `${said} is not linked to the one before`);
}

/** `SHA256(hash before, length of the header, header, SHA256(content))`, in its plainest form. */
export function linkedHash(before: string, header: string, content: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(header));
  const inner = createHash('sha256').update(content).digest();
  return createHash('sha256').update(Buffer.from(before, 'hex')).update(length).update(header).update(inner).digest('hex');
}

function checkRead(reading: RunReading, findings: Findings, { session, line, removed }: SessionFacts): void {
  const read = reading.run.logs.get(session as never);
  const end = reading.run.history.length - 1;
  if (read === undefined)
    return findings.must(removed.length > 0 || line.head === 0, end, () => `the log of ${session} is not there at the end`);
  findings.looked('logs read at the end');
  let last = read.prunedTo ?? 0;
  for (const { seq, hash, header, content } of read.events) {
    const event = line.at(seq);
    const isSame = event?.hash === hash && event.headerText === header && (content === undefined || event.contentText === content);
    findings.must(seq === last + 1 && isSame, end, () => `event ${seq} of ${session}, as read at the end, is not the one that was written`);
    last = seq;
  }
  findings.must(
    read.damage !== undefined || last === line.head,
    end,
    () => `the log of ${session} ends at ${last} when it is read at the end, and ${line.head} events were written`,
  );
}
