import type { Authentication } from '../connection/session-delivery.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import type { Identity } from '../protocol/ports.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import { GRANTS_MOST, readGrants } from './granted-roles.ts';

/** Turns a credential into an identity. */
export interface Auth {
  /** What it is, for logs and `holdfast config`: `jwt (secret)`, `dev`, ... */
  readonly kind: string;
  /** The `aud` that its tokens carry, where it knows one. */
  readonly audience?: string | undefined;
  /** Never rejects because of what the token says: a bad token is an answer. */
  verify(token: string): Promise<Authentication>;
}

/** Auth that can also make tokens. */
export interface IssuingAuth extends Auth {
  /** A signed token. `ttlSeconds` counts from now. */
  issue(claims: TokenClaims, ttlSeconds: number): Promise<string>;
}

/** What a token that is made here says. */
export type TokenClaims = {
  /** Participant id. */
  readonly sub: string;
  readonly name?: string;
  /** Role wished for at a first join. */
  readonly role?: string;
  /** Roles that the token grants, by the id of a campaign or session. */
  readonly campaigns?: Readonly<Record<string, string>>;
  readonly sessions?: Readonly<Record<string, string>>;
};

const ID = /^[A-Za-z0-9][A-Za-z0-9._~:@|+=/-]{0,127}$/;
const NAME_LIMIT = 64;

/** A participant id: 1 to 128 characters that can be a key, a file's name in a report and a word in a log line. */
export function isParticipantId(value: unknown): value is ParticipantId {
  return typeof value === 'string' && ID.test(value) && isPlainKey(value) && !(value in {}) && !isOfServer(value);
}

/** As logs name the server itself and its operators: nobody at a table has such an id. */
function isOfServer(id: string): boolean {
  return id === 'system' || id.startsWith('operator:');
}

/** A display name as it may be shown: no control characters, no line breaks, at most 64 characters. */
export function cleanName(value: unknown): string {
  if (typeof value !== 'string') return '';
  const visible = value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return Array.from(visible).slice(0, NAME_LIMIT).join('').trim();
}

const STANDARD_CLAIMS = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'name']);
const GRANTING_CLAIMS = ['campaigns', 'sessions'] as const;

/** The identity that a verified payload names. */
export function identityOf(payload: Readonly<Record<string, unknown>>): Authentication {
  const { sub, exp } = payload;
  if (!isParticipantId(sub)) {
    return { ok: false, message: 'The token’s `sub` must be 1 to 128 letters, digits or ._~:@|+=/- and begin with a letter or digit.' };
  }
  const grants: { campaigns?: Readonly<Record<string, string>>; sessions?: Readonly<Record<string, string>> } = {};
  for (const claim of GRANTING_CLAIMS) {
    if (payload[claim] === undefined) continue;
    const granted = readGrants(payload[claim]);
    if (granted === undefined)
      return { ok: false, message: `The token’s claim \`${claim}\` must map at most ${GRANTS_MOST} ids to roles.` };
    grants[claim] = granted;
  }
  const claims: JsonObject = {};
  for (const [key, value] of Object.entries(payload)) {
    if (!STANDARD_CLAIMS.has(key) && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'))
      claims[key] = value;
  }
  const name = cleanName(payload['name']);
  const ends = typeof exp === 'number' ? { expiresAt: Math.floor(exp * 1_000) } : {};
  const identity: Identity = { id: sub, name: name === '' ? cleanName(sub) : name, claims, ...ends, ...grants };
  const { role } = claims;
  return typeof role === 'string' ? { ok: true, identity, role } : { ok: true, identity };
}

/** Asks each in turn; the first that accepts decides. */
export function anyOf(auths: readonly Auth[]): Auth {
  const [only] = auths;
  if (auths.length === 1 && only !== undefined) return only;
  return {
    kind: auths.map((auth) => auth.kind).join(', '),
    async verify(token) {
      let answer: Authentication = { ok: false, message: 'No way to sign in is configured.' };
      for (const auth of auths) {
        const next = await auth.verify(token);
        if (next.ok) return next;
        // That one of them cannot tell outweighs that another says no.
        if (answer.ok || answer.code !== 'unavailable') answer = next;
      }
      return answer;
    },
  };
}
