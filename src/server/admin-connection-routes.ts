import { z } from 'zod';
import type { ConnectionFilter } from '../connection/connection-index.ts';
import type { ConnectionInfo } from '../connection/connection.ts';
import type { Connections } from '../connection/connections.ts';
import type { CloseCode } from '../protocol/codes.ts';
import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import { refuse } from '../session/outcome.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { whole } from './schemas.ts';

const STATES = ['connecting', 'connected', 'authenticating', 'live', 'suspect', 'reconnecting', 'closed'] as const;
const MOST = 1_000;
/** After these a client stays away; after the others it comes back by itself. */
const EVICT_CODES = [
  'forbidden',
  'unauthenticated',
  'shutting-down',
  'unavailable',
  'rate-limited',
] as const satisfies readonly CloseCode[];

const connectionSchema = z.object({
  id: z.string(),
  transport: z.string(),
  state: z.enum(STATES),
  since: z.number().meta({ description: 'When it came into this state, in wall-clock milliseconds.' }),
  openedAt: z.number(),
  participant: z.string().nullable().meta({ description: 'Null before the login.' }),
  name: z.string().nullable(),
  session: z.string().nullable(),
  remoteAddress: z.string().nullable(),
  expiresAt: z.number().nullable().meta({ description: 'When its credential ends; null where it has no end.' }),
});

const EXAMPLE: z.infer<typeof connectionSchema> = {
  id: 'c83vEjRWeJCrze8SNFZ4kA',
  transport: 'websocket',
  state: 'live',
  since: 1_767_225_600_000,
  openedAt: 1_767_225_600_000,
  participant: 'ada',
  name: 'Ada',
  session: 'mW3mPB7HkTj0q1bXUz2y4g',
  remoteAddress: '203.0.113.7',
  expiresAt: null,
};

/** Who is connected, and ending a connection. */
export function adminConnectionRoutes(connections: Connections, acts: OperatorActs): Route[] {
  return [listRoute(connections, acts), evictRoute(connections, acts)];
}

function listRoute(connections: Connections, acts: OperatorActs): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/connections',
    name: 'adminListConnections',
    summary: 'Every connection that fits the filter, those whose place is kept among them.',
    signIn: true,
    scope: 'read',
    query: z.object({
      state: z.enum(STATES).optional(),
      participant: z.string().max(128).optional(),
      session: z.string().max(128).optional(),
      transport: z.string().max(32).optional(),
      limit: whole(MOST)
        .optional()
        .meta({ description: `At most this many. Default and most ${MOST}.` }),
    }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ connections: z.array(connectionSchema), total: z.number().int() }),
      example: { connections: [EXAMPLE], total: 1 },
    },
    errors: ['unavailable'],
    async handle({ query, operator }) {
      const { participant, session, limit = MOST, ...rest } = query;
      const filter: ConnectionFilter = { ...rest, identity: participant, session: session as SessionId | undefined };
      const looked = await acts.look(operatorOf(operator).id, { what: 'connections', session: session ?? null }, async () => ({
        ok: true,
        found: connections.all(filter),
      }));
      if (!looked.ok) return looked;
      const { found } = looked;
      return { ok: true, json: { connections: found.slice(0, limit).map(connectionJson), total: found.length } };
    },
  });
}

function connectionJson({
  id,
  transport,
  status,
  openedAt,
  identity,
  session,
  remoteAddress,
}: ConnectionInfo): z.infer<typeof connectionSchema> {
  return {
    id,
    transport,
    state: status.state,
    since: status.since,
    openedAt,
    participant: identity?.id ?? null,
    name: identity?.name ?? null,
    session: session ?? null,
    remoteAddress: remoteAddress ?? null,
    expiresAt: identity?.expiresAt ?? null,
  };
}

function evictRoute(connections: Connections, acts: OperatorActs): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/connections/:id/evict',
    name: 'adminEvictConnection',
    summary: 'Ends one connection for good, with a code and a reason for its client.',
    signIn: true,
    scope: 'evict',
    params: z.object({ id: z.string().min(1).max(128) }),
    body: z
      .strictObject({
        code: z.enum(EVICT_CODES).optional().meta({ description: 'Default `forbidden`: the client stays away.' }),
        reason: z.string().min(1).max(100).optional(),
      })
      .optional(),
    answer: { status: 204, type: 'application/json', schema: z.undefined(), example: undefined },
    errors: ['not-found', 'unavailable'],
    async handle({ params, body, operator }) {
      const { code = 'forbidden', reason } = body ?? {};
      const id = params.id as ConnectionId;
      const session = connections.get(id)?.session ?? null;
      const details = { connection: params.id, participant: connections.get(id)?.identity?.id ?? null, code };
      const evicted = await acts.perform(operatorOf(operator).id, { what: 'evict', session, details }, async () =>
        connections.evict(id, code, reason) ? { ok: true } : refuse('not-found', 'There is no such connection.'),
      );
      return evicted.ok ? { ok: true, json: undefined } : evicted;
    },
  });
}
