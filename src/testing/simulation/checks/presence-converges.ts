import type { JsonObject } from '../../../protocol/json.ts';
import type { HistoryEntry } from '../history.ts';
import { Findings, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

type ViewEntry = Extract<HistoryEntry, { kind: 'view' }>;
type Shown = Readonly<Record<string, { readonly status: string }>>;

/** 16: when it is quiet every client shows the same people, as they are: here are those who have a connection, and nobody else. */
export const presenceConverges: Check = (reading) => {
  const findings = new Findings(reading, 16, ['quiet points', 'people shown']);
  for (const group of quietPoints(reading)) checkPoint(findings, group);
  return findings.checked;
};

type Point = { readonly index: number; readonly views: readonly ViewEntry[]; readonly here: ReadonlySet<string> };

/** Views that were taken at one moment, by session, and who was connected then. */
function quietPoints(reading: RunReading): Point[] {
  const participants = new Map(
    reading.conversations.flatMap(({ client, participant }) => (participant === undefined ? [] : [[client, participant]])),
  );
  const live = new Map<string, string>();
  const points = new Map<string, { index: number; views: ViewEntry[]; here: Set<string> }>();
  for (const [index, entry] of reading.run.history.entries()) {
    if (entry.kind === 'status') live.set(`${entry.client} ${entry.session}`, entry.status);
    if (entry.kind !== 'view') continue;
    const key = `${entry.at} ${entry.session}`;
    const point = points.get(key) ?? { index, views: [], here: new Set() };
    points.set(key, point);
    if (live.get(`${entry.client} ${entry.session}`) !== 'live') continue;
    point.views.push(entry);
    const who = participants.get(entry.client);
    if (who !== undefined) point.here.add(who);
  }
  return [...points.values()];
}

function checkPoint(findings: Findings, { index, views, here }: Point): void {
  findings.looked('quiet points');
  const told = views.filter(({ presence }) => Object.keys(presence as JsonObject).length > 0);
  const [first] = told;
  if (first === undefined) return;
  for (const { client, presence, meta } of told) {
    const shown = presence as Shown;
    const listed = Object.keys(((meta as JsonObject)['participants'] ?? {}) as JsonObject);
    for (const id of new Set([...listed, ...Object.keys(shown)])) {
      findings.looked('people shown');
      const isHere = here.has(id);
      const status = shown[id]?.status;
      const isRight = listed.includes(id) && status !== undefined && (status !== 'disconnected') === isHere;
      if (!isRight)
        findings.wrong(index, `${client} shows '${id}' as ${status ?? 'not there'}, who is ${isHere ? 'connected' : 'not connected'}`);
    }
    const difference = Object.keys(shown).find((id) => shown[id]?.status !== (first.presence as Shown)[id]?.status);
    if (difference !== undefined) findings.wrong(index, `${client} and ${first.client} show '${difference}' differently`);
  }
}
