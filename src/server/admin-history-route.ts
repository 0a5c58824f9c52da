import { z } from 'zod';
import type { SessionId } from '../protocol/ids.ts';
import { refuse } from '../session/outcome.ts';
import type { Store } from '../store/store.ts';
import { historyQuery } from './campaign-history-route.ts';
import { EXAMPLE_HISTORY, historyJson, historySchema } from './lifecycle-routes.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { sessionId } from './schemas.ts';
import { readCursor, writeCursor } from './session-listing.ts';

const DEFAULT_LIMIT = 50;

/** What all sessions are remembered by, those that are gone among them, for those who run the server. */
export function adminHistoryRoute(store: Pick<Store, 'history'>, acts: OperatorActs): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/history',
    name: 'adminHistory',
    summary: 'The history of sessions by campaign, person and time, the one begun last first.',
    signIn: true,
    scope: 'read',
    query: historyQuery.extend({ campaign: sessionId.optional() }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ sessions: z.array(historySchema), cursor: z.string().optional() }),
      example: { sessions: [EXAMPLE_HISTORY] },
    },
    errors: ['unavailable'],
    async handle({ query: { limit = DEFAULT_LIMIT, cursor, ...narrowed }, operator }) {
      const after = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && after === undefined) return refuse('bad-request', 'This cursor is not one of ours.');
      const before = after === undefined ? undefined : { startedAt: after.createdAt, session: after.session };
      const about = { what: 'history', session: (narrowed.campaign ?? null) as SessionId | null };
      const looked = await acts.look(operatorOf(operator).id, about, async () => ({
        ok: true,
        rows: await store.history({ ...narrowed, limit, before }),
      }));
      if (!looked.ok) return looked;
      const last = looked.rows.length < limit ? undefined : looked.rows.at(-1);
      const more = last === undefined ? {} : { cursor: writeCursor({ createdAt: last.startedAt, session: last.session }) };
      return { ok: true, json: { sessions: looked.rows.map(historyJson), ...more } };
    },
  });
}
