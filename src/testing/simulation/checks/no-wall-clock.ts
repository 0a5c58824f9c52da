import { Findings, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

/** Promise 15: time of day decides nothing that must be safe: events never go back in time, and no server takes over from one that is up because a clock jumped. */
export const noWallClock: Check = (reading) => {
  const findings = new Findings(reading, 15, ['events', 'claims', 'jumps of clocks']);
  findings.looked('jumps of clocks', reading.entries('fault').filter(({ entry }) => entry.fault === 'clock jump').length);
  for (const { session, written } of reading.sessions.values())
    for (const { seq, index, header, before } of written) {
      if (before === undefined) continue;
      findings.looked('events');
      findings.must(
        header.at >= before.header.at,
        index,
        () => `event ${seq} of ${session} is earlier than the one before, by ${before.header.at - header.at} ms`,
      );
    }
  checkTakeovers(reading, findings);
  return findings.checked;
};

/**
 * When a clock jumps, no server that is up takes what another one has that is up: somebody has to have come to it for that. One
 * that starts later looks at what is due, whatever clocks did before.
 */
function checkTakeovers(reading: RunReading, findings: Findings): void {
  const up = new Set<string>();
  const owners = new Map<string, string>();
  const starts = new Map<string, number>();
  const visits = visitsOf(reading);
  let jump = -1;
  for (const [index, entry] of reading.run.history.entries()) {
    if (entry.kind === 'fault' && entry.fault === 'clock jump') jump = index;
    if (entry.kind === 'server') {
      if (entry.change === 'starting') starts.set(entry.server, index);
      if (entry.change === 'started' || entry.change === 'thawed') up.add(entry.server);
      else if (entry.change !== 'stopping') up.delete(entry.server);
    } else if (entry.kind === 'written' && entry.seq === 1) owners.set(entry.session, entry.server);
    else if (entry.kind === 'claimed') {
      findings.looked('claims');
      const owner = owners.get(entry.session) ?? entry.server;
      const visit = visits.get(`${entry.server} ${entry.session}`)?.findLast((at) => at < index) ?? -1;
      const isTaken = owner !== entry.server && up.has(owner) && visit < jump && (starts.get(entry.server) ?? -1) < jump;
      findings.must(!isTaken, index, () => `${entry.server} took ${entry.session} from ${owner}, which was up, when a clock jumped`);
      owners.set(entry.session, entry.server);
    }
  }
}

/** When somebody came to a session at a server. */
function visitsOf(reading: RunReading): Map<string, number[]> {
  const visits = new Map<string, number[]>();
  for (const { server, session, heard } of reading.conversations) {
    const key = `${server} ${session}`;
    visits.set(
      key,
      [...(visits.get(key) ?? []), ...heard.map(({ index }) => index)].toSorted((one, other) => one - other),
    );
  }
  return visits;
}
