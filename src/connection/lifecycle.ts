import type { LifecycleEvent, LifecycleEventKind, Transition } from './lifecycle-events.ts';
import type { ConnectionPolicy } from './lifecycle-policy.ts';
import type { ConnectionState, ConnectionStatus } from './lifecycle-states.ts';
import {
  accept,
  drop,
  evict,
  handOver,
  hearLive,
  hearSuspect,
  ignore,
  leave,
  lost,
  notRenewed,
  opened,
  postpone,
  present,
  renewed,
  resume,
  startOpened,
  startOpening,
  wakeAway,
  wakeLive,
  wakeSuspect,
  watchAway,
  watchLive,
  watchSuspect,
  watchUnderway,
} from './lifecycle-steps.ts';

type Step<Status, Event> = (status: Status, event: Event, policy: ConnectionPolicy) => Transition;

type LifecycleTable = {
  readonly [State in ConnectionState]: {
    readonly [Kind in LifecycleEventKind]: Step<Extract<ConnectionStatus, { state: State }>, Extract<LifecycleEvent, { kind: Kind }>>;
  };
};

/** Every state and every event: what is not written here does not compile. */
export const LIFECYCLE: LifecycleTable = {
  connecting: {
    'transport-opened': opened,
    'transport-closed': lost,
    'transport-dropped': drop,
    'login-presented': ignore,
    'login-accepted': ignore,
    'login-refused': ignore,
    'heard': ignore,
    'time-passed': watchUnderway,
    'leave-asked': leave,
    'evicted': evict,
    'drained': drop,
    'resumed': ignore,
    'handed-over': ignore,
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
    'login-refused': drop,
    'heard': ignore,
    'time-passed': watchUnderway,
    'leave-asked': leave,
    'evicted': evict,
    'drained': drop,
    'resumed': ignore,
    'handed-over': handOver,
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
    'login-refused': drop,
    'heard': ignore,
    'time-passed': watchUnderway,
    'leave-asked': leave,
    'evicted': evict,
    'drained': drop,
    'resumed': ignore,
    'handed-over': handOver,
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
    'login-refused': ignore,
    'heard': hearLive,
    'time-passed': watchLive,
    'leave-asked': leave,
    'evicted': evict,
    'drained': drop,
    'resumed': resume,
    'handed-over': ignore,
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
    'login-refused': ignore,
    'heard': hearSuspect,
    'time-passed': watchSuspect,
    'leave-asked': leave,
    'evicted': evict,
    'drained': drop,
    'resumed': resume,
    'handed-over': ignore,
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
    'login-refused': ignore,
    'heard': ignore,
    'time-passed': watchAway,
    'leave-asked': leave,
    'evicted': evict,
    'drained': postpone,
    'resumed': resume,
    'handed-over': ignore,
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
    'login-refused': ignore,
    'heard': ignore,
    'time-passed': ignore,
    'leave-asked': ignore,
    'evicted': ignore,
    'drained': ignore,
    'resumed': ignore,
    'handed-over': ignore,
    'woken': ignore,
    'credential-renewed': ignore,
    'credential-failed': ignore,
  },
};

/** A connection that this end opens: its first transport has the number 1. */
export function startDialling(at: number, policy: ConnectionPolicy): Transition {
  return startOpening(1, at, policy);
}

/** A connection that came to this end, over a transport that is open already. */
export function startAccepted(transport: number, at: number, policy: ConnectionPolicy): Transition {
  return startOpened(transport, at, policy);
}

/**
 * One step in the life of a connection: pure, so that a server runs it for each of its many connections and a client for
 * its one. The host does the effects, in order, and calls again with what comes of them; when `nextDue` is reached it
 * tells `time-passed`. The policy may differ from call to call (a login tells the session type, and so the policy).
 */
export function transition(status: ConnectionStatus, event: LifecycleEvent, policy: ConnectionPolicy): Transition {
  if (isStale(status, event)) return ignore(status);
  // The table gives each step the status and event of its own cell, which the compiler cannot follow through two look-ups.
  const step = LIFECYCLE[status.state][event.kind] as Step<ConnectionStatus, LifecycleEvent>;
  return step(status, event.at < status.since ? { ...event, at: status.since } : event, policy);
}

/** An older transport's event, however late it comes, is none of the connection's that replaced it. */
function isStale(status: ConnectionStatus, event: LifecycleEvent): boolean {
  if (!('transport' in event)) return false;
  return event.kind === 'resumed' ? event.transport <= status.transport : event.transport !== status.transport;
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
      return Math.min(status.heardAt + policy.suspectAfterMs, status.pingAt);
    case 'suspect':
      return Math.min(status.deadAt, status.pingAt);
    case 'reconnecting':
      return Math.min(status.until, status.retryAt ?? Infinity);
    case 'closed':
      return Infinity;
  }
}
