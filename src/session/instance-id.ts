import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InstanceId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { Random } from '../protocol/ports.ts';
import { base64url } from './base64url.ts';

/**
 * An instance id proves by itself that this session issued it to this participant: `issueSeq.random.mac`, the mac being
 * the first 96 bits of HMAC-SHA-256 under the session's key. So a login writes no event, and an id that the session
 * did not issue is refused instead of being taken for a new client.
 */
export function issueInstance(key: string, participant: ParticipantId, seq: Seq, random: Random): InstanceId {
  const body = `${seq.toString(36)}.${base64url(random.bytes(12))}`;
  return `${body}.${mac(key, participant, body)}` as InstanceId;
}

/** True when this session issued `instance` to `participant`. */
export function isInstanceOf(key: string, participant: ParticipantId, instance: InstanceId): boolean {
  const end = instance.lastIndexOf('.');
  if (end < 0) return false;
  const given = Buffer.from(instance.slice(end + 1));
  const wanted = Buffer.from(mac(key, participant, instance.slice(0, end)));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** The head seq of the session when the instance was issued. */
export function issuedAt(instance: InstanceId): Seq {
  return Number.parseInt(instance, 36);
}

function mac(key: string, participant: ParticipantId, body: string): string {
  return createHmac('sha256', key).update(`${participant} ${body}`).digest('base64url').slice(0, 16);
}
