import { z } from 'zod';
import type { Code } from '../protocol/codes.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { refuse } from '../session/outcome.ts';
import { Discovery, mayKnow, type DiscoverySessions } from './discovery.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route, type RouteRefusal, type RouteReply } from './route.ts';
import { createBody, endBody, jsonValue, listQuery, sessionId, sessionSchema, whole } from './schemas.ts';
import { sessionJson } from './session-json.ts';
import { EXAMPLE_SESSION, listedPage, readCursor } from './session-listing.ts';

const DEFAULT_LIMIT = 100;
const idParams = z.object({ id: sessionId });
const positionSchema = z.object({ logId: z.string(), seq: z.number().int(), tag: z.string() });

/** Creating, listing, reading and ending sessions, and what was said in them. */
export function sessionRoutes(sessions: () => HostedSessions): Route[] {
  return [createRoute(sessions), listRoute(sessions), readRoute(sessions), missedRoute(sessions), endRoute(sessions)];
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
    errors: ['unknown-type', 'forbidden', 'invalid-arguments', 'quota-exceeded', 'handler-failed', 'unavailable', 'disk-full'],
    async handle({ body, caller }) {
      const { options, from, ...rest } = body;
      const made = await sessions().create({
        ...rest,
        ...(from === undefined ? {} : { from: { session: from.session as SessionId } }),
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
    summary:
      'Lists sessions, newest first: those of a campaign for its members, and those that are not listed for an owner who asks for the own ones.',
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
      const visible = await new Discovery(sessions(), identity(caller), filter).narrowing();
      const rows = await sessions().list({ ...filter, ...visible, limit, before });
      return { ok: true, json: listedPage(rows, limit) };
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
    handle: ({ params, caller }) => readSession(sessions(), params.id as SessionId, identity(caller)),
  });
}

const NOT_A_PARTICIPANT: readonly Code[] = ['forbidden', 'not-found', 'unauthenticated'];

async function readSession(sessions: HostedSessions, id: SessionId, caller: Identity): Promise<RouteReply> {
  const row = await sessions.get(id);
  if (row === undefined) return refuse('not-found');
  const seen = await sessions.read(id, caller.id);
  if (seen.ok) return { ok: true, json: { session: sessionJson(row), position: seen.position, meta: seen.meta, state: seen.state } };
  if (!NOT_A_PARTICIPANT.includes(seen.code)) return seen;
  return (await mayKnow(sessions, caller, row)) ? { ok: true, json: { session: sessionJson(row) } } : refuse('not-found');
}

function missedRoute(sessions: () => HostedSessions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/sessions/:id/messages',
    name: 'missedMessages',
    summary:
      'The messages of a range of events that a participant missed, as they would have come live: of the last 4,096 events, and of none before they came or before they saw what they see now.',
    signIn: true,
    params: idParams,
    query: z.object({
      from: whole(Number.MAX_SAFE_INTEGER).meta({ description: 'The first event of the range.' }),
      to: whole(Number.MAX_SAFE_INTEGER).optional().meta({ description: 'The last one. Default: up to now.' }),
    }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({
        from: z.number().int().meta({ description: 'The first event that was looked at.' }),
        to: z.number().int().meta({ description: 'The last one.' }),
        messages: z.array(z.object({ seq: z.number().int(), name: z.string(), payload: jsonValue, by: z.string() })),
        next: z.number().int().optional().meta({ description: 'Where the next page begins; absent on the last one.' }),
      }),
      example: { from: 40, to: 42, messages: [{ seq: 41, name: 'rolled', payload: { n: 17 }, by: 'ada' }] },
    },
    errors: ['not-found', 'quarantined', 'unavailable'],
    async handle({ params, query: { from, to }, caller }) {
      const id = params.id as SessionId;
      const page = await sessions().missed(id, identity(caller).id, { from: from as Seq, to: to as Seq | undefined });
      if (!page.ok) return hideUnlisted(sessions(), id, identity(caller), page);
      const { ok: _ok, ...json } = page;
      return { ok: true, json };
    },
  });
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
    errors: ['not-found', 'forbidden', 'illegal-transition', 'quarantined', 'unavailable', 'disk-full'],
    async handle({ params, body, caller }) {
      const id = params.id as SessionId;
      const ended = await sessions().end(id, identity(caller), body?.reason);
      return ended.ok ? { ok: true, json: { seq: ended.seq } } : hideUnlisted(sessions(), id, identity(caller), ended);
    },
  });
}

/** A session that the caller may not know of is not there, whatever the refusal would have said. */
export async function hideUnlisted(
  sessions: DiscoverySessions & Pick<HostedSessions, 'get'>,
  id: SessionId,
  caller: Identity,
  refusal: RouteRefusal,
): Promise<RouteRefusal> {
  const row = await sessions.get(id);
  return row !== undefined && (await mayKnow(sessions, caller, row)) ? refusal : { ...refuse('not-found'), beside: refusal.beside };
}

/** Routes with sign-in always have a caller. */
export function identity(caller: Identity | undefined): Identity {
  if (caller === undefined) throw new Error('A route without sign-in asked who is calling.');
  return caller;
}
