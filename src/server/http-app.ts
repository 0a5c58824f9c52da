import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import { WIRE_LIMITS } from '../protocol/codec.ts';
import { CODES } from '../protocol/codes.ts';
import type { Identity, Random } from '../protocol/ports.ts';
import { readJson } from '../protocol/read-json.ts';
import type { Authentication } from '../connection/session-delivery.ts';
import { refuse, type Refusal } from '../session/outcome.ts';
import { allowsOrigin, type OriginRule } from '../transport/origin-rule.ts';
import { bearerToken, hasTokenInUrl } from '../transport/bearer-token.ts';
import type { Logger } from './logger-adapter.ts';
import type { Operator, OperatorAuthentication, Scope } from './operator-auth.ts';
import type { Peer, Route, RouteInput, RouteRefusal } from './route.ts';

export type HttpAppOptions = {
  readonly routes: readonly Route[];
  readonly prefix: string;
  readonly authenticate: (token: string) => Promise<Authentication>;
  /** Absent where the server has no operators. */
  readonly operators?: OperatorGate | undefined;
  /** False while the server does not run: only health is answered. */
  readonly serving: () => boolean;
  readonly origins: OriginRule;
  readonly random: Random;
  readonly logger: Logger;
  /** Asked for paths that no route has; undefined: there is nothing either. */
  readonly fallback?: ((request: Request, path: string) => Promise<Response | undefined>) | undefined;
};

/** Who may use the routes of operators. */
export type OperatorGate = {
  verify(token: string): Promise<OperatorAuthentication>;
  /** An operator asked for what the token does not allow. */
  refused(operator: Operator, what: string, session: string | null, refusal: Refusal): Promise<Refusal>;
};

/** Throws on what is no UTF-8. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** More faults than these, and longer ones, help nobody. */
const MOST_FAULTS = 10;
const MOST_FAULT_CHARACTERS = 200;
const MAX_BODY_BYTES = 64 * 1024;
const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** What the HTTP server below tells of a request; a host's own server may tell nothing. */
export type Below = {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } };
  readonly outgoing?: { destroy(): unknown };
};
type Env = { Bindings: Below; Variables: { requestId: string } };

/** The HTTP side of a server: each route checked, run and answered the same way. */
export function createHttpApp(options: HttpAppOptions): Hono<Env> {
  const app = new Hono<Env>().basePath(options.prefix === '' ? '/' : options.prefix);
  app.use('*', async (context, next) => {
    context.set('requestId', requestId(context.req.header('x-request-id'), options.random));
    await next();
    finish(context, options);
  });
  app.use('*', async (context, next) => (context.req.method === 'OPTIONS' ? preflight(context, options) : next()));
  for (const route of options.routes) app.on(route.method, route.path, (context) => serve(context, route, options));
  for (const path of new Set(options.routes.map((route) => route.path))) app.all(path, (context) => wrongMethod(context, path, options));
  app.all('*', (context) => missing(context, options));
  app.notFound((context) => answerError(context, refuse('not-found', 'There is no such route.')));
  app.onError((error, context) => {
    options.logger.error({ request: context.get('requestId'), err: error }, 'request failed inside the server');
    return answerError(context, refuse('internal'));
  });
  return app;
}

function requestId(given: string | undefined, random: Random): string {
  if (given !== undefined && REQUEST_ID.test(given)) return given;
  return Buffer.from(random.bytes(12)).toString('base64url');
}

function finish(context: Context<Env>, options: HttpAppOptions): void {
  const { headers } = context.res;
  headers.set('x-request-id', context.get('requestId'));
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!headers.has(name)) headers.set(name, value);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  const origin = context.req.header('origin');
  if (origin !== undefined && allowsOtherOrigin(origin, context, options)) {
    headers.set('access-control-allow-origin', origin);
    headers.set('access-control-expose-headers', 'retry-after, x-request-id');
    headers.set('cross-origin-resource-policy', 'cross-origin');
    headers.append('vary', 'origin');
  }
  options.logger.debug(
    { request: context.get('requestId'), method: context.req.method, path: context.req.path, status: context.res.status },
    'request',
  );
}

function allowsOtherOrigin(origin: string | undefined, context: Context<Env>, options: HttpAppOptions): boolean {
  return allowsOrigin(options.origins, origin, context.req.header('host'));
}

function preflight(context: Context<Env>, options: HttpAppOptions): Response {
  const origin = context.req.header('origin');
  if (origin === undefined || !allowsOtherOrigin(origin, context, options)) {
    return answerError(
      context,
      refuse('forbidden', 'Pages of this origin may not use this server; its option `origins` lists those that may.'),
    );
  }
  return context.body(null, 204, {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type, holdfast-connection, holdfast-request, last-event-id, x-request-id',
    'access-control-max-age': '600',
  });
}

async function missing(context: Context<Env>, options: HttpAppOptions): Promise<Response> {
  const found = await options.fallback?.(context.req.raw, context.req.path.slice(options.prefix.length));
  return found ?? answerError(context, refuse('not-found', 'There is no such route.'));
}

function wrongMethod(context: Context<Env>, path: string, options: HttpAppOptions): Response {
  const allowed = options.routes
    .filter((route) => route.path === path)
    .map((route) => route.method.toUpperCase())
    .sort();
  const body = errorBody(refuse('bad-request', `This route takes ${allowed.join(' and ')} only.`));
  return context.json(body, 405, { allow: allowed.join(', ') });
}

async function serve(context: Context<Env>, route: Route, options: HttpAppOptions): Promise<Response> {
  if (!options.serving() && route.name !== 'health') return answerError(context, refuse('shutting-down', 'The server is not running.'));
  // What is asked for without its body would be a stream that nobody reads.
  if (context.req.method === 'HEAD' && route.answer.type === 'text/event-stream') return wrongMethod(context, route.path, options);
  const unfit = refusalOfPage(context, route, options);
  if (unfit !== undefined) return answerError(context, unfit);
  const input = await readInput(context, route, options);
  if ('ok' in input) return answerError(context, input);
  const reply = await route.handle(input);
  if (reply instanceof Response) return reply;
  if (!reply.ok) return answerError(context, reply);
  const { status } = route.answer;
  return status === 204 ? context.body(null, 204) : context.json(jsonOf(reply.json), status);
}

/** What a hostile page could make a browser send: a credential in a URL, a change or a stream asked for from elsewhere. */
function refusalOfPage(context: Context<Env>, route: Route, options: HttpAppOptions): Refusal | undefined {
  if (hasTokenInUrl(context.req.url)) {
    return refuse('bad-request', 'A token never travels in the URL: put it in the Authorization header.');
  }
  if (route.method === 'get' && route.answer.type !== 'text/event-stream') return undefined;
  if (allowsOtherOrigin(context.req.header('origin'), context, options)) return undefined;
  return refuse('forbidden', 'Pages of this origin may not use this server; its option `origins` lists those that may.');
}

/** Hono's own type of JSON values would want every handler to repeat it; the text is what counts. */
function jsonOf(value: unknown): object | null {
  if (typeof value === 'object') return value;
  throw new Error('A route answers with an object, or null.');
}

async function readInput(
  context: Context<Env>,
  route: Route,
  options: HttpAppOptions,
): Promise<RouteInput<unknown, unknown, unknown> | Refusal> {
  const operator = route.scope === undefined ? undefined : await whichOperator(context, route, route.scope, options);
  if (operator !== undefined && 'ok' in operator) return operator;
  const caller = route.signIn === true && operator === undefined ? await whoCalls(context, options) : undefined;
  if (caller !== undefined && 'ok' in caller) return caller;
  const params = check(route.params, context.req.param(), 'path');
  if (!params.ok) return params;
  const astray = caller && refusalOfGuest(caller, params.value);
  if (astray !== undefined) return astray;
  const query = check(route.query, context.req.query(), 'query');
  if (!query.ok) return query;
  const body = await readBody(context, route);
  if (!body.ok) return body;
  const peer = peerOf(context.env, context.req.header('x-forwarded-for'));
  return { params: params.value, query: query.value, body: body.value, caller, operator, request: context.req.raw, peer };
}

function peerOf({ incoming, outgoing }: Below = {}, forwardedFor: string | undefined): Peer {
  return { remoteAddress: incoming?.socket.remoteAddress, forwardedFor, cut: outgoing && (() => void outgoing.destroy()) };
}

async function whoCalls(context: Context<Env>, options: HttpAppOptions): Promise<Identity | Refusal> {
  const token = bearerToken(context.req.header('authorization'));
  if (token === undefined) return refuse('unauthenticated', 'No credential: send `Authorization: Bearer <token>`.');
  const answer = await options.authenticate(token);
  return answer.ok ? answer.identity : refuse(answer.code ?? 'unauthenticated', answer.message);
}

async function whichOperator(
  context: Context<Env>,
  route: Route,
  scope: Scope,
  { operators }: HttpAppOptions,
): Promise<Operator | Refusal> {
  const token = bearerToken(context.req.header('authorization'));
  if (token === undefined || operators === undefined) return refuse('unauthenticated', 'This takes an operator’s token.');
  const answer = await operators.verify(token);
  if (!answer.ok) return refuse(answer.code ?? 'unauthenticated', answer.message);
  const { operator } = answer;
  if (operator.scopes.has(scope)) return operator;
  const refusal = refuse('forbidden', `This takes the scope '${scope}'; your token has: ${[...operator.scopes].join(', ')}.`);
  return operators.refused(operator, route.name, context.req.param('id') ?? null, refusal);
}

/** A guest knows one session, and nothing of the server beside it. */
function refusalOfGuest({ guest }: Identity, params: unknown): Refusal | undefined {
  const { id }: { id?: unknown } = Object(params);
  if (guest === undefined || id === guest.session) return undefined;
  return id === undefined ? refuse('forbidden', 'Guests can do this only with an account; they have one session.') : refuse('not-found');
}

type Checked = { readonly ok: true; readonly value: unknown } | Refusal;

function check(schema: z.ZodType | undefined, value: unknown, place: string): Checked {
  if (schema === undefined) return { ok: true, value: undefined };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues
    .slice(0, MOST_FAULTS)
    .map((issue) => ({ at: shortened([place, ...issue.path].join('.')), message: shortened(issue.message) }));
  return refuse('bad-request', faults.map(({ at, message }) => `${at}: ${message}`).join('; '), faults);
}

function shortened(text: string): string {
  return text.length <= MOST_FAULT_CHARACTERS ? text : `${text.slice(0, MOST_FAULT_CHARACTERS)} ...`;
}

async function readBody(context: Context<Env>, { body, takesText, mostBytes = MAX_BODY_BYTES }: Route): Promise<Checked> {
  if (body === undefined) return { ok: true, value: undefined };
  // What fails here is the peer's doing, who is gone or writes what is no body.
  const text = await readText(context.req.raw, mostBytes).catch(() => null);
  if (text === null) return refuse('bad-request', 'The body did not come whole, or is no UTF-8.');
  if (text === undefined) return refuse('too-large', `A body is at most ${mostBytes} bytes.`);
  if (text !== '' && !/^application\/json\b/i.test(context.req.header('content-type') ?? ''))
    return refuse('bad-request', 'Send the body as application/json.');
  if (takesText === true) return { ok: true, value: text };
  return text === '' ? check(body, undefined, 'body') : parseBody(body, text);
}

/** Under the rules of frames: what a command may hold does not depend on the way by which it comes. */
function parseBody(schema: z.ZodType, text: string): Checked {
  const read = readJson(text, WIRE_LIMITS.command, 'body');
  if (read.ok) return check(schema, read.value, 'body');
  return refuse(read.code === 'too-large' ? 'too-large' : 'bad-request', read.message);
}

/** Stops reading as soon as the body is too large, whatever its length header said. */
async function readText(request: Request, mostBytes: number): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) return undefined;
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return UTF_8.decode(Buffer.concat(chunks));
}

function errorBody(refusal: RouteRefusal): object {
  const { code, message, details, then = CODES[code].then, beside } = refusal;
  const retryAfterMs = waitOf(refusal);
  return { error: { code, message, then, details, retryAfterMs }, ...beside };
}

/** Sessions say among the details how long to wait. */
function waitOf({ retryAfterMs, details }: RouteRefusal): number | undefined {
  if (retryAfterMs !== undefined) return retryAfterMs;
  const { retryAfterMs: wait }: { retryAfterMs?: unknown } = Object(details);
  return typeof wait === 'number' ? wait : undefined;
}

function answerError(context: Context<Env>, refusal: RouteRefusal): Response {
  const { code } = refusal;
  const retryAfterMs = waitOf(refusal);
  const headers = retryAfterMs === undefined ? undefined : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
  return context.json(errorBody(refusal), CODES[code].http, headers);
}
