import type { ConnectionId, ParticipantId } from '../protocol/ids.ts';
import type { StoredOp } from '../protocol/event.ts';
import type { Op } from '../state/op.ts';
import { isOver, statusOf } from './lifecycle.ts';
import { everyone, isAudience, participantOf, type ParticipantEntry } from './people.ts';
import type { PersonFacts } from './presence-person.ts';
import { Presence, type PresenceHost } from './presence.ts';
import { NO_EFFECT } from './run-command.ts';
import type { EventFacts, SessionLog } from './session-log.ts';

const NOBODY: readonly [ParticipantId, PersonFacts | undefined][] = [];

/** What the presence of a session needs of it. */
export type SessionPresenceHost = Omit<PresenceHost, 'record'> & {
  /** Makes an event, unless there can be none now. */
  readonly append: (facts: EventFacts) => void;
};

/** The presence of a session that has just woken, or begins. */
export function startPresence(log: SessionLog, { append, ...host }: SessionPresenceHost): Presence {
  const { tree, definition } = log;
  const { policies } = definition;
  return new Presence(
    policies.presence,
    {
      people: everyone(tree).map(([id, entry]) => [id, factsOf(entry, isAudience(policies, entry.role))] as const),
      kept: Object.entries(tree.internal.connections).map(([id, { participant }]) => [id as ConnectionId, participant] as const),
    },
    {
      ...host,
      // Nobody is shown anything of it.
      record: (changes) => {
        if (isOver(statusOf(tree))) return;
        const input = { changes: changes.map((change) => [...change]) };
        append({ who: 'system', kind: 'command', command: '@presence', at: log.now(), effect: NO_EFFECT, input });
      },
    },
  );
}

/** Those whose entry an event changed, as it is after it; undefined for who takes part no longer. The event is in the tree. */
export function peopleChangedBy(
  { tree, definition }: SessionLog,
  meta: readonly Op[],
  internal: readonly StoredOp[],
): readonly [ParticipantId, PersonFacts | undefined][] {
  if (meta.length === 0 && internal.length === 0) return NOBODY;
  // The first event, whose people stand in it from the beginning.
  const all = meta.some(([, path]) => path.length === 1 && path[0] === 'participants');
  const ids = all ? everyone(tree).map(([id]) => id) : new Set([...idsUnder('participants', meta), ...idsUnder('audience', internal)]);
  return [...ids].map((id) => {
    const entry = participantOf(tree, id);
    return [id, entry && factsOf(entry, isAudience(definition.policies, entry.role))];
  });
}

function idsUnder(key: string, ops: readonly (Op | StoredOp)[]): ParticipantId[] {
  return ops.flatMap(([, path]) => {
    const [first, id]: readonly unknown[] = Array.isArray(path) ? path : [];
    return first === key && typeof id === 'string' ? [id as ParticipantId] : [];
  });
}

function factsOf({ role, away }: ParticipantEntry, audience: boolean): PersonFacts {
  return { role, listed: !audience, away: away === true };
}
