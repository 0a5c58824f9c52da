import type { HistoryEntry } from '../history.ts';
import { Findings, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

type ViewEntry = Extract<HistoryEntry, { kind: 'view' }>;

/** 17: after the last fault everyone who wants to be there is live and has what there is to see, and whatever was asked is answered. */
export const servedAgain: Check = (reading) => {
  const findings = new Findings(reading, 17, ['clients at the end', 'answers']);
  checkClients(reading, findings);
  checkAsks(reading, findings);
  return findings.checked;
};

/** What each client's status was when the last quiet point was taken, and what it held. */
function checkClients(reading: RunReading, findings: Findings): void {
  for (const { entry, index } of lastPoint(reading)) {
    const line = reading.sessions.get(entry.session)?.line;
    if (line === undefined) continue;
    findings.looked('clients at the end');
    const left = line.events.slice(entry.seq).find(({ content, index: at }) => at < index && (content?.meta?.length ?? 0) > 0);
    findings.must(
      left === undefined,
      index,
      () => `${entry.client} stands at ${entry.seq} in the end, and event ${left?.seq} shows everyone something`,
    );
  }
}

/** The views that were taken last, of clients that were live then. */
function lastPoint(reading: RunReading): { readonly entry: ViewEntry; readonly index: number }[] {
  const live = new Map<string, string>();
  let views: { readonly entry: ViewEntry; readonly index: number }[] = [];
  for (const [index, entry] of reading.run.history.entries()) {
    if (entry.kind === 'status') live.set(`${entry.client} ${entry.session}`, entry.status);
    if (entry.kind !== 'view' || live.get(`${entry.client} ${entry.session}`) !== 'live') continue;
    if (views[0]?.entry.at !== entry.at) views = [];
    views.push({ entry, index });
  }
  return views;
}

function checkAsks(reading: RunReading, findings: Findings): void {
  const point = lastPoint(reading);
  const end = point[0]?.index ?? 0;
  const here = new Set(point.map(({ entry }) => `${entry.client} ${entry.session}`));
  const answers = new Map(reading.entries('answered').map(({ entry, index }) => [entry.ask, index]));
  for (const { entry, index } of reading.entries('asked')) {
    if (index > end || !here.has(`${entry.client} ${entry.session}`)) continue;
    findings.looked('answers');
    const isAnswered = (answers.get(entry.ask) ?? Infinity) < end;
    findings.must(
      isAnswered,
      index,
      () => `'${entry.name}' (ask ${entry.ask}) of ${entry.client} had no answer when everything had come to rest`,
    );
  }
}
