// Finds out where each event leads from each state, by running the lifecycle itself: what is drawn is what happens.
import type { LifecycleEvent, LifecycleEventKind } from '../src/connection/lifecycle-events.ts';
import { changePolicy, CLIENT_POLICY, SERVER_POLICY, type ConnectionPolicy } from '../src/connection/lifecycle-policy.ts';
import type { Cause, ConnectionState, ConnectionStatus } from '../src/connection/lifecycle-states.ts';
import { LIFECYCLE, nextDue, startAccepted, startDialling, transition } from '../src/connection/lifecycle.ts';
import type { Then } from '../src/protocol/codes.ts';

/** `nothing`: the event changes nothing. `stays`: it does something, and the state is the same. */
export type Outcome = ConnectionState | 'stays' | 'nothing';
export type LifecycleMap = Readonly<Record<ConnectionState, Readonly<Record<LifecycleEventKind, ReadonlySet<Outcome>>>>>;

export const STATES = Object.keys(LIFECYCLE) as ConnectionState[];
export const EVENTS = Object.keys(LIFECYCLE.closed) as LifecycleEventKind[];

const POLICIES: readonly ConnectionPolicy[] = [
  changePolicy(CLIENT_POLICY, { reconnectWindowMs: 60_000 }),
  SERVER_POLICY,
  changePolicy(CLIENT_POLICY, { reconnects: 'never' }),
];
const CAUSES = (['retry', 'reconnect', 'sign-in', 'reset', 'stop'] satisfies Then[]).flatMap((then): Cause[] => [
  { code: 'gone', message: '', then },
  { code: 'gone', message: '', then, retryAfterMs: 20_000 },
]);
const HOUR = 3_600_000;

/** Where every event leads from every state, under any policy. */
export function exploreLifecycle(): LifecycleMap {
  const map = emptyMap();
  for (const policy of POLICIES) explore(policy, map);
  return map;
}

/** What came of an event. */
export function outcomeOf(before: ConnectionStatus, after: ReturnType<typeof transition>): Outcome {
  if (after.status.state !== before.state) return after.status.state;
  return after.status === before && after.effects.length === 0 ? 'nothing' : 'stays';
}

function emptyMap(): Record<ConnectionState, Record<LifecycleEventKind, Set<Outcome>>> {
  const row = () => Object.fromEntries(EVENTS.map((kind) => [kind, new Set<Outcome>()]));
  return Object.fromEntries(STATES.map((state) => [state, row()])) as Record<ConnectionState, Record<LifecycleEventKind, Set<Outcome>>>;
}

function explore(policy: ConnectionPolicy, map: ReturnType<typeof emptyMap>): void {
  const waiting = [startDialling(0, policy).status, startAccepted(1, 0, policy).status];
  const seen = new Set(waiting.map(kindOf));
  for (let status = waiting.shift(); status !== undefined; status = waiting.shift()) {
    for (const event of eventsFor(status, policy)) {
      const after = transition(status, event, policy);
      map[status.state][event.kind].add(outcomeOf(status, after));
      const kind = kindOf(after.status);
      if (!seen.has(kind)) waiting.push(after.status);
      seen.add(kind);
    }
  }
}

/** Statuses of one kind behave alike, whatever their times. */
function kindOf(status: ConnectionStatus): string {
  const { state } = status;
  if (state === 'closed') return state;
  const waits =
    state === 'reconnecting' ? [status.awaits, status.notBefore > status.since] : 'outage' in status && status.outage !== undefined;
  const asks = 'pingAt' in status && status.pingAt < Infinity;
  return JSON.stringify([state, status.everLive, status.renewed, waits, asks]);
}

function eventsFor(status: ConnectionStatus, policy: ConnectionPolicy): LifecycleEvent[] {
  const due = nextDue(status, policy) ?? status.since;
  const times = new Set([status.since, due, due + 10_000, due + HOUR]);
  if (status.state === 'suspect') times.add(status.deadAt);
  if (status.state === 'live') times.add(status.heardAt + policy.suspectAfterMs);
  return EVENTS.flatMap((kind) => [...times].flatMap((at) => CAUSES.map((cause) => eventOf(kind, status, at, cause))));
}

/** An event of any kind, about the newest transport. */
export function eventOf(kind: LifecycleEventKind, status: ConnectionStatus, at: number, cause: Cause): LifecycleEvent {
  const transport = status.transport + (kind === 'resumed' ? 1 : 0);
  return { kind, at, transport, cause, random: 0.5 } as LifecycleEvent;
}
