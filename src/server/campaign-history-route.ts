import { z } from 'zod';
import { CAMPAIGN_TYPE } from '../access/campaign.ts';
import type { SessionId } from '../protocol/ids.ts';
import { refuse } from '../session/outcome.ts';
import type { HistoryRow } from '../store/store-queries.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { EXAMPLE_HISTORY, historyJson, historySchema } from './lifecycle-routes.ts';
import { defineRoute, type Route } from './route.ts';
import { sessionId, whole } from './schemas.ts';
import { readCursor, writeCursor } from './session-listing.ts';
import { identity } from './session-routes.ts';

type Sessions = Pick<HostedSessions, 'roleOf' | 'get' | 'history'>;

const DEFAULT_LIMIT = 50;

const recordSchema = historySchema.extend({
  name: z.string().nullable().meta({ description: 'Null where the session itself is gone.' }),
});

/** What a history can be narrowed to. */
export const historyQuery = z.object({
  person: z.string().max(128).optional().meta({ description: 'Who took part.' }),
  from: whole(Number.MAX_SAFE_INTEGER).optional().meta({ description: 'Begun at or after this, in milliseconds since 1970.' }),
  to: whole(Number.MAX_SAFE_INTEGER).optional().meta({ description: 'Begun before this.' }),
  limit: whole(200).optional().meta({ description: 'At most this many. Default 50, most 200.' }),
  cursor: z.string().max(128).optional().meta({ description: 'From the answer before: continues there.' }),
});

/** What the sessions of a campaign are remembered by. */
export function campaignHistoryRoute(sessions: () => Sessions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/campaigns/:id/history',
    name: 'campaignHistory',
    summary: 'The record of a campaign’s sessions, the one begun last first, for its members.',
    signIn: true,
    params: z.object({ id: sessionId }),
    query: historyQuery,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ sessions: z.array(recordSchema), cursor: z.string().optional() }),
      example: { sessions: [{ name: 'First evening', ...EXAMPLE_HISTORY }] },
    },
    errors: ['not-found', 'unavailable'],
    async handle({ params, query: { limit = DEFAULT_LIMIT, cursor, ...narrowed }, caller }) {
      const campaign = params.id as SessionId;
      const after = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && after === undefined) return refuse('bad-request', 'This cursor is not one of ours.');
      if ((await sessions().get(campaign))?.type !== CAMPAIGN_TYPE) return refuse('not-found');
      const known = await sessions().roleOf(campaign, identity(caller).id);
      if (!known.ok || (known.role === null && !known.isOwner)) return refuse('not-found');
      const before = after === undefined ? undefined : { startedAt: after.createdAt, session: after.session };
      const rows = await sessions().history({ ...narrowed, campaign, limit, before });
      const last = rows.length < limit ? undefined : rows.at(-1);
      const more = last === undefined ? {} : { cursor: writeCursor({ createdAt: last.startedAt, session: last.session }) };
      return { ok: true, json: { sessions: await Promise.all(rows.map((row) => recordOf(sessions(), row))), ...more } };
    },
  });
}

async function recordOf(sessions: Sessions, row: HistoryRow): Promise<z.infer<typeof recordSchema>> {
  return { name: (await sessions.get(row.session))?.name ?? null, ...historyJson(row) };
}
