import type { ConnectionEvent } from '../connection/connections.ts';
import type { SessionEvent } from '../session/session-event.ts';
import type { Logger } from './logger-adapter.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

const SESSION_LEVELS: Record<SessionEvent['kind'], Level> = {
  'created': 'info',
  'woke': 'info',
  'slept': 'info',
  'attached': 'info',
  'detached': 'info',
  'joined': 'info',
  'left': 'info',
  'ended': 'info',
  'handler-failed': 'error',
  'append-failed': 'error',
  'disk-full': 'warn',
  'quarantined': 'error',
  'wake-failed': 'error',
  'log-regression': 'error',
};

/** One line for one step of a session. Session events never carry content, so all their fields may be logged. */
export function logSessionEvent(logger: Logger, event: SessionEvent): void {
  const level = SESSION_LEVELS[event.kind];
  if (event.kind === 'handler-failed') {
    const { error, ...fields } = event;
    logger.error({ ...fields, err: error }, 'session handler-failed');
  } else {
    logger[level](event, `session ${event.kind}`);
  }
}

/** One line for one step of a connection. */
export function logConnectionEvent(logger: Logger, event: ConnectionEvent): void {
  const { id, transport, remoteAddress } = event.connection;
  if (event.kind === 'opened') logger.debug({ connection: id, transport, remoteAddress }, 'connection opened');
  else if (event.kind === 'live')
    logger.info({ connection: id, participant: event.identity.id, session: event.session }, 'connection live');
  else if (event.kind === 'failed') logger.error({ connection: id, err: event.error }, 'connection failed inside the server');
  else logger.info({ connection: id, participant: event.identity?.id, session: event.session, reason: event.reason }, 'connection closed');
}
