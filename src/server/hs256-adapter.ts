import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Clock } from '../protocol/ports.ts';
import { ACCOUNT_TYPES, checkClaims, INVALID, takeApart, type Claimed, type ClaimRules, type Claims } from './jwt-claims.ts';
import { systemClock } from './system-clock-adapter.ts';

export type Hs256Options = {
  readonly audience: string;
  readonly issuer?: string | undefined;
  /** The `typ` of tokens for a purpose of their own; without it they are those of accounts. */
  readonly type?: string | undefined;
  readonly toleranceMs?: number | undefined;
  readonly clock?: Pick<Clock, 'now'> | undefined;
};

export const TOLERANCE_MS = 5_000;

/**
 * JSON Web Tokens with a shared secret: HMAC-SHA256 and nothing else. Done at once where it is asked for: a thread of its
 * own, as WebCrypto uses, costs twenty times the hash.
 */
export class Hs256 {
  readonly #key: KeyObject;
  readonly #rules: ClaimRules;
  readonly #header: string;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(secret: Uint8Array, { audience, issuer, type, toleranceMs = TOLERANCE_MS, clock = systemClock }: Hs256Options) {
    this.#key = createSecretKey(secret);
    this.#rules = { audience, issuer, toleranceMs, algorithms: ['HS256'], types: type === undefined ? ACCOUNT_TYPES : [type] };
    this.#header = encode({ alg: 'HS256', typ: type ?? 'JWT' });
    this.#clock = clock;
  }

  /** What a token says, if the secret signed it and its claims hold now. */
  read(token: string): Claimed {
    const parts = takeApart(token, this.#rules);
    if (parts === undefined || !isSame(parts.signature, this.#sign(parts.signed))) return { ok: false, message: INVALID };
    return checkClaims(parts.claims, this.#rules, this.#clock.now());
  }

  /** A token that this secret signs. `ttlSeconds` counts from now. */
  issue({ sub, ...claims }: Claims & { readonly sub: string }, ttlSeconds: number): string {
    const iat = Math.floor(this.#clock.now() / 1_000);
    const { audience, issuer = 'holdfast' } = this.#rules;
    const payload = encode({ ...claims, sub, aud: audience, iss: issuer, iat, exp: iat + ttlSeconds });
    return `${this.#header}.${payload}.${this.#sign(`${this.#header}.${payload}`)}`;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Compared as text: one signature has one spelling. */
function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
