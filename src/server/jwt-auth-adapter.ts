import type { JWTVerifyGetKey, JWTVerifyOptions, errors } from 'jose';
import { identityOf, type Auth, type IssuingAuth } from './auth.ts';
import { Hs256, type Hs256Options } from './hs256-adapter.ts';

/** Audience of development tokens: production auth never accepts it. */
export const DEV_AUDIENCE = 'holdfast-dev';
export const DEFAULT_AUDIENCE = 'holdfast';

export type JwtAuthOptions = {
  /** Shared secret of at least 32 bytes. Either this or `jwksUrl`. */
  readonly secret?: string | undefined;
  /** Where the issuer publishes its keys. Either this or `secret`. */
  readonly jwksUrl?: string | undefined;
  /** The `iss` that tokens must carry. Strongly advised with `jwksUrl`. */
  readonly issuer?: string | undefined;
  /** The `aud` that tokens must carry. Default `holdfast`. */
  readonly audience?: string | undefined;
  /** Signature algorithms accepted. Default HS256 with a secret; RS256, ES256 and EdDSA with a JWKS URL. */
  readonly algorithms?: readonly string[] | undefined;
};

/** Wrong options of `jwtAuth`: the message says what to change. */
export class AuthOptionsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AuthOptionsError';
  }
}

const SECRET_BYTES = 32;
const MAKE_ONE = "Make one with: node -p \"require('node:crypto').randomBytes(32).toString('base64url')\"";
const PLACEHOLDER = /^(change|your|example|secret|password|default|insecure|test)/i;

/** Says what is wrong with a signing secret, if anything. */
export function secretFault(secret: string): string | undefined {
  if (secret === '') return `The token secret is empty. ${MAKE_ONE}`;
  const bytes = Buffer.byteLength(secret);
  if (bytes < SECRET_BYTES) return `The token secret has ${bytes} bytes; at least ${SECRET_BYTES} are needed. ${MAKE_ONE}`;
  if (PLACEHOLDER.test(secret) || new Set(secret).size < 10) return `The token secret looks like a placeholder. ${MAKE_ONE}`;
  return undefined;
}

/**
 * Identity from signed tokens (JWT): `sub` is the participant's id, `name` the display name, `exp` is required. Algorithm
 * and audience are fixed here, never taken from the token. Throws `AuthOptionsError` on options that would not be safe.
 */
export function jwtAuth(options: JwtAuthOptions): IssuingAuth {
  if (options.audience === DEV_AUDIENCE)
    throw new AuthOptionsError(`The audience ${DEV_AUDIENCE} is kept for development tokens; choose another.`);
  if ((options.secret === undefined) === (options.jwksUrl === undefined)) {
    throw new AuthOptionsError(`Give jwtAuth either a secret or a jwksUrl. ${MAKE_ONE}`);
  }
  const audience = options.audience ?? DEFAULT_AUDIENCE;
  return options.secret !== undefined ? secretAuth(options, options.secret, audience) : jwksAuth(options, options.jwksUrl ?? '', audience);
}

/** Auth with a secret whose strength the caller vouches for. */
export function trustedSecretAuth(kind: string, secret: Uint8Array, options: Hs256Options): IssuingAuth {
  const tokens = new Hs256(secret, options);
  return {
    kind,
    verify: (token) => Promise.resolve(tokens.verify(token)),
    issue: (claims, ttlSeconds) => Promise.resolve(tokens.issue(claims, ttlSeconds)),
  };
}

function secretAuth(options: JwtAuthOptions, secret: string, audience: string): IssuingAuth {
  const fault = secretFault(secret);
  if (fault !== undefined) throw new AuthOptionsError(fault);
  const algorithms = options.algorithms ?? ['HS256'];
  if (algorithms.some((name) => name !== 'HS256')) throw new AuthOptionsError('With a secret the only algorithm is HS256.');
  return trustedSecretAuth('jwt (secret)', new TextEncoder().encode(secret), { audience, ...issuerOf(options) });
}

function jwksAuth(options: JwtAuthOptions, jwksUrl: string, audience: string): IssuingAuth {
  const url = URL.canParse(jwksUrl) ? new URL(jwksUrl) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname));
  if (url === undefined || !safe) throw new AuthOptionsError('jwksUrl must be an https: URL (http: only on this machine).');
  const algorithms = [...(options.algorithms ?? ['RS256', 'ES256', 'EdDSA'])];
  if (algorithms.some((name) => name.startsWith('HS') || name === 'none')) {
    throw new AuthOptionsError('With a JWKS URL only public-key algorithms are accepted (RS256, ES256, EdDSA, ...).');
  }
  const checks = { algorithms, audience, ...issuerOf(options) };
  let keys: Promise<KeySet> | undefined;
  return {
    kind: `jwt (keys of ${url.host})`,
    verify: async (token) => {
      keys ??= loadKeySet(url);
      return verifyWith(token, await keys, checks);
    },
    issue: () => Promise.reject(new AuthOptionsError('Tokens of this server are made by its issuer; only a secret can sign here.')),
  };
}

function issuerOf(options: JwtAuthOptions): { issuer?: string } {
  return options.issuer === undefined ? {} : { issuer: options.issuer };
}

type KeySet = { readonly jose: typeof import('jose'); readonly key: JWTVerifyGetKey };

/** Loaded with the first token: most servers have a secret and never need it. */
async function loadKeySet(url: URL): Promise<KeySet> {
  const jose = await import('jose');
  return { jose, key: jose.createRemoteJWKSet(url, { timeoutDuration: 5_000, cooldownDuration: 30_000 }) };
}

async function verifyWith(token: string, { jose, key }: KeySet, options: JWTVerifyOptions): ReturnType<Auth['verify']> {
  const { errors } = jose;
  try {
    const { payload } = await jose.jwtVerify(token, key, { ...options, requiredClaims: ['sub', 'exp'], clockTolerance: 5 });
    return identityOf(payload);
  } catch (error) {
    // The issuer's keys could not be fetched: that is our trouble, and says nothing about the token.
    if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout || error.code === errors.JOSEError.code) throw error;
    return { ok: false, message: sayWhy(error) };
  }
}

/** `instanceof` would need the classes, which are loaded with the first token. */
function sayWhy(error: errors.JOSEError): string {
  if (error.code === 'ERR_JWT_EXPIRED') return 'The token has expired; sign in again.';
  if (error.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED' && 'claim' in error)
    return `The token’s claim \`${String(error.claim)}\` is missing or not the expected one.`;
  return 'The token is not valid here: its form, signature or algorithm is wrong.';
}
