import { z } from 'zod';
import { CONNECTION_HEADER, REQUEST_HEADER } from '../protocol/event-stream.ts';
import type { ConnectionId } from '../protocol/ids.ts';
import { bearerToken } from '../transport/bearer-token.ts';
import { splitFrames } from '../transport/split-frames.ts';
import type { SseTransport } from '../transport/sse-transport.ts';
import type { StreamEnd } from '../transport/sse-wire.ts';
import { refuse } from '../session/outcome.ts';
import { defineRoute, type Route, type RouteRefusal, type RouteReply } from './route.ts';
import { jsonValue, sessionId } from './schemas.ts';
import { identity } from './session-routes.ts';

/** Codes that a hello can be refused with, on any transport. */
export const HELLO_REFUSALS = [
  'not-found',
  'forbidden',
  'full',
  'ended',
  'unknown-instance',
  'unsupported-version',
  'login-timeout',
  'token-reused',
  'rate-limited',
  'too-many-connections',
  'quarantined',
  'unavailable',
] as const;
/** Room for many small frames; each of them is bounded as on a WebSocket. */
const MOST_POSTED_BYTES = 256 * 1024;
const idParams = z.object({ id: sessionId });

const helloBody = z
  .looseObject({ t: z.literal('hello'), version: z.number().int(), session: sessionId })
  .meta({ description: 'The hello frame of the protocol. Its credential is in the Authorization header.' });

const framesBody = z.array(jsonValue).meta({ description: 'Client frames of the protocol, in the order in which they were made.' });

/** The second transport: frames come down as server-sent events and go up by POST. */
export function streamRoutes(transport: SseTransport): Route[] {
  return [openRoute(transport), framesRoute(transport)];
}

function openRoute(transport: SseTransport): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/sessions/:id/stream',
    name: 'openStream',
    summary: 'Connects where WebSockets do not come through: takes a hello frame, answers with the server’s frames as server-sent events.',
    signIn: 'by-connection',
    params: idParams,
    body: helloBody,
    answer: {
      status: 200,
      type: 'text/event-stream',
      schema: z.string(),
      example: 'data: {"t":"pong","at":0,"now":1767225600000}\n\n',
    },
    errors: HELLO_REFUSALS,
    async handle({ params, body, request, peer }) {
      if (body.session !== params.id) return refuse('bad-request', 'The session of the hello frame is not that of the path.');
      const credential = bearerToken(request.headers.get('authorization') ?? undefined);
      const opened = await transport.open({ ...peer, hello: JSON.stringify(body), credential });
      return opened.ok ? streamResponse(opened.body) : refusalOf(opened.end);
    },
  });
}

function framesRoute(transport: SseTransport): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/sessions/:id/frames',
    name: 'postFrames',
    summary: `Takes frames for the connection that the header ${CONNECTION_HEADER} names, in the order that ${REQUEST_HEADER} counts; answers come down its stream.`,
    signIn: true,
    params: idParams,
    body: framesBody,
    takesText: true,
    mostBytes: MOST_POSTED_BYTES,
    answer: { status: 204, type: 'application/json', schema: z.undefined(), example: undefined },
    errors: ['not-found'],
    async handle({ body, caller, request }): Promise<RouteReply> {
      const frames = splitFrames(body);
      if (frames === undefined) return refuse('bad-request', 'The body is a JSON array of frames.');
      const id = request.headers.get(CONNECTION_HEADER) as ConnectionId | null;
      if (id === null) return refuse('bad-request', `The header ${CONNECTION_HEADER} names the connection, as its welcome frame does.`);
      const number = request.headers.get(REQUEST_HEADER);
      if (number !== null && !/^[1-9]\d{0,14}$/.test(number)) return refuse('bad-request', `The header ${REQUEST_HEADER} counts from 1.`);
      if (transport.receive(id, identity(caller).id, frames, number === null ? undefined : Number(number)))
        return { ok: true, json: undefined };
      return { ...refuse('not-found', 'You have no such connection here, or it has ended: open a stream again.'), then: 'reconnect' };
    },
  });
}

/** An answer that goes on: nothing on the way may keep parts of it back. */
export function streamResponse(body: ReadableStream<Uint8Array> | string): Response {
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' },
  });
}

/** A connection that never came to be, as an HTTP answer. */
export function refusalOf({ code, message, details, retryAfterMs }: StreamEnd): RouteRefusal {
  return { ...refuse(code, message, details), retryAfterMs };
}
