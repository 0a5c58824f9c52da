import { Findings, type Check } from './findings.ts';
import type { RunReading, SessionFacts } from './read-run.ts';

type Spot = { readonly session: string; readonly seq: number; readonly index: number };

/** Promise 10: what a disk spoilt is noticed where it is read, and named at its seq. (That nothing of it is sent or applied is in what promises 6 to 8 compare.) */
export const nothingCorrupt: Check = (reading) => {
  const findings = new Findings(reading, 10, ['spoilt events', 'quarantines']);
  const end = reading.run.history.length - 1;
  findings.looked('quarantines', reading.entries('log').filter(({ entry }) => entry.message.startsWith('session quarantined')).length);
  for (const spot of spotsOf(reading)) {
    const facts = reading.sessions.get(spot.session);
    if (facts === undefined) continue;
    findings.looked('spoilt events');
    if (facts.removed.length > 0 || isTaken(facts, spot)) continue;
    const damage = reading.run.logs.get(spot.session as never)?.damage;
    findings.must(
      damage !== undefined && damage.seq <= spot.seq,
      end,
      () =>
        `event ${spot.seq} of ${spot.session} was spoilt, and the log is read as sound${damage === undefined ? '' : ` up to ${damage.seq}`}`,
    );
  }
  return findings.checked;
};

export function spotsOf(reading: RunReading): Spot[] {
  return reading.entries('fault').flatMap(({ entry, index }) => {
    if (entry.fault !== 'corrupt event') return [];
    const [session = '', seq = '0'] = entry.on.split(' ');
    return [{ session, seq: Number(seq), index }];
  });
}

/** The event is gone: an operator, or another fault, took the log back to before it. */
function isTaken({ lost }: SessionFacts, { seq, index }: Spot): boolean {
  return lost.some((gone) => gone.index > index && gone.event?.seq === seq);
}
