import { z } from 'zod';
import type { JsonObject } from '../protocol/json.ts';
import { refuse, type Outcome } from '../session/outcome.ts';
import type { Store } from '../store/store.ts';
import { retryDeadLetters, type MeantLetters } from './dead-letters.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { whole } from './schemas.ts';

export type AdminWebhookRoutesOptions = {
  readonly store: Pick<Store, 'deadLetters' | 'markOutbox'>;
  readonly now: () => number;
  /** Something may be delivered now. */
  readonly look: () => void;
  readonly acts: OperatorActs;
};

const letterSchema = z.object({
  id: z.string(),
  webhook: z.string(),
  session: z.string(),
  createdAt: z.number().int(),
  attempts: z.number().int(),
  failure: z.string().nullable(),
});

const EXAMPLE = {
  id: 'AAAAAAAAAAA.7.https://example.org/hook',
  webhook: 'https://example.org/hook',
  session: 'Y5wq0p7Bv3kQ1x2cY5wq0p',
  createdAt: 1_767_225_600_000,
  attempts: 20,
  failure: 'answered 500',
};

/** Deliveries that were given up. */
export function adminWebhookRoutes(options: AdminWebhookRoutesOptions): Route[] {
  return [listRoute(options), retryRoute(options)];
}

function listRoute({ store, acts }: AdminWebhookRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/webhooks',
    name: 'adminListDeadLetters',
    summary: 'Webhook deliveries that were given up, by webhook and in order. Never content.',
    signIn: true,
    scope: 'read',
    query: z.object({ webhook: z.string().max(2_048).optional(), limit: whole(1_000).optional() }),
    answer: { status: 200, type: 'application/json', schema: z.object({ dead: z.array(letterSchema) }), example: { dead: [EXAMPLE] } },
    errors: ['unavailable'],
    async handle({ query, operator }) {
      const work = async (): Promise<Outcome<{ dead: object[] }>> => {
        const rows = await store.deadLetters({ target: query.webhook, limit: query.limit });
        return {
          ok: true,
          dead: rows.map(({ body: _body, target, number: _number, nextTryAt: _next, ...row }) => ({ ...row, webhook: target })),
        };
      };
      const looked = await acts.look(operatorOf(operator).id, { what: 'webhooks', session: null }, work);
      return looked.ok ? { ok: true, json: { dead: looked.dead } } : looked;
    },
  });
}

function retryRoute({ store, now, look, acts }: AdminWebhookRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/webhooks/retry',
    name: 'adminRetryDeadLetters',
    summary: 'Puts deliveries that were given up back in their places: one, those of a webhook, or all.',
    signIn: true,
    scope: 'recover',
    body: z.strictObject({ id: z.string().max(4_096).optional(), webhook: z.string().max(2_048).optional() }),
    answer: { status: 200, type: 'application/json', schema: z.object({ retried: z.number().int() }), example: { retried: 3 } },
    errors: ['not-found', 'unavailable'],
    async handle({ body, operator }) {
      const work = async (): Promise<Outcome<{ retried: number }>> => {
        const retried = await retryDeadLetters(store, body, now());
        if (retried === 0 && body.id !== undefined) return refuse('not-found', 'There is no such delivery among those given up.');
        return { ok: true, retried };
      };
      const done = await acts.perform(operatorOf(operator).id, { what: 'webhooks-retry', session: null, details: meantJson(body) }, work);
      if (!done.ok) return done;
      look();
      return { ok: true, json: { retried: done.retried } };
    },
  });
}

function meantJson({ id, webhook }: MeantLetters): JsonObject {
  return { ...(id === undefined ? {} : { id }), ...(webhook === undefined ? {} : { webhook }) };
}
