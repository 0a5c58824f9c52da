import { Findings, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

/** 17: after the last fault everyone who wants to be there is live and has what there is to see, and whatever was asked is answered. */
export const servedAgain: Check = (reading) => {
  const findings = new Findings(reading, 17, ['clients at the end', 'answers']);
  checkClients(reading, findings);
  checkAsks(reading, findings);
  return findings.checked;
};

/** The last quiet point shows where each client stands. */
function checkClients(reading: RunReading, findings: Findings): void {
  const views = reading.entries('view');
  const last = views.at(-1)?.entry.at;
  const live = new Map<string, string>();
  for (const { entry } of reading.entries('status')) live.set(`${entry.client} ${entry.session}`, entry.status);
  for (const { entry, index } of views) {
    if (entry.at !== last || live.get(`${entry.client} ${entry.session}`) !== 'live') continue;
    const line = reading.sessions.get(entry.session)?.line;
    if (line === undefined) continue;
    findings.looked('clients at the end');
    const shown = line.events.findLast(
      ({ content, index: at }) => at < index && (content?.ops ?? content?.meta ?? content?.messages) !== undefined,
    );
    const left = line.events.slice(entry.seq).filter(({ content, index: at }) => at < index && (content?.meta?.length ?? 0) > 0);
    findings.must(
      left.length === 0,
      index,
      () => `${entry.client} stands at ${entry.seq} in the end, and what everyone may see goes on to ${shown?.seq}`,
    );
  }
}

function checkAsks(reading: RunReading, findings: Findings): void {
  const answered = new Set(reading.entries('answered').map(({ entry }) => entry.ask));
  for (const { entry, index } of reading.entries('asked')) {
    findings.looked('answers');
    findings.must(answered.has(entry.ask), index, () => `'${entry.name}' (ask ${entry.ask}) of ${entry.client} was never answered`);
  }
}
