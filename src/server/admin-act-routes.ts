import { z } from 'zod';
import { OPERATORS_SESSION, type OperatorAct } from '../access/operators.ts';
import type { Seq } from '../protocol/ids.ts';
import { refuse } from '../session/outcome.ts';
import type { Store } from '../store/store.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { jsonValue, whole } from './schemas.ts';
import { readStoredEvents, type ShownEvent } from './stored-sessions.ts';

const DEFAULT_LIMIT = 100;
const MOST = 1_000;
/** Event 1 makes the log. */
const FIRST = 2;

const actSchema = z.object({
  seq: z.number().int().meta({ description: 'Its place in the log of the operators.' }),
  at: z.number(),
  who: z.string(),
  what: z.string(),
  session: z.string().nullable(),
  outcome: z.string().meta({ description: '`done`, or the code of the refusal.' }),
  details: jsonValue.optional(),
});

/** What operators did, for operators. */
export function adminActRoutes(store: Pick<Store, 'get' | 'read'>, acts: OperatorActs): Route[] {
  return [listRoute(store, acts)];
}

function listRoute(store: Pick<Store, 'get' | 'read'>, acts: OperatorActs): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/acts',
    name: 'adminListActs',
    summary: 'What operators did, the newest first, each checked against the chain of their log.',
    signIn: true,
    scope: 'read',
    query: z.object({
      before: whole(Number.MAX_SAFE_INTEGER).optional().meta({ description: 'Only what stands before this seq.' }),
      limit: whole(MOST)
        .optional()
        .meta({ description: `At most this many. Default ${DEFAULT_LIMIT}, most ${MOST}.` }),
    }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ acts: z.array(actSchema) }),
      example: {
        acts: [{ seq: 7, at: 1_767_225_600_000, who: 'operator:sam', what: 'dump', session: 'mW3mPB7HkTj0q1bXUz2y4g', outcome: 'done' }],
      },
    },
    errors: ['quarantined', 'unavailable'],
    async handle({ query, operator }) {
      const looked = await acts.look(operatorOf(operator).id, { what: 'acts', session: null }, () => newest(store, query));
      return looked.ok ? { ok: true, json: { acts: looked.acts } } : looked;
    },
  });
}

/** What is asked for. */
type Page = { readonly before?: Seq | undefined; readonly limit?: number | undefined };

async function newest(store: Pick<Store, 'get' | 'read'>, { before = Infinity, limit = DEFAULT_LIMIT }: Page) {
  const head = (await store.get(OPERATORS_SESSION))?.headSeq ?? 0;
  const last = Math.min(head, before - 1);
  const first = Math.max(FIRST, last - limit + 1);
  if (last < first) return { ok: true as const, acts: [] };
  const read = await readStoredEvents(store, OPERATORS_SESSION, first, last - first + 1);
  if (read?.damage !== undefined) return refuse('quarantined', `seq ${read.damage.seq}: ${read.damage.reason}`);
  return {
    ok: true as const,
    acts: (read?.events ?? [])
      .filter(({ command }) => command === 'act')
      .map(shown)
      .toReversed(),
  };
}

function shown({ seq, at, who, input }: ShownEvent): object {
  // Nobody but the server writes into that log, and only this.
  const { what, session, outcome, details } = input as OperatorAct;
  return { seq, at, who, what, session, outcome, ...(details === undefined ? {} : { details }) };
}
