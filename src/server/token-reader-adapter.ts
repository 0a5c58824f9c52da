import type { Clock } from '../protocol/ports.ts';
import { Hs256, TOLERANCE_MS } from './hs256-adapter.ts';
import { fetchKeySet } from './jwks-fetch-adapter.ts';
import { JwksKeys, KeysUnavailableError, type Jose } from './jwks-keys.ts';
import { checkClaims, INVALID, takeApart, type Claimed, type ClaimRules } from './jwt-claims.ts';
import { systemClock } from './system-clock-adapter.ts';

/** How tokens of one purpose are checked: with a shared secret, or with the keys that their issuer publishes. */
export type TokenOptions = {
  /** Shared secret of at least 32 bytes. Either this or `jwksUrl`. */
  readonly secret?: string | undefined;
  /** Where the issuer publishes its keys. Either this or `secret`. */
  readonly jwksUrl?: string | undefined;
  /** The `iss` that tokens must carry. Strongly advised with `jwksUrl`. */
  readonly issuer?: string | undefined;
  /** The `aud` that tokens must carry. */
  readonly audience?: string | undefined;
  /** Signature algorithms accepted. Default HS256 with a secret; RS256, ES256 and EdDSA with a JWKS URL. */
  readonly algorithms?: readonly string[] | undefined;
  /** By how much the clocks of issuer and server may differ. Default 5,000, most 60,000. */
  readonly clockToleranceMs?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: Pick<Clock, 'now' | 'monotonic'> | undefined;
};

/** Reads tokens; makes them too where a secret signs. */
export type TokenReader = {
  /** What it is, for logs: `secret`, or whose keys. */
  readonly kind: string;
  read(token: string): Promise<Claimed>;
  /** Undefined where tokens are made elsewhere. */
  readonly issue: Hs256['issue'] | undefined;
};

/** Wrong options of `jwtAuth` or `operatorAuth`: the message says what to change. */
export class AuthOptionsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AuthOptionsError';
  }
}

type Purpose = Pick<ClaimRules, 'audience' | 'types'> & { readonly name: string; readonly type?: string | undefined };

const SECRET_BYTES = 32;
const TOLERANCE_MOST_MS = 60_000;
const MAKE_ONE = "Make one with: node -p \"require('node:crypto').randomBytes(32).toString('base64url')\"";
const PLACEHOLDER = /^(change|your|example|secret|password|default|insecure|test)/i;
const PUBLIC_KEY_ALGORITHM = /^((RS|PS|ES)(256|384|512)|EdDSA|Ed25519)$/;

/** Says what is wrong with a signing secret, if anything. */
export function secretFault(secret: string): string | undefined {
  if (secret === '') return `The token secret is empty. ${MAKE_ONE}`;
  const bytes = Buffer.byteLength(secret);
  if (bytes < SECRET_BYTES) return `The token secret has ${bytes} bytes; at least ${SECRET_BYTES} are needed. ${MAKE_ONE}`;
  if (PLACEHOLDER.test(secret) || new Set(secret).size < 10) return `The token secret looks like a placeholder. ${MAKE_ONE}`;
  return undefined;
}

/** A reader of tokens of one purpose. Throws `AuthOptionsError` on options that would not be safe. */
export function createTokenReader(options: TokenOptions, purpose: Purpose): TokenReader {
  const { secret, jwksUrl, clockToleranceMs = TOLERANCE_MS } = options;
  if ((secret === undefined) === (jwksUrl === undefined))
    throw new AuthOptionsError(`Give ${purpose.name} either a secret or a jwksUrl. ${MAKE_ONE}`);
  if (!(clockToleranceMs >= 0 && clockToleranceMs <= TOLERANCE_MOST_MS))
    throw new AuthOptionsError(`clockToleranceMs must be from 0 to ${TOLERANCE_MOST_MS}, not ${clockToleranceMs}.`);
  return secret !== undefined ? secretReader(options, secret, purpose) : keysReader(options, jwksUrl ?? '', purpose);
}

function secretReader({ algorithms, issuer, clock, clockToleranceMs }: TokenOptions, secret: string, purpose: Purpose): TokenReader {
  const fault = secretFault(secret);
  if (fault !== undefined) throw new AuthOptionsError(`${purpose.name}: ${fault}`);
  if (algorithms?.some((name) => name !== 'HS256') === true) throw new AuthOptionsError('With a secret the only algorithm is HS256.');
  const { audience, type } = purpose;
  const tokens = new Hs256(new TextEncoder().encode(secret), { audience, issuer, type, toleranceMs: clockToleranceMs, clock });
  return {
    kind: 'secret',
    read: (token) => Promise.resolve(tokens.read(token)),
    issue: (claims, ttlSeconds) => tokens.issue(claims, ttlSeconds),
  };
}

function keysReader(options: TokenOptions, jwksUrl: string, { audience, types }: Purpose): TokenReader {
  const { algorithms = ['RS256', 'ES256', 'EdDSA'], issuer, clockToleranceMs: toleranceMs = TOLERANCE_MS, clock = systemClock } = options;
  const url = URL.canParse(jwksUrl) ? new URL(jwksUrl) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname));
  if (url === undefined || !safe) throw new AuthOptionsError('jwksUrl must be an https: URL (http: only on this machine).');
  if (!algorithms.every((name) => PUBLIC_KEY_ALGORITHM.test(name)) || algorithms.length === 0)
    throw new AuthOptionsError('With a JWKS URL only public-key algorithms are accepted (RS256, ES256, EdDSA, ...).');
  const rules = { audience, issuer, types, toleranceMs, algorithms };
  let loading: Promise<KeyReader> | undefined;
  return {
    kind: `keys of ${url.host}`,
    issue: undefined,
    read: async (token) => {
      // What is no token of ours is not worth asking anybody for keys.
      if (takeApart(token, rules) === undefined) return { ok: false, message: INVALID };
      loading ??= loadKeyReader(url, clock);
      return readWithKeys(token, await loading, rules, clock.now());
    },
  };
}

type KeyReader = { readonly jose: Jose; readonly keys: JwksKeys };

/** Loaded with the first token: most servers have a secret and never need it. */
async function loadKeyReader(url: URL, clock: Pick<Clock, 'monotonic'>): Promise<KeyReader> {
  const jose = await import('jose');
  return { jose, keys: new JwksKeys({ jose, clock, fetch: () => fetchKeySet(url) }) };
}

async function readWithKeys(token: string, { jose, keys }: KeyReader, rules: ClaimRules, now: number): Promise<Claimed> {
  const parts = takeApart(token, rules);
  try {
    await jose.compactVerify(token, keys.find, { algorithms: [...rules.algorithms] });
  } catch (error) {
    if (error instanceof KeysUnavailableError) {
      return { ok: false, code: 'unavailable', message: 'The keys of the issuer cannot be had at the moment; try again shortly.' };
    }
    return { ok: false, message: INVALID };
  }
  return parts === undefined ? { ok: false, message: INVALID } : checkClaims(parts.claims, rules, now);
}
