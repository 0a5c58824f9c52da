import type { EventContent, EventHeader, StoredHighlight } from '../protocol/event.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { CAMPAIGN_TYPE } from '../access/campaign.ts';
import { cloneJson, copyJson } from '../state/copy-json.ts';
import type { HistoryWrite } from '../store/side-write.ts';
import { ATTENDANCE_MESSAGE } from './attendance.ts';
import { LIFECYCLE_MESSAGE } from './lifecycle.ts';
import { own } from './own.ts';
import { ERASED } from './erased.ts';
import { participantOf } from './people.ts';
import { sessionTimeAt } from './session-time.ts';
import type { Tree } from './tree.ts';

/** Someone who took part. Times are wall-clock milliseconds. */
export type PersonOfHistory = {
  name: string;
  /** The roles they had and since when: at most 8, the first one always among them. */
  roles: [at: number, role: string][];
  /** From when until when they took part; null: they still do, or did at the end. At most 8: the last one grows. */
  times: [from: number, to: number | null][];
};

/**
 * What a session is remembered by, whatever becomes of its content. Times are wall-clock milliseconds. Everything in it has a
 * bound, so that the whole stays well below what the store takes.
 */
export type History = {
  /** Event that last changed it. */
  seq: Seq;
  createdAt: number;
  createdBy: string;
  /** When it first became active. */
  startedAt: number | null;
  endedAt: number | null;
  endedBy: string | null;
  reason: JsonValue;
  /** What it ended with, where that is small. */
  result: JsonValue;
  /** How long it was active: without the lobby and without pauses. Up to the last change of status. */
  playedMs: number;
  /** At most 100. */
  pauses: { at: number; until: number | null; by: string; reason: JsonValue }[];
  /** At most 500; of the audience only the count is kept. */
  people: Record<string, PersonOfHistory>;
  /** Joins that are not listed: of the audience, and after the 500th of the others. */
  audience: number;
  unlisted: number;
  /** What `ctx.highlight` kept: the first 200, or fewer where they are long. */
  highlights: (StoredHighlight & { seq: Seq; at: number; by: string })[];
};

/** Most highlights of one command. */
export const HIGHLIGHTS_PER_EVENT = 16;
const HIGHLIGHTS_MOST = 200;
const TEXT_MOST = 300;
const DATA_MOST = 1_024;
const PEOPLE_MOST = 500;
const PAUSES_MOST = 100;
const TIMES_MOST = 8;
const ROLES_MOST = 8;
/** Characters of JSON: of all highlights together, and of a result. */
const HIGHLIGHTS_LENGTH_MOST = 100_000;
const RESULT_LENGTH_MOST = 4_096;

export function emptyHistory(): History {
  return {
    seq: 0,
    createdAt: 0,
    createdBy: '',
    startedAt: null,
    endedAt: null,
    endedBy: null,
    reason: null,
    result: null,
    playedMs: 0,
    pauses: [],
    people: {},
    audience: 0,
    unlisted: 0,
    highlights: [],
  };
}

/** A highlight as a handler gives it. Throws what the handler's author has to hear. */
export function copyHighlight(text: string, data: JsonValue | undefined): StoredHighlight {
  if (typeof text !== 'string' || text.length < 1 || text.length > TEXT_MOST)
    throw new TypeError(`highlight: a text of 1 to ${TEXT_MOST} characters`);
  if (data === undefined) return { text };
  const copy = copyJson(data);
  if (JSON.stringify(copy).length > DATA_MOST) throw new RangeError(`highlight: data of at most ${DATA_MOST} characters`);
  return { text, data: copy };
}

/** Folds one event, which is in the tree already, into the session's history. */
export function remember(tree: Tree, header: EventHeader, content: EventContent | undefined): void {
  if (header.kind === 'create') return rememberCreation(tree, header);
  if (content?.highlights !== undefined) rememberHighlights(tree.internal.history, header, content.highlights);
  if (header.command === '@join' && isUnlisted(tree, header, content)) tree.internal.history.audience += 1;
  for (const { name, payload } of content?.messages ?? []) {
    if (name === LIFECYCLE_MESSAGE) rememberTransition(tree, header, payload as JsonObject);
    else if (name === ATTENDANCE_MESSAGE) rememberAttendance(tree, header, payload as JsonObject);
  }
  if (ROLE_COMMANDS.has(header.command)) rememberRoles(tree, header);
  if (header.command === '@erase') rememberErasure(tree.internal.history, header, content?.input as JsonObject);
}

/** The record as the store keeps it beside the session. */
export function historyWrite({ internal, meta }: Tree): HistoryWrite {
  const record = recordOf(internal.history);
  return {
    kind: 'history',
    data: JSON.stringify(record),
    startedAt: record.startedAt ?? record.createdAt,
    endedAt: record.endedAt,
    people: isCampaign(meta)
      ? [...new Set([...Object.keys(record.people), ...Object.keys(meta['participants'] as JsonObject)])]
      : Object.keys(record.people),
  };
}

/** A history as it is shown. */
export type HistoryRecord = Omit<History, 'seq'>;

function recordOf({ seq: _seq, ...record }: History): HistoryRecord {
  return record;
}

/** Of a campaign every member has to be found, however many there are. */
function isCampaign(meta: JsonObject): boolean {
  return meta['type'] === CAMPAIGN_TYPE;
}

const ROLE_COMMANDS: ReadonlySet<string> = new Set(['@role', '@hand-over', '@transfer', '@member', '@claim', '@profile']);

function rememberCreation(tree: Tree, header: EventHeader): void {
  const { internal, meta } = tree;
  const { at, who, seq } = header;
  const { history } = internal;
  Object.assign(history, { seq, createdAt: at, createdBy: who, startedAt: meta['status'] === 'active' ? at : null });
  for (const id of Object.keys(meta['participants'] as JsonObject)) rememberComing(tree, header, id);
}

function rememberHighlights(history: History, { seq, at, who }: EventHeader, highlights: readonly StoredHighlight[]): void {
  for (const { text, data } of highlights) {
    const highlight = { seq, at, by: who, text, ...(data === undefined ? {} : { data }) };
    const length = JSON.stringify([...history.highlights, highlight]).length;
    if (history.highlights.length >= HIGHLIGHTS_MOST || length > HIGHLIGHTS_LENGTH_MOST) return;
    history.highlights.push(highlight);
    history.seq = seq;
  }
}

/** The audience comes without a word. */
function isUnlisted(tree: Tree, { who }: EventHeader, content: EventContent | undefined): boolean {
  const told = content?.messages?.some(({ name }) => name === ATTENDANCE_MESSAGE) === true;
  return !told && own(tree.internal.audience, who) !== undefined;
}

function rememberTransition({ internal, meta }: Tree, { at, seq }: EventHeader, told: JsonObject): void {
  const { history } = internal;
  const { event, to, by, reason } = told as { event: string; to: string; by: string; reason: JsonValue };
  history.seq = seq;
  history.playedMs = sessionTimeAt(internal, at);
  if (to === 'active') history.startedAt ??= at;
  const last = history.pauses.at(-1);
  if (event === 'pause' && history.pauses.length < PAUSES_MOST) history.pauses.push({ at, until: null, by, reason });
  else if ((to === 'active' || event === 'end') && last !== undefined) last.until ??= at;
  if (event === 'end') Object.assign(history, { endedAt: at, endedBy: by, reason, result: smallOr(meta['result'], null) });
}

function rememberAttendance(tree: Tree, header: EventHeader, told: JsonObject): void {
  const { id, name, change } = told as { id: string; name: string; change: string };
  if (change === 'joined') rememberComing(tree, header, id);
  else if (participantOf(tree, id) === undefined) rememberGoing(tree, header, id, name);
}

function rememberComing(tree: Tree, { at, seq }: EventHeader, id: string): void {
  const { history } = tree.internal;
  const entry = participantOf(tree, id);
  if (entry === undefined) return;
  const known = own(history.people, id);
  if (known === undefined && Object.keys(history.people).length >= PEOPLE_MOST) {
    history.unlisted += 1;
    if (isCampaign(tree.meta)) history.seq = seq;
    return;
  }
  history.seq = seq;
  const person = known ?? { name: entry.name, roles: [], times: [] };
  history.people[id] = person;
  person.name = entry.name;
  noteRole(person, at, entry.role);
  // Of someone who comes and goes all the time, the last stretch grows.
  if (person.times.length < TIMES_MOST) person.times.push([at, null]);
  else person.times[TIMES_MOST - 1] = [(person.times.at(-1) as [number, null])[0], null];
}

function rememberGoing({ internal }: Tree, { at, seq }: EventHeader, id: string, name: string): void {
  const person = own(internal.history.people, id);
  const last = person?.times.at(-1);
  if (person === undefined || last === undefined) return;
  internal.history.seq = seq;
  if (name !== '') person.name = name;
  last[1] ??= at;
}

function rememberRoles(tree: Tree, { at, seq }: EventHeader): void {
  const { history } = tree.internal;
  for (const [id, person] of Object.entries(history.people)) {
    const entry = participantOf(tree, id);
    if (entry === undefined || (entry.role === person.roles.at(-1)?.[1] && entry.name === person.name)) continue;
    person.name = entry.name;
    noteRole(person, at, entry.role);
    history.seq = seq;
  }
}

/** Of who was erased the id stays, and when they were there. */
function rememberErasure(history: History, { seq }: EventHeader, { participant }: JsonObject): void {
  history.seq = seq;
  const person = typeof participant === 'string' ? own(history.people, participant) : undefined;
  if (person !== undefined) person.name = ERASED;
  if (history.endedBy === participant) history.reason = null;
  for (const pause of history.pauses) if (pause.by === participant) pause.reason = null;
  history.highlights = history.highlights.filter(({ by }) => by !== participant);
}

function noteRole({ roles }: PersonOfHistory, at: number, role: string): void {
  if (roles.at(-1)?.[1] === role) return;
  roles.push([at, role]);
  if (roles.length > ROLES_MOST) roles.splice(1, 1);
}

function smallOr(value: JsonValue | undefined, otherwise: JsonValue): JsonValue {
  return value === undefined || JSON.stringify(value).length > RESULT_LENGTH_MOST ? otherwise : cloneJson(value);
}
