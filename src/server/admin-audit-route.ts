import { z } from 'zod';
import type { SessionId } from '../protocol/ids.ts';
import { refuse } from '../session/outcome.ts';
import type { Store } from '../store/store.ts';
import type { OperatorActs } from './operator-acts.ts';
import { actSchema, auditPage, auditQuery, readAuditCursor } from './people-routes.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { sessionId } from './schemas.ts';

const DEFAULT_LIMIT = 100;

/** Who did what in all sessions and campaigns, for those who run the server. */
export function adminAuditRoute(store: Pick<Store, 'acts'>, acts: OperatorActs): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/audit',
    name: 'adminAudit',
    summary: 'Who did what to whom and when, in every session and campaign, newest first.',
    signIn: true,
    scope: 'read',
    query: auditQuery.extend({ session: sessionId.optional() }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ acts: z.array(actSchema), cursor: z.string().optional() }),
      example: { acts: [{ session: 'mW3mPB7HkTj0q1bXUz2y4g', seq: 9, at: 1_767_225_600_000, who: 'ada', what: 'kick', subject: 'tom' }] },
    },
    errors: ['unavailable'],
    async handle({ query, operator }) {
      const { cursor, limit = DEFAULT_LIMIT, session, ...narrowed } = query;
      const before = cursor === undefined ? undefined : readAuditCursor(cursor);
      if (cursor !== undefined && before === undefined) return refuse('bad-request', 'This cursor is not one of ours.');
      const asked = { ...narrowed, session: session as SessionId | undefined, limit, before };
      const looked = await acts.look(operatorOf(operator).id, { what: 'audit', session: session ?? null }, async () => ({
        ok: true,
        page: auditPage(await store.acts(asked), limit),
      }));
      return looked.ok ? { ok: true, json: looked.page } : looked;
    },
  });
}
