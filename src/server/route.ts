import type { z } from 'zod';
import type { Code, Then } from '../protocol/codes.ts';
import type { Identity } from '../protocol/ports.ts';
import type { Refusal } from '../session/outcome.ts';
import type { Operator, Scope } from './operator-auth.ts';

/** What a handler is given: everything already checked. */
export type RouteInput<Params, Query, Body> = {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Who asks; `undefined` only on routes without sign-in. */
  readonly caller: Identity | undefined;
  /** Which operator asks; only on routes with a scope. */
  readonly operator: Operator | undefined;
  readonly request: Request;
  readonly peer: Peer;
};

/** The other end of a request, as far as the HTTP server below us tells. */
export type Peer = {
  readonly remoteAddress: string | undefined;
  /** What proxies say of where it came from: to be believed only where they are trusted. */
  readonly forwardedFor: string | undefined;
  /** Ends its HTTP connection at once. */
  readonly cut: (() => void) | undefined;
};

/** A refusal over HTTP may say more than its code does. */
export type RouteRefusal = Refusal & {
  /** What the client should do, where that is not what the code's row says. */
  readonly then?: Then | undefined;
  /** How long to wait before the next try. */
  readonly retryAfterMs?: number | undefined;
  /** What else the answer says, beside the error. */
  readonly beside?: Readonly<Record<string, unknown>> | undefined;
};

/** A JSON answer with the route's status, a refusal, or (streams, texts) a response of its own. */
export type RouteReply = { readonly ok: true; readonly json: unknown } | RouteRefusal | Response;

type Schema = z.ZodType;

/** One route: what it takes and answers. Serving it, checking it and documenting it all read this. */
export type Route = {
  readonly method: 'get' | 'post';
  /** With `:name` for parameters, below the server's prefix. */
  readonly path: string;
  /** Unique name, for OpenAPI and logs. */
  readonly name: string;
  readonly summary: string;
  /** Whether a credential is needed; `by-connection`: it is, and the connection that the route opens checks it. */
  readonly signIn: boolean | 'by-connection';
  /** The route is for operators whose token has this scope; no other credential counts. */
  readonly scope?: Scope | undefined;
  readonly params?: z.ZodObject | undefined;
  readonly query?: z.ZodObject | undefined;
  readonly body?: Schema | undefined;
  /** The handler gets the body's text as it came; the schema only describes it. */
  readonly takesText?: boolean | undefined;
  /** Largest body, in bytes. Default 64 KiB. */
  readonly mostBytes?: number | undefined;
  readonly answer: {
    readonly status: 200 | 201 | 204;
    readonly type: 'application/json' | 'text/event-stream' | 'text/plain';
    readonly schema: Schema;
    readonly example: unknown;
  };
  /** Codes of the table that it may answer, besides those that every route may. */
  readonly errors: readonly Code[];
  readonly handle: (input: RouteInput<unknown, unknown, unknown>) => Promise<RouteReply>;
};

type Inferred<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A route whose handler's input has the types of its schemas. */
export function defineRoute<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends Schema | undefined = undefined,
  T extends boolean | undefined = undefined,
>(
  route: Omit<Route, 'params' | 'query' | 'body' | 'takesText' | 'handle'> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    readonly takesText?: T;
    readonly handle: (input: RouteInput<Inferred<P>, Inferred<Q>, T extends true ? string : Inferred<B>>) => Promise<RouteReply>;
  },
): Route {
  return {
    ...route,
    // The executor parses with these very schemas before it calls, so the types hold.
    handle: (input) => route.handle(input as RouteInput<Inferred<P>, Inferred<Q>, T extends true ? string : Inferred<B>>),
  };
}

/** Routes with a scope always have an operator. */
export function operatorOf(operator: Operator | undefined): Operator {
  if (operator === undefined) throw new Error('A route without a scope asked which operator is calling.');
  return operator;
}
