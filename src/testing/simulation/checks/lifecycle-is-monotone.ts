import { ADMITS, LIFECYCLE, LIFECYCLE_EVENTS } from '../../../session/lifecycle-table.ts';
import type { SessionStatus } from '../../../definition/command-context.ts';
import type { EventFact } from './event-line.ts';
import { Findings, type Check } from './findings.ts';
import type { RunReading, SessionFacts } from './read-run.ts';

const OVER: ReadonlySet<unknown> = new Set(['ended', 'archived']);

/** Promise 14: the life of a session goes where its table leads; who may not play does not; what is over stays as it is; only what is over is removed. */
export const lifecycleIsMonotone: Check = (reading) => {
  const findings = new Findings(reading, 14, ['events', 'transitions', 'events of sessions that are over', 'removals', 'statuses shown']);
  for (const facts of reading.sessions.values()) checkSession(findings, facts);
  checkShown(reading, findings);
  for (const { entry, index } of reading.entries('log'))
    if (entry.message.startsWith('session inconsistent')) findings.wrong(index, `${entry.server} says: ${entry.message}`);
  return findings.checked;
};

function checkSession(findings: Findings, { session, written, removed }: SessionFacts): void {
  for (const event of written) {
    if (event.before === undefined) continue;
    findings.looked('events');
    checkEvent(findings, session, event.before, event);
  }
  for (const { index, status, why } of removed) {
    findings.looked('removals');
    findings.must(OVER.has(status), index, () => `${session} was removed as '${why}' while it was '${status}'`);
  }
}

function checkEvent(findings: Findings, session: string, before: EventFact, { seq, header, content, index, tree }: EventFact): void {
  const [from, to] = [statusIn(before), statusIn({ tree })];
  const said = `event ${seq} of ${session}, '${header.command}',`;
  if (from !== to) {
    findings.looked('transitions');
    const isLegal = LIFECYCLE_EVENTS.some(
      (event) => LIFECYCLE[from][event] === to || (LIFECYCLE[from][event] === 'before' && to !== 'ended'),
    );
    findings.must(isLegal || header.command === '@recover', index, () => `${said} leads from '${from}' to '${to}'`);
  }
  const isGame = !header.command.startsWith('@') && header.who !== 'system';
  findings.must(!isGame || ADMITS[from].commands, index, () => `${said} was accepted while the session was '${from}'`);
  if (!OVER.has(from)) return;
  findings.looked('events of sessions that are over');
  const isErasure = header.command === '@erase' || header.command === '@erased' || header.command === '@migrate';
  findings.must(isErasure || (content?.ops ?? []).length === 0, index, () => `${said} changes the state of a session that is '${from}'`);
}

function statusIn({ tree }: Pick<EventFact, 'tree'>): SessionStatus {
  return tree.meta['status'] as SessionStatus;
}

/** Who was told that a session ended is never told that it goes on. */
function checkShown(reading: RunReading, findings: Findings): void {
  const over = new Set<string>();
  for (const { entry, index } of reading.entries('status')) {
    findings.looked('statuses shown');
    const key = `${entry.client} ${entry.session}`;
    if (entry.status === 'ended ended') over.add(key);
    findings.must(
      !over.has(key) || entry.status.startsWith('ended') || entry.status.startsWith('joining') || entry.status.startsWith('connecting'),
      index,
      () => `${entry.client} is '${entry.status}' in a session that it saw end`,
    );
  }
}
