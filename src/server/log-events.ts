import type { ConnectionEvent } from '../connection/connection-events.ts';
import type { SessionEvent } from '../session/session-event.ts';
import type { Logger } from './logger-adapter.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

const SESSION_LEVELS: Record<SessionEvent['kind'], Level> = {
  'created': 'info',
  'woke': 'info',
  'migrated': 'info',
  'snapshot-made': 'info',
  'snapshot-failed': 'error',
  'slept': 'info',
  'attached': 'info',
  'detached': 'info',
  'joined': 'info',
  'left': 'info',
  'role-changed': 'info',
  'authorize-failed': 'error',
  'transition': 'info',
  'ended': 'info',
  'inconsistent': 'error',
  'handler-failed': 'error',
  'append-failed': 'error',
  'disk-full': 'warn',
  'quarantined': 'error',
  'recovered': 'warn',
  'crashed': 'error',
  'wake-failed': 'error',
  'budget': 'warn',
  'swept': 'info',
  'sweep-failed': 'error',
  'archived': 'info',
  'deleted': 'info',
  'log-regression': 'error',
  'lost': 'info',
  'returned': 'info',
  'token-reused': 'warn',
  'view-diverged': 'error',
};

/** One line for one step of a session. Session events never carry content, so all their fields may be logged. */
export function logSessionEvent(logger: Logger, event: SessionEvent): void {
  const level = SESSION_LEVELS[event.kind];
  if (event.kind === 'handler-failed' || event.kind === 'crashed') {
    const { error, ...fields } = event;
    logger.error({ ...fields, err: error }, `session ${event.kind}`);
  } else {
    logger[level](event, `session ${event.kind}`);
  }
}

const CONNECTION_LEVELS: Record<Exclude<ConnectionEvent['kind'], 'failed'>, Level> = {
  opened: 'debug',
  arrived: 'info',
  returned: 'info',
  lost: 'info',
  left: 'info',
  expired: 'info',
  ended: 'info',
  refused: 'info',
};

/** One line for one step of a connection. */
export function logConnectionEvent(logger: Logger, event: ConnectionEvent): void {
  const { id, transport, remoteAddress, identity, session } = event.connection;
  const fields = { connection: id, participant: identity?.id, session };
  if (event.kind === 'failed') return logger.error({ ...fields, err: event.error }, 'connection failed inside the server');
  const more = event.kind === 'opened' ? { transport, remoteAddress } : 'cause' in event ? { reason: event.cause.code } : { transport };
  logger[CONNECTION_LEVELS[event.kind]]({ ...fields, ...more }, `connection ${event.kind}`);
}
