import { z } from 'zod';
import { BUDGET_ACTIONS } from '../definition/budget.ts';
import type { OperatorActs } from './operator-acts.ts';
import { LOAD_NAMES, type Overload } from './overload.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';

const level = z.enum(['ok', 'soft', 'hard']);
const limit = z.number().nullable();

/** What an awake session uses of its budgets. */
export const budgetSchema = z.object({
  health: z.enum(['ok', 'degraded', 'throttled', 'quarantined']),
  reason: z.string().optional().meta({ description: 'The hard limits that it is above.' }),
  uses: z.array(z.object({ budget: z.string(), value: z.number(), soft: limit, hard: limit, onHard: z.enum(BUDGET_ACTIONS), level })),
  totals: z.record(z.string(), z.number()).meta({ description: 'Since it came into memory.' }),
});

const loadSchema = z.object({
  level,
  ratio: z.number().meta({ description: 'The largest share of a hard limit that is used.' }),
  reason: z.string().optional().meta({ description: 'Why nothing new is taken.' }),
  turnedAway: z.number().int(),
  uses: z.array(z.object({ name: z.enum(LOAD_NAMES), value: z.number(), limit: z.object({ soft: limit, hard: limit }), level })),
});

const EXAMPLE = {
  level: 'ok',
  ratio: 0.21,
  turnedAway: 0,
  uses: [{ name: 'awakeSessions', value: 210, limit: { soft: 500, hard: 1_000 }, level: 'ok' }],
};

/** How much the server has to do. */
export function adminLoadRoute(overload: () => Overload | undefined, acts: OperatorActs): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/load',
    name: 'adminLoad',
    summary: 'How much the server has to do, with its limits; null where it does not watch itself.',
    signIn: true,
    scope: 'read',
    answer: { status: 200, type: 'application/json', schema: loadSchema.nullable(), example: EXAMPLE },
    errors: ['unavailable'],
    async handle({ operator }) {
      const looked = await acts.look(operatorOf(operator).id, { what: 'load', session: null }, async () => ({
        ok: true,
        load: loadOf(overload()),
      }));
      return looked.ok ? { ok: true, json: looked.load } : looked;
    },
  });
}

function loadOf(overload: Overload | undefined): z.infer<typeof loadSchema> | null {
  if (overload === undefined) return null;
  const { level: worst, ratio, reason, turnedAway, uses } = overload;
  return { level: worst, ratio, ...(reason === undefined ? {} : { reason }), turnedAway, uses: [...uses] };
}
