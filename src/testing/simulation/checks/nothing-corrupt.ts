import { Findings, type Check } from './findings.ts';
import type { RunReading, SessionFacts } from './read-run.ts';

type Spot = { readonly session: string; readonly seq: number; readonly index: number };

/** Promise 10: what a disk spoilt is noticed where it is read, named at its seq, and nothing is built on it. */
export const nothingCorrupt: Check = (reading) => {
  const findings = new Findings(reading, 10, ['spoilt events', 'events after a spoilt one', 'quarantines']);
  const end = reading.run.history.length - 1;
  findings.looked('quarantines', reading.entries('log').filter(({ entry }) => entry.message === 'session quarantined').length);
  for (const spot of spotsOf(reading)) {
    const facts = reading.sessions.get(spot.session);
    if (facts === undefined) continue;
    findings.looked('spoilt events');
    checkOwners(findings, facts, spot);
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

/** Who claims a session after its first event was spoilt, and has to read it, writes nothing. */
function checkOwners(findings: Findings, { session, claims, written, lost }: SessionFacts, { seq, index }: Spot): void {
  if (seq !== 1) return;
  const claim = claims.find((candidate) => candidate.index > index);
  for (const event of written) {
    if (claim === undefined || event.index < claim.index || lost.some((gone) => gone.index < event.index && gone.event?.seq === seq))
      continue;
    findings.looked('events after a spoilt one');
  }
  void session;
}
