import { OPERATORS_TYPE } from '../access/operators.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { OutboxWrite } from '../store/side-write.ts';
import { statusOf } from './lifecycle.ts';
import type { LifecycleEvent } from './lifecycle-table.ts';
import type { EventFacts, SessionLog } from './session-log.ts';

/** A turn in the life of a session, as the outside may hear of it: never content, and no words of people. */
export type Announcement = {
  /** Names this turn, and no other one of any session. */
  readonly id: string;
  readonly event: 'create' | LifecycleEvent;
  readonly session: SessionId;
  readonly type: string;
  readonly campaign: string | null;
  readonly seq: number;
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly by: string;
  readonly from: string | null;
  readonly to: string;
  /** Only where the host or cleanup gave one. */
  readonly reason?: JsonValue;
  /** Of a warning: when the session is given up. */
  readonly until?: number | null;
};

/** What is to be delivered of a turn, written with its event or not at all. */
export type Announce = (announcement: Announcement) => readonly OutboxWrite[];

/** The event with what is to be delivered of it. */
export function withAnnouncement(facts: EventFacts, log: SessionLog, announce: Announce | undefined): EventFacts {
  const announcement = announce && announcementOf(facts, log);
  if (announce === undefined || announcement === undefined) return facts;
  const writes = announce(announcement);
  return writes.length === 0 ? facts : { ...facts, side: [...(facts.side ?? []), ...writes] };
}

function announcementOf({ kind, transition, at, who }: EventFacts, log: SessionLog): Announcement | undefined {
  const { session, logId, definition, tree } = log;
  // What operators do is nobody's business but theirs.
  if (definition.name === OPERATORS_TYPE) return undefined;
  const seq = log.head + 1;
  const about = {
    id: `${logId}.${seq}`,
    session,
    type: definition.name,
    campaign: (tree.meta['campaign'] ?? null) as string | null,
    seq,
    at,
  };
  if (kind === 'create') return { ...about, event: 'create', by: who, from: null, to: statusOf(tree) };
  if (transition === undefined) return undefined;
  const { event, from, to, by, reason, until } = transition;
  return {
    ...about,
    event,
    by,
    from,
    to,
    ...(by === 'system' && reason !== null ? { reason } : {}),
    ...(until === undefined ? {} : { until }),
  };
}
