import { createHash, type Hash } from 'node:crypto';
import type { Seq, SessionId } from '../protocol/ids.ts';

type SnapshotPlace = { readonly seq: Seq; readonly hash: string };
type SnapshotParts = SnapshotPlace & { readonly data: Uint8Array };

/** `SHA256(session ‖ 0 ‖ seq in decimal ‖ 0 ‖ hash ‖ data)`: a snapshot is whole, and where it belongs. */
export function snapshotChecksum(session: SessionId, parts: SnapshotParts): Buffer {
  return beginChecksum(session, parts).update(parts.data).digest();
}

/** The checksum of a snapshot whose data is still to come. */
export function beginChecksum(session: SessionId, { seq, hash }: SnapshotPlace): Hash {
  return createHash('sha256').update(`${session}\0${seq}\0`).update(hash, 'hex');
}

export function isSnapshotIntact(session: SessionId, parts: SnapshotParts, checksum: Buffer): boolean {
  return snapshotChecksum(session, parts).equals(checksum);
}
