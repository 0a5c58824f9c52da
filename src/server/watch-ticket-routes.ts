import { z } from 'zod';
import { encodeFrame } from '../protocol/codec.ts';
import { CODES } from '../protocol/codes.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import { tableIdOf } from '../protocol/table-id.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { refuse, type Refusal } from '../session/outcome.ts';
import { frameEnd } from '../transport/sse-framing.ts';
import type { SseTransport } from '../transport/sse-transport.ts';
import type { StreamEnd } from '../transport/sse-wire.ts';
import { readEventId, StreamPositions, type EventId } from '../transport/stream-positions.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Peer, type Route, type RouteReply } from './route.ts';
import { sessionId } from './schemas.ts';
import { identity } from './session-routes.ts';
import { HELLO_REFUSALS, refusalOf, streamResponse } from './stream-routes.ts';
import type { Use, WatchTickets } from './watch-tickets.ts';

/** How long an `EventSource` waits that was told to come back without a time. */
const COME_BACK_MS = 3_000;
const idParams = z.object({ id: sessionId });
const TICKET = z
  .string()
  .max(64)
  .meta({ description: 'From `POST /v1/sessions/:id/watch-ticket`: the only credential that a URL may carry, and only to read.' });

const watchQuery = z.object({
  ticket: TICKET,
  after: z.string().max(256).optional().meta({
    description: 'The id of the last event of an earlier stream, for a new ticket that goes on there. Last-Event-ID goes before it.',
  }),
});

export type WatchTicketRoutesOptions = {
  readonly sessions: () => HostedSessions;
  readonly transport: SseTransport;
  readonly tickets: WatchTickets;
  /** Tickets that one person may have in use. */
  readonly most: number;
};

/** Watching with a plain `EventSource`. */
export function watchTicketRoutes(options: WatchTicketRoutesOptions): Route[] {
  return [ticketRoute(options), watchRoute(options)];
}

function ticketRoute({ sessions, tickets, most }: WatchTicketRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/sessions/:id/watch-ticket',
    name: 'createWatchTicket',
    summary: 'A ticket with which a plain EventSource watches as the caller, who is a participant. Its first use is within 60 seconds.',
    signIn: true,
    params: idParams,
    body: z.strictObject({}),
    answer: {
      status: 201,
      type: 'application/json',
      schema: z.object({ ticket: z.string() }),
      example: { ticket: 'Yp0xFJ7C3m0pQmXr2v1zG8n4uKkq9sT5bW6dE7fA8hI' },
    },
    errors: ['not-found', 'quota-exceeded', 'quarantined', 'unavailable'],
    async handle({ params, caller }) {
      const asker = identity(caller);
      const session = params.id as SessionId;
      const refusal = await refusalOfWatcher(sessions(), session, asker.id);
      if (refusal !== undefined) return refusal;
      if (tickets.countOf(asker.id) >= most) return refuse('quota-exceeded', `You watch with ${most} tickets already; close some first.`);
      const ticket = tickets.issue(session, asker);
      return ticket === undefined
        ? refuse('unavailable', 'Too many tickets are in use; try again shortly.')
        : { ok: true, json: { ticket } };
    },
  });
}

function watchRoute(options: WatchTicketRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/sessions/:id/stream',
    name: 'watchSession',
    summary: 'The frames of a session as server-sent events, read-only, for a ticket; each id is a place to go on from.',
    signIn: false,
    params: idParams,
    query: watchQuery,
    answer: {
      status: 200,
      type: 'text/event-stream',
      schema: z.string(),
      example: 'id: q83vEjRWeJA.17.mW3mPB7HkTj.b1bXUz2y4gA.4711\ndata: [17,["title"],"Friday"]\n\n',
    },
    errors: ['unauthenticated', 'shutting-down', ...HELLO_REFUSALS],
    async handle({ params, query, request, peer }) {
      const session = params.id as SessionId;
      const resumed = readEventId(request.headers.get('last-event-id') ?? query.after ?? '');
      const use = options.tickets.use(query.ticket, session, resumed?.key);
      if (use === undefined) return refuse('unauthenticated', 'The ticket is unknown, used or too old: ask for a new one.');
      return watch(options, session, use, resumed, peer);
    },
  });
}

async function watch(
  options: WatchTicketRoutesOptions,
  session: SessionId,
  use: Use,
  resumed: EventId | undefined,
  peer: Peer,
): Promise<RouteReply> {
  const { tickets, transport, sessions } = options;
  const refusal = await refusalOfWatcher(sessions(), session, use.identity.id);
  if (refusal !== undefined) return endUse(use, refusal);
  const credential = tickets.credentialOf(use.identity);
  const opened = await transport.open({
    ...peer,
    hello: helloOf(session, use.returning, resumed),
    credential,
    positions: new StreamPositions(use.key, resumed?.place),
    onOver: (end) => use.over(end !== undefined && isFinal(end)),
  });
  // Where the login was not even tried, the credential is still good.
  tickets.admit(credential);
  if (!opened.ok) return isFinal(opened.end) ? refusalOf(opened.end) : comeBack(opened.end);
  if (opened.welcome.t === 'welcome') use.follow(opened.welcome);
  return streamResponse(opened.body);
}

/** With the token of the stream before, this one goes on as the same connection, and that one is ended. */
function helloOf(session: SessionId, returning: Use['returning'], resumed: EventId | undefined): string {
  const place = resumed?.place;
  return encodeFrame({
    t: 'hello',
    version: PROTOCOL_VERSION,
    session,
    ...returning,
    // An `EventSource` has no path table, but what it has was seen through a sight.
    ...(place === undefined ? {} : { position: place.position, table: [tableIdOf(place.mark, 0), 0] }),
  });
}

/** Watching is for participants, and makes nobody one. */
async function refusalOfWatcher(sessions: HostedSessions, session: SessionId, who: ParticipantId): Promise<Refusal | undefined> {
  const seen = await sessions.read(session, who);
  return seen.ok ? undefined : seen;
}

function endUse(use: Use, refusal: Refusal): RouteReply {
  use.over(isFinal(refusal));
  return refusal;
}

function isFinal({ code }: Pick<Refusal, 'code'>): boolean {
  const { then } = CODES[code];
  return then !== 'retry' && then !== 'reconnect';
}

/** An `EventSource` gives up for ever when it is refused, and comes back by itself when its stream ends. */
function comeBack({ code, retryAfterMs }: StreamEnd): Response {
  return streamResponse(frameEnd(code, retryAfterMs ?? COME_BACK_MS).toString());
}
