import { TOKEN_MOST } from '../protocol/wire-limits.ts';

/** What a token says, before anybody believes it. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a token turned out to be: its claims, all checks passed, or why not. */
export type Claimed =
  | { readonly ok: true; readonly claims: Claims }
  /** `unavailable`: the issuer's keys cannot be had at the moment, so nothing is known of the token. */
  | { readonly ok: false; readonly code?: 'unavailable' | undefined; readonly message: string };

/** What every token must carry, whoever signed it. Fixed by the configuration, never taken from the token. */
export type ClaimRules = {
  readonly audience: string;
  readonly issuer?: string | undefined;
  /** Signature algorithms that count. */
  readonly algorithms: readonly string[];
  /** What the header's `typ` may be; `undefined` among them: it may be absent. Without `application/`, in small letters. */
  readonly types: readonly (string | undefined)[];
  /** By how much the clocks of issuer and server may differ. */
  readonly toleranceMs: number;
};

/** A token in its three parts; header and payload are read, and not yet believed. */
export type TokenParts = { readonly header: Claims; readonly claims: Claims; readonly signed: string; readonly signature: string };

const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const KID_MOST = 256;
export const INVALID = 'The token is not valid here: its form, signature or algorithm is wrong.';

/** The types of tokens that accounts of people come with. */
export const ACCOUNT_TYPES: ClaimRules['types'] = [undefined, 'jwt', 'at+jwt'];

/** Takes a token apart. Undefined for what is none, is larger than tokens are, or asks to be read in another way. */
export function takeApart(token: string, rules: Pick<ClaimRules, 'algorithms' | 'types'>): TokenParts | undefined {
  if (token.length > TOKEN_MOST) return undefined;
  const parts = FORM.exec(token);
  if (parts === null) return undefined;
  const [, head = '', payload = '', signature = ''] = parts;
  const header = decode(head);
  const claims = decode(payload);
  if (header === undefined || claims === undefined || !isOurs(header, rules)) return undefined;
  return { header, claims, signed: `${head}.${payload}`, signature };
}

/** Algorithm and type are pinned; a header that says how else to read the token (`crit`) is not understood here. */
function isOurs({ alg, typ, crit, kid }: Claims, { algorithms, types }: Pick<ClaimRules, 'algorithms' | 'types'>): boolean {
  if (typeof alg !== 'string' || !algorithms.includes(alg) || crit !== undefined) return false;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > KID_MOST)) return false;
  if (typ !== undefined && typeof typ !== 'string') return false;
  return types.includes(typ?.toLowerCase().replace(/^application\//, ''));
}

/** Undefined for anything but an object. */
function decode(part: string): Claims | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** Believes the claims of a token whose signature is right, or says which of them is wrong at `now` (milliseconds). */
export function checkClaims(claims: Claims, rules: ClaimRules, now: number): Claimed {
  const fault = faultIn(claims, rules, now);
  return fault === undefined ? { ok: true, claims } : { ok: false, message: fault };
}

function faultIn({ sub, exp, nbf, iat, iss, aud }: Claims, rules: ClaimRules, now: number): string | undefined {
  if (sub === undefined) return wrong('sub');
  if (!isTime(exp)) return wrong('exp');
  if (nbf !== undefined && !(isTime(nbf) && nbf * 1_000 <= now + rules.toleranceMs)) return wrong('nbf');
  if (iat !== undefined && !isTime(iat)) return wrong('iat');
  if (rules.issuer !== undefined && iss !== rules.issuer) return wrong('iss');
  if (!(Array.isArray(aud) ? aud.includes(rules.audience) : aud === rules.audience)) return wrong('aud');
  return exp * 1_000 <= now - rules.toleranceMs ? 'The token has expired; sign in again.' : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value * 1_000 <= Number.MAX_SAFE_INTEGER;
}

function wrong(claim: string): string {
  return `The token’s claim \`${claim}\` is missing or not the expected one.`;
}
