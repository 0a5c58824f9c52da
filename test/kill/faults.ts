import type { Entry } from '../live-server/ledger.ts';
import type { Record as JournalRecord } from './journal.ts';

/**
 * What a log holds against what the senders were told: every way in which the two can disagree, in words. `expected`: codes
 * with which a command may be refused.
 */
export function faultsBetween(
  records: readonly JournalRecord[],
  entries: readonly Entry[],
  expected: ReadonlySet<string> = new Set(),
): string[] {
  const faults: string[] = [];
  const drawn = new Map<string, number>();
  for (const { id, draw } of entries) {
    if (drawn.has(id)) faults.push(`${id} ran twice`);
    drawn.set(id, draw);
  }
  const sent = new Set(records.map((record) => record.id));
  for (const id of drawn.keys()) if (!sent.has(id)) faults.push(`${id} was never sent`);
  for (const { id, outcome, draw, why } of records) {
    const ran = drawn.get(id);
    if (outcome === 'acked' && ran === undefined) faults.push(`${id} was acknowledged and is lost`);
    else if (outcome === 'acked' && ran !== draw) faults.push(`${id} was answered with ${draw}, the log has ${ran}`);
    else if (outcome === 'unanswered') faults.push(`${id} was never answered`);
    else if (outcome === 'refused' && (ran !== undefined || !expected.has(why)))
      faults.push(`${id} was refused: ${why}${ran === undefined ? '' : ', but it ran'}`);
  }
  return faults;
}
