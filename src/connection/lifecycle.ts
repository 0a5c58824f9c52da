import { DIALLING, type LifecycleTable, takeStep } from './dialling.ts';
import type { LifecycleEvent, LifecycleEventKind, Transition } from './lifecycle-events.ts';
import type { ConnectionPolicy } from './lifecycle-policy.ts';
import type { ConnectionStatus } from './lifecycle-states.ts';
import { drop, handOver, ignore, leave, postpone, resume, startOpened } from './lifecycle-steps.ts';

export { nextDue, startDialling } from './dialling.ts';

/** Every state and every event: what is not written here, or in the part for one that dials, does not compile. */
export const LIFECYCLE: LifecycleTable<LifecycleEventKind> = {
  connecting: {
    ...DIALLING.connecting,
    'login-refused': ignore,
    'leave-asked': leave,
    'drained': drop,
    'resumed': ignore,
    'handed-over': ignore,
  },
  connected: {
    ...DIALLING.connected,
    'login-refused': drop,
    'leave-asked': leave,
    'drained': drop,
    'resumed': ignore,
    'handed-over': handOver,
  },
  authenticating: {
    ...DIALLING.authenticating,
    'login-refused': drop,
    'leave-asked': leave,
    'drained': drop,
    'resumed': ignore,
    'handed-over': handOver,
  },
  live: {
    ...DIALLING.live,
    'login-refused': ignore,
    'leave-asked': leave,
    'drained': drop,
    'resumed': resume,
    'handed-over': ignore,
  },
  suspect: {
    ...DIALLING.suspect,
    'login-refused': ignore,
    'leave-asked': leave,
    'drained': drop,
    'resumed': resume,
    'handed-over': ignore,
  },
  reconnecting: {
    ...DIALLING.reconnecting,
    'login-refused': ignore,
    'leave-asked': leave,
    'drained': postpone,
    'resumed': resume,
    'handed-over': ignore,
  },
  closed: {
    ...DIALLING.closed,
    'login-refused': ignore,
    'leave-asked': ignore,
    'drained': ignore,
    'resumed': ignore,
    'handed-over': ignore,
  },
};

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
  return takeStep(LIFECYCLE, status, event, policy);
}

/** An older transport's event, however late it comes, is none of the connection's that replaced it. */
function isStale(status: ConnectionStatus, event: LifecycleEvent): boolean {
  if (!('transport' in event)) return false;
  return event.kind === 'resumed' ? event.transport <= status.transport : event.transport !== status.transport;
}
