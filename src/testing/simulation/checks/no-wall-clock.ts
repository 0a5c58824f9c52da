import { Findings, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

/** Promise 15: time of day decides nothing that must be safe: events never go back in time, and no server takes over from one that is up. */
export const noWallClock: Check = (reading) => {
  const findings = new Findings(reading, 15, ['events', 'claims', 'jumps of clocks']);
  findings.looked('jumps of clocks', reading.entries('fault').filter(({ entry }) => entry.fault === 'clock jump').length);
  for (const { session, written, line } of reading.sessions.values())
    for (const { seq, index, header } of written) {
      const before = line.at(seq)?.index === index ? line.at(seq - 1) : undefined;
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

/** A server that is up keeps what it owns. Two are up at a time only where one stood still and another took its place. */
function checkTakeovers(reading: RunReading, findings: Findings): void {
  const up = new Set<string>();
  const stoodStill = new Set<string>();
  const owners = new Map<string, string>();
  for (const [index, entry] of reading.run.history.entries()) {
    if (entry.kind === 'server') {
      if (entry.change === 'frozen') stoodStill.add(entry.server);
      if (entry.change === 'started' || entry.change === 'thawed') up.add(entry.server);
      else if (entry.change !== 'stopping') up.delete(entry.server);
      if (!up.has(entry.server) && entry.change !== 'frozen') stoodStill.delete(entry.server);
    } else if (entry.kind === 'written' && entry.seq === 1) owners.set(entry.session, entry.server);
    else if (entry.kind === 'claimed') {
      findings.looked('claims');
      const owner = owners.get(entry.session) ?? entry.server;
      const isTaken = owner !== entry.server && up.has(owner) && !stoodStill.has(owner) && !stoodStill.has(entry.server);
      findings.must(!isTaken, index, () => `${entry.server} took ${entry.session} from ${owner}, which was up`);
      owners.set(entry.session, entry.server);
    }
  }
}
