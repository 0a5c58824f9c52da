import { cleanName, isParticipantId } from './auth.ts';
import { DEFAULT_AUDIENCE, DEV_AUDIENCE, GUEST_AUDIENCE, OPERATOR_AUDIENCE } from './jwt-auth-adapter.ts';
import { ACCOUNT_TYPES, type Claims } from './jwt-claims.ts';
import { AuthOptionsError, createTokenReader, type TokenOptions } from './token-reader-adapter.ts';

/** What operators may be allowed to do. */
export const SCOPES = ['read', 'evict', 'dump', 'end', 'recover', 'erase', 'backup'] as const;
export type Scope = (typeof SCOPES)[number];

/** Someone who runs the server, and what the token allows them. */
export type Operator = { readonly id: string; readonly name: string; readonly scopes: ReadonlySet<Scope> };

export type OperatorAuthentication =
  | { readonly ok: true; readonly operator: Operator }
  | { readonly ok: false; readonly code?: 'unavailable' | undefined; readonly message: string };

/** How operators' tokens are checked. Their own secret or keys, never those of the players; the `aud` is `holdfast-operator`. */
export type OperatorAuthOptions = TokenOptions;

/** Turns an operator's token into an operator. A player's token is never one. */
export interface OperatorAuth {
  /** What it is, for logs: `secret`, or whose keys. */
  readonly kind: string;
  readonly audience: string;
  verify(token: string): Promise<OperatorAuthentication>;
  /** A signed token, where a secret signs. `ttlSeconds` counts from now. */
  issue(operator: { readonly sub: string; readonly name?: string; readonly scopes: readonly Scope[] }, ttlSeconds: number): Promise<string>;
}

/** Marks operators' tokens that are made here, so that no other token can be taken for one. */
const OPERATOR_TYPE = 'holdfast-operator+jwt';

/**
 * Operators, apart from players: tokens with an audience of their own and scopes. Throws `AuthOptionsError` on options that
 * would not be safe.
 *
 * @example
 * createServer({ ..., auth: jwtAuth({ secret }), operators: operatorAuth({ secret: anotherSecret }) });
 */
export function operatorAuth(options: OperatorAuthOptions): OperatorAuth {
  const { audience = OPERATOR_AUDIENCE } = options;
  if ([DEFAULT_AUDIENCE, DEV_AUDIENCE, GUEST_AUDIENCE].includes(audience))
    throw new AuthOptionsError(`The audience ${audience} is that of other tokens; operators need one of their own.`);
  const types = options.secret === undefined ? [...ACCOUNT_TYPES, OPERATOR_TYPE] : [OPERATOR_TYPE];
  const tokens = createTokenReader(options, { name: 'operatorAuth', audience, types, type: OPERATOR_TYPE });
  return {
    kind: tokens.kind,
    audience,
    verify: async (token) => {
      const read = await tokens.read(token);
      return read.ok ? operatorOf(read.claims) : read;
    },
    issue: async ({ sub, name, scopes }, ttlSeconds) => {
      if (tokens.issue === undefined) throw new AuthOptionsError('Operators’ tokens of this server are made by their issuer.');
      return tokens.issue({ sub, ...(name === undefined ? {} : { name }), scope: scopes.join(' ') }, ttlSeconds);
    },
  };
}

function operatorOf({ sub, name, scope }: Claims): OperatorAuthentication {
  if (!isParticipantId(sub)) return { ok: false, message: 'The token’s `sub` cannot be the id of an operator.' };
  const named = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? (scope as readonly unknown[]) : [];
  const scopes = new Set(SCOPES.filter((known) => named.includes(known)));
  if (scopes.size === 0) return { ok: false, message: `The token’s \`scope\` allows nothing here; there are: ${SCOPES.join(', ')}.` };
  const shown = cleanName(name);
  return { ok: true, operator: { id: sub, name: shown === '' ? cleanName(sub) : shown, scopes } };
}

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
