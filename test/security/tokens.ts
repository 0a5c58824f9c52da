import { createHmac } from 'node:crypto';

/** The secret of the servers of these tests. */
export const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
export const KEY = new TextEncoder().encode(SECRET);
export const ISSUER = 'https://accounts.example.org';

type Making = {
  readonly header?: object;
  readonly claims?: object;
  /** In place of the claims, as it stands. */
  readonly payload?: string;
  readonly key?: string | Buffer;
  readonly hash?: string;
  /** In place of the right one. */
  readonly signature?: string;
};

/** A token by hand: good as it is, and anything else where that is asked for. */
export function madeToken({ header, claims, payload, key = SECRET, hash = 'sha256', signature }: Making): string {
  const body = payload ?? JSON.stringify({ sub: 'ada', iss: ISSUER, aud: 'holdfast', exp: 4_102_444_800, ...claims });
  const signed = [JSON.stringify({ alg: 'HS256', ...header }), body].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${signed}.${signature ?? createHmac(hash, key).update(signed).digest('base64url')}`;
}
