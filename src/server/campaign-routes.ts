import { z } from 'zod';
import { CAMPAIGN_TYPE } from '../access/campaign.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import { refuse, type Outcome } from '../session/outcome.ts';
import { refusalFor } from './act-routes.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route } from './route.ts';
import { sessionId } from './schemas.ts';
import { identity } from './session-routes.ts';

type Sessions = Pick<HostedSessions, 'create' | 'run' | 'read' | 'roleOf' | 'get' | 'list' | 'history'>;

const memberSchema = z.looseObject({ id: z.string(), name: z.string(), role: z.string() });

const campaignSchema = z
  .object({
    id: sessionId,
    name: z.string(),
    description: z.string(),
    archived: z.boolean(),
    owner: z.string(),
    createdAt: z.number(),
    members: z.array(memberSchema),
  })
  .meta({ description: 'A campaign as its members see it.' });

const EXAMPLE = {
  id: 'mW3mPB7HkTj0q1bXUz2y4g',
  name: 'The long road',
  description: 'Fridays at eight.',
  archived: false,
  owner: 'ada',
  createdAt: 1_767_225_600_000,
  members: [{ id: 'ada', name: 'Ada', role: 'gm', joinedSeq: 1 }],
};

const idParams = z.object({ id: sessionId });
const MOST = 100;
const USUAL = ['not-found', 'forbidden', 'ended', 'not-active', 'over-budget', 'quarantined', 'unavailable', 'disk-full'] as const;

/** Making, finding and describing campaigns. Who is in them and with which role is in `actRoutes`, invites in `inviteRoutes`. */
export function campaignRoutes(sessions: () => Sessions): Route[] {
  return [createRoute(sessions), mineRoute(sessions), readRoute(sessions), describeRoute(sessions), archiveRoute(sessions)];
}

function createRoute(sessions: () => Sessions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/campaigns',
    name: 'createCampaign',
    summary: 'Creates a campaign. The caller owns it and is its first GM.',
    signIn: true,
    body: z.strictObject({ name: z.string().min(1).max(80) }),
    answer: { status: 201, type: 'application/json', schema: z.object({ campaign: campaignSchema }), example: { campaign: EXAMPLE } },
    errors: ['forbidden', 'quota-exceeded', 'unavailable', 'disk-full'],
    async handle({ body, caller }) {
      const by = identity(caller);
      const made = await sessions().create({ type: CAMPAIGN_TYPE, by, name: body.name });
      return made.ok ? answered(await campaignOf(sessions(), made.row.session, by)) : made;
    },
  });
}

function mineRoute(sessions: () => Sessions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/campaigns',
    name: 'listCampaigns',
    summary: 'The campaigns that the caller is a member of, the one begun last first.',
    signIn: true,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ campaigns: z.array(campaignSchema) }),
      example: { campaigns: [EXAMPLE] },
    },
    errors: ['unavailable'],
    async handle({ caller }) {
      const by = identity(caller);
      const ids = await memberships(sessions(), by);
      const found = await Promise.all(ids.map((id) => campaignOf(sessions(), id, by)));
      return { ok: true, json: { campaigns: found.flatMap((one) => (one.ok ? [one.campaign] : [])) } };
    },
  });
}

function readRoute(sessions: () => Sessions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/campaigns/:id',
    name: 'readCampaign',
    summary: 'One campaign, for its members.',
    signIn: true,
    params: idParams,
    answer: { status: 200, type: 'application/json', schema: z.object({ campaign: campaignSchema }), example: { campaign: EXAMPLE } },
    errors: ['not-found', 'quarantined', 'unavailable'],
    handle: async ({ params, caller }) => answered(await campaignOf(sessions(), params.id as SessionId, identity(caller))),
  });
}

function describeRoute(sessions: () => Sessions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/campaigns/:id/describe',
    name: 'describeCampaign',
    summary: 'Says what the campaign is about.',
    signIn: true,
    params: idParams,
    body: z.strictObject({ text: z.string().max(2_000) }),
    answer: { status: 200, type: 'application/json', schema: z.object({ seq: z.number().int() }), example: { seq: 7 } },
    errors: USUAL,
    handle: ({ params, body, caller }) => command(sessions(), params.id as SessionId, identity(caller), 'describe', body),
  });
}

function archiveRoute(sessions: () => Sessions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/campaigns/:id/archive',
    name: 'archiveCampaign',
    summary: 'Puts the campaign away, so that no session can be created in it, or takes it out again.',
    signIn: true,
    params: idParams,
    body: z.strictObject({ archived: z.boolean() }),
    answer: { status: 200, type: 'application/json', schema: z.object({ seq: z.number().int() }), example: { seq: 7 } },
    errors: USUAL,
    handle: ({ params, body, caller }) => command(sessions(), params.id as SessionId, identity(caller), 'archive', body),
  });
}

async function command(sessions: Sessions, id: SessionId, as: Identity, name: string, args: { [key: string]: string | boolean }) {
  if (!(await isCampaign(sessions, id))) return refuse('not-found');
  const ran = await sessions.run(id, { as, command: name, args });
  return ran.ok ? { ok: true as const, json: { seq: ran.seq } } : refusalFor(sessions, id, as, ran);
}

type Campaign = z.output<typeof campaignSchema>;

/** A campaign as one of its members sees it. */
async function campaignOf(sessions: Sessions, id: SessionId, member: Identity): Promise<Outcome<{ campaign: Campaign }>> {
  if (!(await isCampaign(sessions, id))) return refuse('not-found');
  const seen = await sessions.read(id, member.id);
  if (!seen.ok) return seen;
  const { name, owner, createdAt, participants } = seen.meta as { name: string; owner: string; createdAt: number; participants: object };
  const { description, archived } = seen.state as { description: string; archived: boolean };
  const members = Object.entries(participants as Record<string, Campaign['members'][number]>).map(([key, entry]) => ({
    ...entry,
    id: key,
  }));
  return { ok: true, campaign: { id, name, description, archived, owner, createdAt, members } };
}

async function isCampaign(sessions: Sessions, id: SessionId): Promise<boolean> {
  return (await sessions.get(id))?.type === CAMPAIGN_TYPE;
}

/** Campaigns that someone was ever a member of; whether they still are is asked of each. */
async function memberships(sessions: Sessions, { id, campaigns }: Identity): Promise<readonly SessionId[]> {
  const past = await sessions.history({ person: id as ParticipantId, type: CAMPAIGN_TYPE, limit: MOST });
  const granted = Object.keys(campaigns ?? {}) as SessionId[];
  return [...new Set([...past.map(({ session }) => session), ...granted])];
}

function answered(outcome: Outcome<{ campaign: Campaign }>) {
  return outcome.ok ? { ok: true as const, json: { campaign: outcome.campaign } } : outcome;
}
