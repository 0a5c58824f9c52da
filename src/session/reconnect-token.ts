import { createHash, timingSafeEqual } from 'node:crypto';
import type { ConnectionId } from '../protocol/ids.ts';
import type { Random } from '../protocol/ports.ts';
import { base64url } from './base64url.ts';

/** A token as sent, once, and as kept. */
export type IssuedToken = { readonly token: string; readonly hash: string };

/** 256 random bits that bring the connection back; only their hash is kept. */
export function issueReconnectToken(connection: ConnectionId, random: Random): IssuedToken {
  const secret = base64url(random.bytes(32));
  return { token: `${connection}.${secret}`, hash: hashOf(secret) };
}

/** The connection that a token speaks of, and the hash to look for; undefined for what is no token. */
export function readReconnectToken(token: string): { connection: ConnectionId; hash: string } | undefined {
  const [connection, secret, ...rest] = token.split('.');
  if (connection === undefined || connection === '' || secret === undefined || rest.length > 0) return undefined;
  return { connection: connection as ConnectionId, hash: hashOf(secret) };
}

/** Compares hashes in a time that tells nothing. */
export function sameHash(a: string, b: string | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
