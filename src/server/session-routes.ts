import { z } from 'zod';
import type { Code } from '../protocol/codes.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { refuse } from '../session/outcome.ts';
import type { CatalogueRow } from '../store/store.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route, type RouteRefusal, type RouteReply } from './route.ts';
import { createBody, endBody, jsonValue, listQuery, sessionId, sessionSchema } from './schemas.ts';
import { maySeeRow, sessionJson } from './session-json.ts';

const EXAMPLE_SESSION = {
  id: 'mW3mPB7HkTj0q1bXUz2y4g',
  type: 'tabletop',
  name: 'Friday night',
  status: 'active',
  owner: 'ada',
  ownerName: 'Ada',
  campaign: null,
  access: 'open',
  listed: true,
  seats: 2,
  maxSeats: 6,
  createdAt: 1_767_225_600_000,
  updatedAt: 1_767_225_660_000,
  rev: 17,
  listing: {},
};

const DEFAULT_LIMIT = 100;
const idParams = z.object({ id: sessionId });
const positionSchema = z.object({ logId: z.string(), seq: z.number().int(), tag: z.string() });

/** Creating, listing, reading and ending sessions. */
export function sessionRoutes(sessions: () => HostedSessions): Route[] {
  return [createRoute(sessions), listRoute(sessions), readRoute(sessions), endRoute(sessions)];
}

function createRoute(sessions: () => HostedSessions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/sessions',
    name: 'createSession',
    summary: 'Creates a session of a type that the server hosts. The caller owns it.',
    signIn: true,
    body: createBody,
    answer: { status: 201, type: 'application/json', schema: z.object({ session: sessionSchema }), example: { session: EXAMPLE_SESSION } },
    errors: ['unknown-type', 'forbidden', 'invalid-arguments', 'handler-failed', 'unavailable', 'disk-full'],
    async handle({ body, caller }) {
      const { options, ...rest } = body;
      const made = await sessions().create({
        ...rest,
        ...(options === undefined ? {} : { options: options as JsonObject }),
        by: identity(caller),
      });
      return made.ok ? { ok: true, json: { session: sessionJson(made.row) } } : made;
    },
  });
}

function listRoute(sessions: () => HostedSessions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/sessions',
    name: 'listSessions',
    summary: 'Lists sessions, newest first. Those that are not listed are shown to an owner who asks for the own ones.',
    signIn: true,
    query: listQuery,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ sessions: z.array(sessionSchema), rev: z.number().int(), cursor: z.string().optional() }),
      example: { sessions: [EXAMPLE_SESSION], rev: 17 },
    },
    errors: ['unavailable'],
    async handle({ query, caller }) {
      const { cursor, limit = DEFAULT_LIMIT, ...filter } = query;
      const before = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && before === undefined) return refuse('bad-request', 'This cursor is not one of ours.');
      const visible = filter.owner === identity(caller).id ? {} : { listed: true };
      const rows = await sessions().list({ ...filter, ...visible, limit, before });
      const rev = rows.reduce((highest, row) => Math.max(highest, row.rev), 0);
      const last = rows.length < limit ? undefined : rows.at(-1);
      const more = last === undefined ? {} : { cursor: writeCursor(last) };
      return { ok: true, json: { sessions: rows.map(sessionJson), rev, ...more } };
    },
  });
}

function readRoute(sessions: () => HostedSessions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/sessions/:id',
    name: 'readSession',
    summary: 'One session; for its participants with position, meta and state as they may see them.',
    signIn: true,
    params: idParams,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({
        session: sessionSchema,
        position: positionSchema.optional(),
        meta: jsonValue.optional(),
        state: jsonValue.optional(),
      }),
      example: { session: EXAMPLE_SESSION },
    },
    errors: ['not-found', 'quarantined', 'unavailable'],
    handle: ({ params, caller }) => readSession(sessions(), params.id as SessionId, identity(caller).id),
  });
}

const NOT_A_PARTICIPANT: readonly Code[] = ['forbidden', 'not-found', 'unauthenticated'];

async function readSession(sessions: HostedSessions, id: SessionId, caller: ParticipantId): Promise<RouteReply> {
  const row = await sessions.get(id);
  if (row === undefined) return refuse('not-found');
  const seen = await sessions.read(id, caller);
  if (seen.ok) return { ok: true, json: { session: sessionJson(row), position: seen.position, meta: seen.meta, state: seen.state } };
  if (!NOT_A_PARTICIPANT.includes(seen.code)) return seen;
  return maySeeRow(row, caller) ? { ok: true, json: { session: sessionJson(row) } } : refuse('not-found');
}

function endRoute(sessions: () => HostedSessions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/sessions/:id/end',
    name: 'endSession',
    summary: 'Ends a session: its state can no longer change.',
    signIn: true,
    params: idParams,
    body: endBody,
    answer: { status: 200, type: 'application/json', schema: z.object({ seq: z.number().int() }), example: { seq: 42 } },
    errors: ['not-found', 'forbidden', 'ended', 'quarantined', 'unavailable', 'disk-full'],
    async handle({ params, body, caller }) {
      const id = params.id as SessionId;
      const ended = await sessions().end(id, identity(caller), body?.reason);
      return ended.ok ? { ok: true, json: { seq: ended.seq } } : hideUnlisted(sessions(), id, identity(caller).id, ended);
    },
  });
}

/** A session that the caller may not know of is not there, whatever the refusal would have said. */
export async function hideUnlisted(
  sessions: HostedSessions,
  id: SessionId,
  caller: ParticipantId,
  refusal: RouteRefusal,
): Promise<RouteRefusal> {
  const row = await sessions.get(id);
  return row !== undefined && maySeeRow(row, caller) ? refusal : refuse('not-found');
}

/** Routes with sign-in always have a caller. */
export function identity(caller: Identity | undefined): Identity {
  if (caller === undefined) throw new Error('A route without sign-in asked who is calling.');
  return caller;
}

function writeCursor(row: CatalogueRow): string {
  return Buffer.from(`${row.createdAt}:${row.session}`).toString('base64url');
}

function readCursor(cursor: string): { createdAt: number; session: SessionId } | undefined {
  const match = /^(\d{1,15}):([A-Za-z0-9_-]{22})$/.exec(Buffer.from(cursor, 'base64url').toString());
  return match === null ? undefined : { createdAt: Number(match[1]), session: match[2] as SessionId };
}
