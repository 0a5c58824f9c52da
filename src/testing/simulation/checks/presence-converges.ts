import type { JsonObject } from '../../../protocol/json.ts';
import type { HistoryEntry } from '../history.ts';
import type { Conversation } from './conversation.ts';
import { Findings, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

type ViewEntry = Extract<HistoryEntry, { kind: 'view' }>;
type Shown = Readonly<Record<string, { readonly status: string }>>;

/**
 * A connection is found to be lost within two and a half heartbeats, and whoever has none is shown as before for the grace time. Who
 * woke a session expects everyone who was there.
 */
const NOTICED_MS = 60_000;

/** 16: when it is quiet every client shows the same people, as they are: here are those who have a connection, and nobody else. */
export const presenceConverges: Check = (reading) => {
  const findings = new Findings(reading, 16, ['quiet points', 'people shown as here', 'people shown as gone']);
  for (const point of quietPoints(reading)) checkPoint(findings, point);
  return findings.checked;
};

/** Views that were taken at one moment, who was connected then, and who had been shortly before. */
type Point = { readonly index: number; readonly views: ViewEntry[]; readonly here: Set<string>; readonly lately: ReadonlySet<string> };

function quietPoints(reading: RunReading): Point[] {
  const run = new Watch(reading);
  const points = new Map<string, Point>();
  for (const [index, entry] of reading.run.history.entries()) {
    run.follow(entry);
    if (entry.kind !== 'view') continue;
    const key = `${entry.at} ${entry.session}`;
    const point = points.get(key) ?? { index, views: [], here: new Set(), lately: run.lately(entry.at, entry.session) };
    points.set(key, point);
    if (run.isHere(entry)) point.here.add(run.personOf(entry.client));
    if (run.isUpToDate(entry)) point.views.push(entry);
  }
  return [...points.values()];
}

/** What is known of people as the history goes on. */
class Watch {
  readonly #people: ReadonlyMap<string, string>;
  readonly #conversations: ReadonlyMap<string, Conversation>;
  readonly #status = new Map<string, string>();
  /** When each person was last heard by a server, by session. */
  readonly #heard = new Map<string, Map<string, number>>();
  /** Frames on their way to a client. */
  readonly #underWay = new Map<string, number>();
  /** When each session was woken last. */
  readonly #woken = new Map<string, number>();

  constructor({ conversations }: RunReading) {
    this.#people = new Map(conversations.flatMap(({ client, participant }) => (participant === undefined ? [] : [[client, participant]])));
    this.#conversations = new Map(conversations.map((conversation) => [conversation.connection, conversation]));
  }

  follow(entry: HistoryEntry): void {
    if (entry.kind === 'status') this.#status.set(`${entry.client} ${entry.session}`, entry.status);
    if (entry.kind === 'claimed') this.#woken.set(entry.session, entry.at);
    if (entry.kind !== 'sent' && entry.kind !== 'received') return;
    const { client = '', session = '' } = this.#conversations.get(entry.connection) ?? {};
    const key = `${client} ${session}`;
    if (entry.to === 'client') this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + (entry.kind === 'sent' ? 1 : -1));
    else if (entry.kind === 'received') {
      const heard = this.#heard.get(session) ?? new Map<string, number>();
      this.#heard.set(session, heard.set(this.personOf(client), entry.at));
    }
  }

  personOf(client: string): string {
    // Further pages of a person are called `mira#2`.
    return this.#people.get(client) ?? client.replace(/#\d+$/, '');
  }

  isHere({ client, session }: ViewEntry): boolean {
    return this.#status.get(`${client} ${session}`) === 'live';
  }

  /** Whether nothing is on its way to it. */
  isUpToDate(view: ViewEntry): boolean {
    return this.isHere(view) && (this.#underWay.get(`${view.client} ${view.session}`) ?? 0) === 0;
  }

  lately(at: number, session: string): Set<string> {
    const woken = this.#woken.get(session) ?? -Infinity;
    return new Set([...(this.#heard.get(session) ?? [])].flatMap(([who, last]) => (Math.max(last, woken) > at - NOTICED_MS ? [who] : [])));
  }
}

function checkPoint(findings: Findings, { index, views, here, lately }: Point): void {
  findings.looked('quiet points');
  const told = views.filter(({ presence }) => Object.keys(presence as JsonObject).length > 0);
  const [first] = told;
  if (first === undefined) return;
  for (const { client, presence, meta } of told) {
    const shown = presence as Shown;
    const listed = Object.keys(((meta as JsonObject)['participants'] ?? {}) as JsonObject);
    for (const id of new Set([...listed, ...Object.keys(shown)])) checkPerson(findings, index, { client, id, shown, listed, here, lately });
    const difference = Object.keys(shown).find((id) => shown[id]?.status !== (first.presence as Shown)[id]?.status);
    if (difference !== undefined) findings.wrong(index, `${client} and ${first.client} show '${difference}' differently`);
  }
}

type Person = Pick<Point, 'here' | 'lately'> & {
  readonly client: string;
  readonly id: string;
  readonly shown: Shown;
  readonly listed: readonly string[];
};

function checkPerson(findings: Findings, index: number, { client, id, shown, listed, here, lately }: Person): void {
  const [isHere, status] = [here.has(id), shown[id]?.status];
  if (!isHere && lately.has(id) && listed.includes(id)) return;
  findings.looked(isHere ? 'people shown as here' : 'people shown as gone');
  const isRight = listed.includes(id) && status !== undefined && (status !== 'disconnected') === isHere;
  if (!isRight)
    findings.wrong(index, `${client} shows '${id}' as ${status ?? 'not there'}, who is ${isHere ? 'connected' : 'not connected'}`);
}
