import { z } from 'zod';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Random } from '../protocol/ports.ts';
import { hashOfToken } from '../session/reconnect-token.ts';
import type { Sessions } from '../session/sessions.ts';
import { refusalFor } from './act-routes.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route, type RouteRefusal } from './route.ts';
import { sessionId } from './schemas.ts';
import { identity } from './session-routes.ts';

type Kind = 'session' | 'campaign';

export type InviteRoutesOptions = {
  readonly sessions: () => HostedSessions & Pick<Sessions, 'invites'>;
  readonly random: Random;
};

/** Nobody guesses 160 bits. */
const TOKEN_BYTES = 20;
const LONGEST_MS = 366 * 24 * 3_600_000;

const inviteSchema = z.object({
  id: z.string(),
  role: z.string(),
  expiresAt: z.number().nullable(),
  uses: z.number().int().nullable().meta({ description: 'How many may join by it; null: any number.' }),
  used: z.number().int(),
  by: z.string(),
  at: z.number(),
  label: z.string().nullable(),
  revoked: z.literal(true).optional(),
  usedBy: z.record(z.string(), z.number()).meta({ description: 'Who joined by it, and with which event; the latest 100.' }),
});

const createBody = z
  .strictObject({
    role: z.string().min(1).max(64).optional().meta({ description: 'Default: the role that newcomers get.' }),
    expiresInMs: z
      .number()
      .int()
      .min(1_000)
      .max(LONGEST_MS)
      .nullable()
      .optional()
      .meta({ description: 'Default 7 days; null: it never does.' }),
    uses: z.number().int().min(1).max(1_000_000).nullable().optional().meta({ description: 'Default: any number.' }),
    label: z.string().min(1).max(80).nullable().optional().meta({ description: 'For those who see the list.' }),
  })
  .optional();

/** Inviting to sessions and campaigns, for those who may. */
export function inviteRoutes(options: InviteRoutesOptions): Route[] {
  return (['session', 'campaign'] as const).flatMap((kind) => [
    createRoute(options, kind),
    listRoute(options, kind),
    revokeRoute(options, kind),
  ]);
}

function createRoute({ sessions, random }: InviteRoutesOptions, kind: Kind): Route {
  return defineRoute({
    method: 'post',
    path: `/v1/${kind}s/:id/invites`,
    name: kind === 'session' ? 'createInvite' : 'createCampaignInvite',
    summary: 'Makes an invitation. Its token is answered this once, and is kept as a hash only.',
    signIn: true,
    params: z.object({ id: sessionId }),
    body: createBody,
    answer: {
      status: 201,
      type: 'application/json',
      schema: z.object({ invite: z.string(), token: z.string(), expiresAt: z.number().nullable() }),
      example: { invite: 'i17', token: 'hW3mPB7HkTj0q1bXUz2y4gAbCd8', expiresAt: 1_767_830_400_000 },
    },
    errors: ['not-found', 'forbidden', 'invalid-arguments', 'ended', 'quota-exceeded', 'quarantined', 'unavailable', 'disk-full'],
    async handle({ params, body, caller }) {
      const id = params.id as SessionId;
      const as = identity(caller);
      if (!(await isOf(sessions(), id, kind))) return NOT_FOUND;
      const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
      const args: JsonObject = { ...(body as JsonObject | undefined), hash: hashOfToken(token) };
      const made = await sessions().run(id, { as, command: '@invite', args });
      if (!made.ok) return refusalFor(sessions(), id, as, made);
      const { invite, expiresAt = null }: { invite?: unknown; expiresAt?: unknown } = Object(made.result);
      return { ok: true, json: { invite, token, expiresAt } };
    },
  });
}

function listRoute({ sessions }: InviteRoutesOptions, kind: Kind): Route {
  return defineRoute({
    method: 'get',
    path: `/v1/${kind}s/:id/invites`,
    name: kind === 'session' ? 'listInvites' : 'listCampaignInvites',
    summary: 'Every invitation, those that are over among them, for those who may invite. Never a token.',
    signIn: true,
    params: z.object({ id: sessionId }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ invites: z.array(inviteSchema) }),
      example: {
        invites: [
          {
            id: 'i17',
            role: 'player',
            expiresAt: 1_767_830_400_000,
            uses: 4,
            used: 1,
            by: 'ada',
            at: 1_767_225_600_000,
            label: null,
            usedBy: { otto: 19 },
          },
        ],
      },
    },
    errors: ['not-found', 'forbidden', 'quarantined', 'unavailable'],
    async handle({ params, caller }) {
      const id = params.id as SessionId;
      const as = identity(caller);
      if (!(await isOf(sessions(), id, kind))) return NOT_FOUND;
      const listed = await sessions().invites(id, as.id);
      return listed.ok ? { ok: true, json: { invites: listed.invites } } : refusalFor(sessions(), id, as, listed);
    },
  });
}

function revokeRoute({ sessions }: InviteRoutesOptions, kind: Kind): Route {
  return defineRoute({
    method: 'post',
    path: `/v1/${kind}s/:id/invites/:invite/revoke`,
    name: kind === 'session' ? 'revokeInvite' : 'revokeCampaignInvite',
    summary: 'Ends an invitation. Who has joined by it stays.',
    signIn: true,
    params: z.object({ id: sessionId, invite: z.string().min(1).max(40) }),
    body: z.strictObject({}).optional(),
    answer: { status: 200, type: 'application/json', schema: z.object({ seq: z.number().int() }), example: { seq: 42 } },
    errors: ['not-found', 'forbidden', 'invalid-arguments', 'ended', 'quarantined', 'unavailable', 'disk-full'],
    async handle({ params, caller }) {
      const id = params.id as SessionId;
      const as = identity(caller);
      if (!(await isOf(sessions(), id, kind))) return NOT_FOUND;
      const revoked = await sessions().run(id, { as, command: '@revoke-invite', args: { invite: params.invite } });
      return revoked.ok ? { ok: true, json: { seq: revoked.seq } } : refusalFor(sessions(), id, as, revoked);
    },
  });
}

/** Campaigns are sessions too, with paths of their own. */
async function isOf(sessions: Pick<HostedSessions, 'get'>, id: SessionId, kind: Kind): Promise<boolean> {
  const row = await sessions.get(id);
  return row !== undefined && (kind === 'session' || row.type === 'campaign');
}

const NOT_FOUND: RouteRefusal = { ok: false, code: 'not-found', message: 'There is no such session, or it is not visible to you.' };
