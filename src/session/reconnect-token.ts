import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '../protocol/ports.ts';
import { base64url } from './base64url.ts';

/** A token as sent, once, and as kept. */
export type IssuedToken = { readonly token: string; readonly hash: string };

/** 256 random bits that bring the connection back; only their hash is kept. */
export function issueReconnectToken(random: Random): IssuedToken {
  const token = base64url(random.bytes(32));
  return { token, hash: hashOfToken(token) };
}

/** Compares hashes in a time that tells nothing. */
export function sameHash(a: string, b: string | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** As it is kept. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
