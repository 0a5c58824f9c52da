import { z } from 'zod';
import type { SessionId } from '../protocol/ids.ts';
import { refuse } from '../session/outcome.ts';
import type { ActRow } from '../store/store-queries.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route } from './route.ts';
import { sessionId, whole } from './schemas.ts';
import { identity } from './session-routes.ts';

type Sessions = Pick<HostedSessions, 'people' | 'roleOf' | 'acts'>;

const DEFAULT_LIMIT = 100;
const idParams = z.object({ id: sessionId });

const personSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  joinedSeq: z.number().int(),
  away: z.literal(true).optional(),
});

/** One line of the audit. */
export const actSchema = z.object({
  session: sessionId,
  seq: z.number().int().meta({ description: 'The event in whose log it stands in detail.' }),
  at: z.number(),
  who: z.string(),
  what: z.string(),
  subject: z.string().nullable().meta({ description: 'Whom it was done to.' }),
});

/** What is asked of the audit. */
export const auditQuery = z.object({
  who: z.string().max(128).optional(),
  subject: z.string().max(128).optional(),
  from: whole(Number.MAX_SAFE_INTEGER).optional().meta({ description: 'Milliseconds since 1970, that moment included.' }),
  to: whole(Number.MAX_SAFE_INTEGER).optional().meta({ description: 'Milliseconds since 1970, that moment not included.' }),
  limit: whole(1_000).optional().meta({ description: 'At most this many. Default 100, most 1000.' }),
  cursor: z.string().max(128).optional().meta({ description: 'From the answer before: continues there.' }),
});

/** Who is in a session or campaign, and who did what there. */
export function peopleRoutes(sessions: () => Sessions): Route[] {
  return (['session', 'campaign'] as const).flatMap((what) => [peopleRoute(sessions, what), auditRoute(sessions, what)]);
}

function peopleRoute(sessions: () => Sessions, what: 'session' | 'campaign'): Route {
  return defineRoute({
    method: 'get',
    path: `/v1/${what}s/:id/${what === 'session' ? 'participants' : 'members'}`,
    name: what === 'session' ? 'listParticipants' : 'listMembers',
    summary: 'Everyone who takes part, the audience included, for those who run it.',
    signIn: true,
    params: idParams,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ people: z.array(personSchema) }),
      example: { people: [{ id: 'ada', name: 'Ada', role: 'gm', joinedSeq: 2 }] },
    },
    errors: ['not-found', 'forbidden', 'quarantined', 'unavailable'],
    async handle({ params, caller }) {
      const found = await sessions().people(params.id as SessionId, identity(caller).id);
      return found.ok ? { ok: true, json: { people: found.people } } : found;
    },
  });
}

function auditRoute(sessions: () => Sessions, what: 'session' | 'campaign'): Route {
  return defineRoute({
    method: 'get',
    path: `/v1/${what}s/:id/audit`,
    name: `audit${what === 'session' ? 'Session' : 'Campaign'}`,
    summary: 'Who did what to whom and when, newest first, for those who hold the right.',
    signIn: true,
    params: idParams,
    query: auditQuery,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ acts: z.array(actSchema), cursor: z.string().optional() }),
      example: { acts: [{ session: 'mW3mPB7HkTj0q1bXUz2y4g', seq: 9, at: 1_767_225_600_000, who: 'ada', what: 'kick', subject: 'tom' }] },
    },
    errors: ['not-found', 'forbidden', 'quarantined', 'unavailable'],
    async handle({ params, query, caller }) {
      const session = params.id as SessionId;
      const { cursor, limit = DEFAULT_LIMIT, ...narrowed } = query;
      const before = cursor === undefined ? undefined : readAuditCursor(cursor);
      if (cursor !== undefined && before === undefined) return refuse('bad-request', 'This cursor is not one of ours.');
      const standing = await sessions().roleOf(session, identity(caller).id);
      if (!standing.ok) return standing;
      if (!standing.rights.includes('audit')) return refuse(standing.role === null ? 'not-found' : 'forbidden');
      return { ok: true, json: auditPage(await sessions().acts({ ...narrowed, session, limit, before }), limit) };
    },
  });
}

/** One page of the audit, with a cursor where there may be more. */
export function auditPage(rows: readonly ActRow[], limit: number): { acts: Omit<ActRow, 'id'>[]; cursor?: string } {
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { acts: rows.map(({ id: _id, ...act }) => act), ...(last === undefined ? {} : { cursor: `${last.at}:${last.id}` }) };
}

export function readAuditCursor(cursor: string): { at: number; id: number } | undefined {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(cursor);
  return match === null ? undefined : { at: Number(match[1]), id: Number(match[2]) };
}
