import { z } from 'zod';
import type { Connections } from '../connection/connections.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import { refuse, type Outcome } from '../session/outcome.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Store } from '../store/store.ts';
import { quarantineSchema } from './admin-recovery-routes.ts';
import { budgetSchema } from './admin-budget-routes.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { jsonValue, listQuery, sessionId, sessionSchema, whole } from './schemas.ts';
import { sessionJson } from './session-json.ts';
import { EXAMPLE_SESSION, listedPage, readCursor } from './session-listing.ts';
import { readStoredView } from './stored-view.ts';

export type AdminSessionRoutesOptions = {
  readonly sessions: () => Pick<Sessions, 'get' | 'list' | 'status' | 'people' | 'run' | 'recoveries' | 'budgets'>;
  readonly store: Pick<Store, 'get' | 'read' | 'readSnapshot' | 'snapshots'>;
  readonly definitions: readonly SessionDefinition[];
  readonly connections: Pick<Connections, 'ofSession'>;
  readonly acts: OperatorActs;
};

const DEFAULT_LIMIT = 100;
const idParams = z.object({ id: sessionId });

const personSchema = z.looseObject({ id: z.string(), name: z.string(), role: z.string() });

const useSchema = z
  .object({ awake: z.boolean(), health: z.string(), memoryBytes: z.number() })
  .meta({ description: 'Whether the session is in memory, how it stands with its budgets, and the heap that it holds.' });

const statusSchema = z.object({
  awake: z.boolean(),
  health: z.string(),
  budget: budgetSchema.optional().meta({ description: 'What it uses, and what it may, where it is awake.' }),
  connections: z.number().int(),
  damage: z.object({ seq: z.number().int(), reason: z.string() }).optional(),
  quarantine: quarantineSchema.optional(),
  recovery: z
    .object({
      at: z.number(),
      epoch: z.number().int(),
      seq: z.number().int(),
      fromSnapshot: z.number().int(),
      events: z.number().int(),
      passedOver: z.array(z.number().int()),
      phases: z.record(z.string(), z.number()),
    })
    .optional()
    .meta({ description: 'How the session came into memory, and the milliseconds that each part of it took.' }),
});

/** Every session, whoever may see it, for those who run the server. */
export function adminSessionRoutes(options: AdminSessionRoutesOptions): Route[] {
  return [listRoute(options), showRoute(options), dumpRoute(options), endRoute(options), eraseRoute(options)];
}

function listRoute({ sessions, acts }: AdminSessionRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/sessions',
    name: 'adminListSessions',
    summary: 'Every session that fits the filter, newest first, those that are not listed among them.',
    signIn: true,
    scope: 'read',
    query: listQuery,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({
        sessions: z.array(sessionSchema.extend({ use: useSchema })),
        rev: z.number().int(),
        cursor: z.string().optional(),
      }),
      example: { sessions: [{ ...EXAMPLE_SESSION, use: { awake: true, health: 'ok', memoryBytes: 81_920 } }], rev: 17 },
    },
    errors: ['unavailable'],
    async handle({ query, operator }) {
      const { cursor, limit = DEFAULT_LIMIT, ...filter } = query;
      const before = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && before === undefined) return refuse('bad-request', 'This cursor is not one of ours.');
      const looked = await acts.look(operatorOf(operator).id, { what: 'sessions', session: null }, async () => ({
        ok: true,
        rows: await sessions().list({ ...filter, limit, before }),
      }));
      if (!looked.ok) return looked;
      const page = listedPage(looked.rows, limit);
      return { ok: true, json: { ...page, sessions: page.sessions.map((row) => ({ ...row, use: sessions().budgets.use(row.id) })) } };
    },
  });
}

function showRoute({ sessions, acts, connections }: AdminSessionRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/sessions/:id',
    name: 'adminShowSession',
    summary: 'One session: how it is, who takes part, and who is connected. Never its content.',
    signIn: true,
    scope: 'read',
    params: idParams,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({
        session: sessionSchema,
        status: statusSchema,
        people: z.array(personSchema),
        connections: z.array(z.object({ id: z.string(), participant: z.string().nullable(), state: z.string(), transport: z.string() })),
      }),
      example: {
        session: EXAMPLE_SESSION,
        status: { awake: true, health: 'ok', connections: 1 },
        people: [{ id: 'ada', name: 'Ada', role: 'gm', joinedSeq: 2 }],
        connections: [{ id: 'c83vEjRWeJCrze8SNFZ4kA', participant: 'ada', state: 'live', transport: 'websocket' }],
      },
    },
    errors: ['not-found', 'unavailable'],
    async handle({ params, operator }) {
      const id = params.id as SessionId;
      const looked = await acts.look(operatorOf(operator).id, { what: 'show', session: id }, () => show(id));
      return looked.ok ? { ok: true, json: looked.shown } : looked;
    },
  });

  async function show(id: SessionId): Promise<Outcome<{ shown: object }>> {
    const row = await sessions().get(id);
    if (row === undefined) return refuse('not-found', 'There is no such session.');
    const people = await sessions().people(id, 'system');
    const connected = connections.ofSession(id).map(({ id: connection, identity, status, transport }) => ({
      id: connection,
      participant: identity?.id ?? null,
      state: status.state,
      transport,
    }));
    // Of a session that cannot wake, how it is matters most.
    const shown = {
      session: sessionJson(row),
      status: { ...sessions().status(id), budget: await sessions().budgets.of(id), quarantine: await sessions().recoveries.report(id) },
      people: people.ok ? people.people : [],
      connections: connected,
    };
    return { ok: true, shown };
  }
}

function dumpRoute({ store, definitions, acts }: AdminSessionRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/sessions/:id/dump',
    name: 'adminDumpSession',
    summary: 'The content of a session, rebuilt from its log: all of it, or what a participant sees; now, or at a seq.',
    signIn: true,
    scope: 'dump',
    params: idParams,
    query: z.object({
      as: z.string().min(1).max(128).optional().meta({ description: 'Id of a participant. Default `system`: everything.' }),
      at: whole(Number.MAX_SAFE_INTEGER).optional().meta({ description: 'The seq. Default: the newest.' }),
    }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({
        seq: z.number().int(),
        as: z.string(),
        version: z.number().int().meta({ description: 'Version of the definition that the session had then.' }),
        meta: jsonValue,
        state: jsonValue,
      }),
      example: { seq: 17, as: 'system', version: 1, meta: { name: 'Friday night' }, state: { tokens: {} } },
    },
    errors: ['not-found', 'unknown-type', 'quarantined', 'unavailable'],
    async handle({ params, query, operator }) {
      const id = params.id as SessionId;
      const { as = 'system', at } = query;
      const details = { as, ...(at === undefined ? {} : { at }) };
      const dumped = await acts.perform(operatorOf(operator).id, { what: 'dump', session: id, details }, () =>
        readStoredView(store, definitions, id, query),
      );
      return dumped.ok ? { ok: true, json: dumped.view } : dumped;
    },
  });
}

function endRoute({ sessions, acts }: AdminSessionRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/sessions/:id/end',
    name: 'adminEndSession',
    summary: 'Ends a session, whoever owns it. Its log names the operator.',
    signIn: true,
    scope: 'end',
    params: idParams,
    body: z.strictObject({ reason: z.string().max(256).optional() }).optional(),
    answer: { status: 200, type: 'application/json', schema: z.object({ seq: z.number().int() }), example: { seq: 42 } },
    errors: ['not-found', 'ended', 'illegal-transition', 'quarantined', 'unavailable', 'disk-full'],
    async handle({ params, body, operator }) {
      const id = params.id as SessionId;
      const { id: who } = operatorOf(operator);
      const reason = body?.reason ?? null;
      const ended = await acts.perform(who, { what: 'end', session: id, details: { reason } }, () =>
        sessions().run(id, { as: { operator: who }, command: '@end', args: reason }),
      );
      return ended.ok ? { ok: true, json: { seq: ended.seq } } : ended;
    },
  });
}

function eraseRoute({ sessions, acts }: AdminSessionRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/sessions/:id/erase',
    name: 'adminErasePerson',
    summary: 'Erases what a person wrote in a session, and what they are called there. Its log names the operator.',
    signIn: true,
    scope: 'erase',
    params: idParams,
    body: z.strictObject({ participant: z.string().min(1).max(128) }),
    answer: { status: 200, type: 'application/json', schema: z.object({ seq: z.number().int() }), example: { seq: 42 } },
    errors: ['not-found', 'invalid-arguments', 'quarantined', 'unavailable', 'disk-full'],
    async handle({ params, body, operator }) {
      const id = params.id as SessionId;
      const { id: who } = operatorOf(operator);
      const erased = await acts.perform(who, { what: 'erase', session: id, details: { ...body } }, () =>
        sessions().run(id, { as: { operator: who }, command: '@erase', args: { ...body } }),
      );
      return erased.ok ? { ok: true, json: { seq: erased.seq } } : erased;
    },
  });
}
