import { randomBytes } from 'node:crypto';

/** A secret that signs tokens, good for as long as its process lives. */
export function drawSecret(): string {
  return randomBytes(32).toString('base64url');
}
