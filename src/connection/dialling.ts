import type { LifecycleEvent, LifecycleEventKind, Transition } from './lifecycle-events.ts';
import type { ConnectionPolicy } from './lifecycle-policy.ts';
import type { ConnectionState, ConnectionStatus } from './lifecycle-states.ts';
import {
  accept,
  drop,
  evict,
  hearAnswer,
  hearLive,
  hearSuspect,
  ignore,
  lost,
  notRenewed,
  opened,
  present,
  renewed,
  startOpening,
  suspectAt,
  wakeAway,
  wakeLive,
  wakeSuspect,
  watchAway,
  watchLive,
  watchSuspect,
  watchUnderway,
} from './lifecycle-steps.ts';

type Step<Status, Event> = (status: Status, event: Event, policy: ConnectionPolicy) => Transition;

/** Every state and every event of these kinds: a cell that is missing does not compile. */
export type LifecycleTable<Kinds extends LifecycleEventKind> = {
  readonly [State in ConnectionState]: {
    readonly [Kind in Kinds]: Step<Extract<ConnectionStatus, { state: State }>, Extract<LifecycleEvent, { kind: Kind }>>;
  };
};

/** What happens to one that dials, keeps its one connection and is not asked whether it would come back. */
export type DiallingKind = Exclude<LifecycleEventKind, 'login-refused' | 'leave-asked' | 'drained' | 'resumed' | 'handed-over'>;
export type DiallingEvent = Extract<LifecycleEvent, { kind: DiallingKind }>;

/** The part of the lifecycle that the client library needs; `LIFECYCLE` is the whole. */
export const DIALLING: LifecycleTable<DiallingKind> = {
  connecting: {
    'transport-opened': opened,
    'transport-closed': lost,
    'transport-dropped': drop,
    'login-presented': ignore,
    'login-accepted': ignore,
    'heard': ignore,
    'time-passed': watchUnderway,
    'evicted': evict,
    'woken': ignore,
    'credential-renewed': ignore,
    'credential-failed': ignore,
  },
  connected: {
    'transport-opened': ignore,
    'transport-closed': lost,
    'transport-dropped': drop,
    'login-presented': present,
    'login-accepted': ignore,
    'heard': ignore,
    'time-passed': watchUnderway,
    'evicted': evict,
    'woken': ignore,
    'credential-renewed': ignore,
    'credential-failed': ignore,
  },
  authenticating: {
    'transport-opened': ignore,
    'transport-closed': lost,
    'transport-dropped': drop,
    'login-presented': ignore,
    'login-accepted': accept,
    'heard': hearAnswer,
    'time-passed': watchUnderway,
    'evicted': evict,
    'woken': ignore,
    'credential-renewed': ignore,
    'credential-failed': ignore,
  },
  live: {
    'transport-opened': ignore,
    'transport-closed': lost,
    'transport-dropped': drop,
    'login-presented': ignore,
    'login-accepted': ignore,
    'heard': hearLive,
    'time-passed': watchLive,
    'evicted': evict,
    'woken': wakeLive,
    'credential-renewed': ignore,
    'credential-failed': ignore,
  },
  suspect: {
    'transport-opened': ignore,
    'transport-closed': lost,
    'transport-dropped': drop,
    'login-presented': ignore,
    'login-accepted': ignore,
    'heard': hearSuspect,
    'time-passed': watchSuspect,
    'evicted': evict,
    'woken': wakeSuspect,
    'credential-renewed': ignore,
    'credential-failed': ignore,
  },
  reconnecting: {
    'transport-opened': ignore,
    'transport-closed': ignore,
    'transport-dropped': ignore,
    'login-presented': ignore,
    'login-accepted': ignore,
    'heard': ignore,
    'time-passed': watchAway,
    'evicted': evict,
    'woken': wakeAway,
    'credential-renewed': renewed,
    'credential-failed': notRenewed,
  },
  closed: {
    'transport-opened': ignore,
    'transport-closed': ignore,
    'transport-dropped': ignore,
    'login-presented': ignore,
    'login-accepted': ignore,
    'heard': ignore,
    'time-passed': ignore,
    'evicted': ignore,
    'woken': ignore,
    'credential-renewed': ignore,
    'credential-failed': ignore,
  },
};

/** A connection that this end opens: its first transport has the number 1. */
export function startDialling(at: number, policy: ConnectionPolicy): Transition {
  return startOpening(1, at, policy);
}

/** `transition` for the events of one that dials. */
export function dial(status: ConnectionStatus, event: DiallingEvent, policy: ConnectionPolicy): Transition {
  return 'transport' in event && event.transport !== status.transport ? ignore(status) : takeStep(DIALLING, status, event, policy);
}

/** Looks the step up in the table and takes it. */
export function takeStep<Kinds extends LifecycleEventKind>(
  table: LifecycleTable<Kinds>,
  status: ConnectionStatus,
  event: Extract<LifecycleEvent, { kind: Kinds }>,
  policy: ConnectionPolicy,
): Transition {
  // The table gives each step the status and event of its own cell, which the compiler cannot follow through two look-ups.
  const step = table[status.state][event.kind] as Step<ConnectionStatus, LifecycleEvent>;
  return step(status, event.at < status.since ? { ...event, at: status.since } : event, policy);
}

/** When time next matters, so that a host needs one timer at most; undefined when it never does. */
export function nextDue(status: ConnectionStatus, policy: ConnectionPolicy): number | undefined {
  const due = dueOf(status, policy);
  return due === Infinity ? undefined : due;
}

function dueOf(status: ConnectionStatus, policy: ConnectionPolicy): number {
  switch (status.state) {
    case 'connecting':
    case 'connected':
    case 'authenticating':
      return Math.min(status.deadline, status.outage?.until ?? Infinity);
    case 'live':
      return Math.min(suspectAt(status, policy), status.pingAt);
    case 'suspect':
      return Math.min(status.deadAt, status.pingAt);
    case 'reconnecting':
      return Math.min(status.until, status.retryAt ?? Infinity);
    case 'closed':
      return Infinity;
  }
}
