import type { Sessions } from '../session/sessions.ts';

/**
 * The sessions of a server, for the host's own code and bots: `server.sessions`. Refusals are values with a code of the
 * table; nothing resolves before it is durable.
 */
export type HostedSessions = Pick<
  Sessions,
  | 'create'
  | 'run'
  | 'read'
  | 'snapshot'
  | 'people'
  | 'missed'
  | 'roleOf'
  | 'acts'
  | 'history'
  | 'end'
  | 'get'
  | 'list'
  | 'removedRev'
  | 'watchCatalogue'
  | 'observeSession'
  | 'status'
  | 'counts'
  | 'recoveries'
  | 'budgets'
  | 'sweeper'
>;
