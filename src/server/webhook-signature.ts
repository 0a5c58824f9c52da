import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_MS = 300_000;

/** The `Holdfast-Signature` of a body: `t=<seconds since 1970>, v1=<HMAC-SHA256 of "<t>.<body>", hex>`. */
export function signWebhook(secret: string, at: number, body: string): string {
  const seconds = Math.floor(at / 1_000);
  return `t=${seconds}, v1=${macOf(secret, seconds, body)}`;
}

/**
 * Whether a delivery comes from who knows the secret, for receivers: `signature` is the header `Holdfast-Signature`, `body`
 * the text as it came, `now` the wall-clock time in milliseconds. A signature older than five minutes counts no more.
 */
export function verifyWebhook(secret: string, signature: string, body: string, now: number): boolean {
  const found = /^t=(\d{1,12}), v1=([0-9a-f]{64})$/.exec(signature);
  if (found === null) return false;
  const seconds = Number(found[1]);
  if (Math.abs(now - seconds * 1_000) > TOLERANCE_MS) return false;
  return timingSafeEqual(Buffer.from(found[2] ?? '', 'hex'), Buffer.from(macOf(secret, seconds, body), 'hex'));
}

function macOf(secret: string, seconds: number, body: string): string {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
}
