import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Authentication } from '../connection/session-delivery.ts';
import { identityOf } from './auth.ts';

export type Hs256Options = { readonly audience: string; readonly issuer?: string | undefined };

type Claims = Readonly<Record<string, unknown>>;

const TOLERANCE_SECONDS = 5;
const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const HEADER = encode({ alg: 'HS256', typ: 'JWT' });
const INVALID = 'The token is not valid here: its form, signature or algorithm is wrong.';

/**
 * JSON Web Tokens with a shared secret: HMAC-SHA256 and nothing else. Done at once where it is asked for: a thread of its
 * own, as WebCrypto uses, costs twenty times the hash.
 */
export class Hs256 {
  readonly #key: KeyObject;
  readonly #audience: string;
  readonly #issuer: string | undefined;

  constructor(secret: Uint8Array, { audience, issuer }: Hs256Options) {
    this.#key = createSecretKey(secret);
    this.#audience = audience;
    this.#issuer = issuer;
  }

  /** The identity that a token names, if the secret signed it and its claims hold now. */
  verify(token: string): Authentication {
    const parts = FORM.exec(token);
    if (parts === null) return refused(INVALID);
    const [, header = '', payload = '', signature = ''] = parts;
    if (!isSame(signature, this.#sign(`${header}.${payload}`)) || !isOurs(decode(header))) return refused(INVALID);
    const claims = decode(payload);
    if (claims === undefined) return refused(INVALID);
    const fault = this.#faultIn(claims, Date.now() / 1000);
    return fault === undefined ? identityOf(claims) : refused(fault);
  }

  /** A token that this secret signs. `ttlSeconds` counts from now. */
  issue({ sub, ...claims }: { readonly sub: string }, ttlSeconds: number): string {
    const iat = Math.floor(Date.now() / 1000);
    const payload = encode({ ...claims, sub, aud: this.#audience, iss: this.#issuer ?? 'holdfast', iat, exp: iat + ttlSeconds });
    return `${HEADER}.${payload}.${this.#sign(`${HEADER}.${payload}`)}`;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }

  #faultIn({ sub, exp, nbf, iat, iss, aud }: Claims, now: number): string | undefined {
    if (sub === undefined) return wrong('sub');
    if (typeof exp !== 'number') return wrong('exp');
    if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + TOLERANCE_SECONDS)) return wrong('nbf');
    if (iat !== undefined && typeof iat !== 'number') return wrong('iat');
    if (this.#issuer !== undefined && iss !== this.#issuer) return wrong('iss');
    if (!(Array.isArray(aud) ? aud.includes(this.#audience) : aud === this.#audience)) return wrong('aud');
    return exp <= now - TOLERANCE_SECONDS ? 'The token has expired; sign in again.' : undefined;
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Undefined for anything but an object. */
function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** The algorithm is fixed, and a header that says how else to read the token (`crit`) is not understood here. */
function isOurs(header: Claims | undefined): boolean {
  return header?.['alg'] === 'HS256' && header['crit'] === undefined;
}

/** Compared as text: one signature has one spelling. */
function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function wrong(claim: string): string {
  return `The token’s claim \`${claim}\` is missing or not the expected one.`;
}

function refused(message: string): Authentication {
  return { ok: false, message };
}
