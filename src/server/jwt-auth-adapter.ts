import { identityOf, type Auth, type IssuingAuth } from './auth.ts';
import { Hs256, type Hs256Options } from './hs256-adapter.ts';
import { ACCOUNT_TYPES } from './jwt-claims.ts';
import { AuthOptionsError, createTokenReader, type TokenOptions } from './token-reader-adapter.ts';

/** Audience of development tokens: production auth never accepts it. */
export const DEV_AUDIENCE = 'holdfast-dev';
export const DEFAULT_AUDIENCE = 'holdfast';
/** Audience of operators’ tokens, which are nobody’s at a table. */
export const OPERATOR_AUDIENCE = 'holdfast-operator';
/** Audience of guests’ tokens. */
export const GUEST_AUDIENCE = 'holdfast-guest';

const RESERVED: Readonly<Record<string, string>> = {
  [DEV_AUDIENCE]: 'development tokens',
  [OPERATOR_AUDIENCE]: 'operators’ tokens',
  [GUEST_AUDIENCE]: 'guests’ tokens',
};

/** How the tokens of people are checked. The `aud` is `holdfast` unless another is given. */
export type JwtAuthOptions = TokenOptions;

/**
 * Identity from signed tokens (JWT): `sub` is the participant's id, `name` the display name, `exp` is required, `campaigns`
 * and `sessions` may grant roles by id. Algorithm, audience and issuer are fixed here, never taken from the token. Throws
 * `AuthOptionsError` on options that would not be safe.
 *
 * @example
 * jwtAuth({ jwksUrl: 'https://accounts.example.org/.well-known/jwks.json', issuer: 'https://accounts.example.org' });
 */
export function jwtAuth(options: JwtAuthOptions): IssuingAuth {
  const { audience = DEFAULT_AUDIENCE } = options;
  const purpose = RESERVED[audience];
  if (purpose !== undefined) throw new AuthOptionsError(`The audience ${audience} is kept for ${purpose}; choose another.`);
  const tokens = createTokenReader(options, { name: 'jwtAuth', audience, types: ACCOUNT_TYPES });
  return {
    kind: `jwt (${tokens.kind})`,
    audience,
    verify: async (token) => identified(await tokens.read(token)),
    issue: async (claims, ttlSeconds) => {
      if (tokens.issue === undefined)
        throw new AuthOptionsError('Tokens of this server are made by its issuer; only a secret can sign here.');
      return tokens.issue(claims, ttlSeconds);
    },
  };
}

/** Auth with a secret whose strength the caller vouches for. */
export function trustedSecretAuth(kind: string, secret: Uint8Array, options: Hs256Options): IssuingAuth {
  const tokens = new Hs256(secret, options);
  return {
    kind,
    verify: (token) => Promise.resolve(identified(tokens.read(token))),
    issue: (claims, ttlSeconds) => Promise.resolve(tokens.issue(claims, ttlSeconds)),
  };
}

function identified(read: ReturnType<Hs256['read']>): Awaited<ReturnType<Auth['verify']>> {
  return read.ok ? identityOf(read.claims) : read;
}
