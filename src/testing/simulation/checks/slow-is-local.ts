import type { HistoryEntry } from '../history.ts';
import { MAX_UNSENT } from '../server-process.ts';
import { Findings, whose, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

const UNANSWERED_MOST = 32;

/** Promise 13: what a server keeps for a slow reader is bounded, and so is what a client may leave unanswered. */
export const slowIsLocal: Check = (reading) => {
  const findings = new Findings(reading, 13, ['frames under way', 'most bytes under way', 'commands waiting', 'slow readers']);
  findings.looked(
    'slow readers',
    reading.entries('fault').filter(({ entry }) => entry.fault === 'slow reader' || entry.fault === 'stall').length,
  );
  checkUnderWay(reading, findings);
  checkUnanswered(reading, findings);
  return findings.checked;
};

function checkUnderWay(reading: RunReading, findings: Findings): void {
  const bytes = new Map<string, number>();
  const largest = new Map<string, number>();
  let most = 0;
  for (const [index, entry] of reading.run.history.entries()) {
    if ((entry.kind !== 'sent' && entry.kind !== 'received') || entry.to !== 'client') continue;
    const { connection, text } = entry;
    const now = (bytes.get(connection) ?? 0) + (entry.kind === 'sent' ? text.length : -text.length);
    bytes.set(connection, now);
    if (entry.kind === 'received') continue;
    findings.looked('frames under way');
    largest.set(connection, Math.max(largest.get(connection) ?? 0, text.length));
    most = Math.max(most, now);
    // One delivery may be as large as it is, and an answer may follow.
    const bound = MAX_UNSENT + 2 * (largest.get(connection) ?? 0);
    findings.must(now <= bound, index, () => `${now} bytes are under way to ${nameOf(reading, entry)}, and ${bound} may be`);
  }
  findings.looked('most bytes under way', most);
}

function checkUnanswered(reading: RunReading, findings: Findings): void {
  for (const conversation of reading.conversations) {
    const waiting = new Set<number>();
    const said = [...conversation.heard, ...conversation.moments].toSorted((one, other) => one.index - other.index);
    for (const { frame, index } of said) {
      if (Array.isArray(frame)) continue;
      if (frame.t === 'command') {
        findings.looked('commands waiting');
        waiting.add(frame.n);
      }
      if (frame.t === 'ack' || frame.t === 'reject') waiting.delete(frame.n);
      findings.must(waiting.size <= UNANSWERED_MOST, index, () => `${whose(conversation)} has ${waiting.size} commands waiting at once`);
    }
  }
}

function nameOf(reading: RunReading, { connection }: Extract<HistoryEntry, { kind: 'sent' | 'received' }>): string {
  const conversation = reading.conversations.find((one) => one.connection === connection);
  return conversation === undefined ? connection : whose(conversation);
}
