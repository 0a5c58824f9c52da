import { z } from 'zod';
import type { SessionId } from '../protocol/ids.ts';
import type { Sessions } from '../session/sessions.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';
import { sessionId } from './schemas.ts';

export type AdminRecoveryRoutesOptions = {
  readonly sessions: () => Pick<Sessions, 'recoveries' | 'snapshot'>;
  readonly acts: OperatorActs;
};

const idParams = z.object({ id: sessionId });

const stretchSchema = z.object({
  range: z.tuple([z.number().int(), z.number().int()]).nullable().meta({ description: 'First and last seq; null: nothing.' }),
  events: z.number().int(),
  unreadable: z.number().int().meta({ description: 'Events of which nothing can be said.' }),
  commands: z.number().int(),
  people: z.array(z.string()),
});

/** What is wrong with a session that is not served, and what finishes it. */
export const quarantineSchema = z.object({
  kind: z.string(),
  reason: z.string(),
  seq: z.number().int().meta({ description: 'The last one that can be trusted.' }),
  at: z.number().int(),
  setAside: stretchSchema,
  command: z.string(),
  message: z.string(),
});

const verificationSchema = z.object({
  session: z.string(),
  type: z.string(),
  verdict: z.enum(['sound', 'flawed', 'damaged', 'quarantined']),
  headSeq: z.number().int(),
  events: z.number().int(),
  base: z.number().int(),
  damage: z.object({ seq: z.number().int(), reason: z.string() }).optional(),
  snapshots: z.array(z.object({ seq: z.number().int(), intact: z.boolean(), agrees: z.boolean().nullable() })),
  report: quarantineSchema.optional(),
});

const recoverySchema = z.object({
  session: z.string(),
  to: z.number().int(),
  head: z.number().int().meta({ description: 'The head before.' }),
  fromLogId: z.string(),
  logId: z.string().optional().meta({ description: 'Absent after a dry run. The same where nothing was set aside.' }),
  seq: z.number().int().optional().meta({ description: 'Seq of the event that says what was done.' }),
  setAside: stretchSchema,
});

const EXAMPLE_STRETCH = { events: 3, unreadable: 1, commands: 2, people: ['ada', 'ben'] };

/** What operators do about sessions that cannot be trusted. */
export function adminRecoveryRoutes(options: AdminRecoveryRoutesOptions): Route[] {
  return [verifyRoute(options), recoverRoute(options), snapshotRoute(options)];
}

function verifyRoute({ sessions, acts }: AdminRecoveryRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/sessions/:id/verify',
    name: 'adminVerifySession',
    summary: 'Checks everything that is stored of a session against its chain of hashes; changes nothing.',
    signIn: true,
    scope: 'recover',
    params: idParams,
    answer: {
      status: 200,
      type: 'application/json',
      schema: verificationSchema,
      example: {
        session: 'YXl-Kvjx0Z1Vh4oNDEaq8A',
        type: 'tabletop',
        verdict: 'sound',
        headSeq: 9,
        events: 9,
        base: 0,
        snapshots: [{ seq: 9, intact: true, agrees: true }],
      },
    },
    errors: ['not-found', 'unavailable'],
    async handle({ params, operator }) {
      const session = params.id as SessionId;
      const checked = await acts.look(operatorOf(operator).id, { what: 'verify', session }, () => sessions().recoveries.verify(session));
      return checked.ok ? { ok: true, json: checked.verification } : checked;
    },
  });
}

function recoverRoute({ sessions, acts }: AdminRecoveryRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/sessions/:id/recover',
    name: 'adminRecoverSession',
    summary: 'Takes a session back to a seq that verifies, sets aside what came after it, and serves it again.',
    signIn: true,
    scope: 'recover',
    params: idParams,
    body: z.strictObject({
      to: z.int().min(1).meta({ description: 'The last event that stays. The head: nothing is set aside.' }),
      dryRun: z.boolean().optional().meta({ description: 'Only says what would be done.' }),
      reason: z.string().max(256).optional(),
    }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: recoverySchema,
      example: {
        session: 'YXl-Kvjx0Z1Vh4oNDEaq8A',
        to: 6,
        head: 9,
        fromLogId: 'q6rbZ1ZxwPM',
        logId: '0f7kV2JYb9A',
        seq: 7,
        setAside: { ...EXAMPLE_STRETCH, range: [7, 9] },
      },
    },
    errors: ['not-found', 'unavailable', 'disk-full'],
    async handle({ params, body, operator }) {
      const session = params.id as SessionId;
      const { id } = operatorOf(operator);
      const { to, dryRun, reason } = body;
      const details = { to, dryRun: dryRun === true, reason: reason ?? null };
      const done = await acts.perform(id, { what: 'recover', session, details }, () =>
        sessions().recoveries.recover(session, { to, by: `operator:${id}`, dryRun, reason }),
      );
      return done.ok ? { ok: true, json: done.recovery } : done;
    },
  });
}

function snapshotRoute({ sessions, acts }: AdminRecoveryRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/sessions/:id/snapshot',
    name: 'adminSnapshotSession',
    summary: 'Stores a snapshot of a session now, so that its next wake reads no more than it has to; answers once it is stored.',
    signIn: true,
    scope: 'recover',
    params: idParams,
    body: z.strictObject({}),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ seq: z.number().int().meta({ description: 'The newest snapshot is of this seq.' }) }),
      example: { seq: 9 },
    },
    errors: ['not-found', 'unavailable', 'disk-full'],
    async handle({ params, operator }) {
      const session = params.id as SessionId;
      const stored = await acts.perform(operatorOf(operator).id, { what: 'snapshot', session }, () => sessions().snapshot(session));
      return stored.ok ? { ok: true, json: { seq: stored.seq } } : stored;
    },
  });
}
