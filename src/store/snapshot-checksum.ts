import { createHash } from 'node:crypto';
import type { Seq, SessionId } from '../protocol/ids.ts';

type SnapshotParts = { readonly seq: Seq; readonly hash: string; readonly data: Uint8Array };

/** `SHA256(session ‖ 0 ‖ seq in decimal ‖ 0 ‖ hash ‖ data)`: a snapshot is whole, and where it belongs. */
export function snapshotChecksum(session: SessionId, { seq, hash, data }: SnapshotParts): Buffer {
  return createHash('sha256').update(`${session}\0${seq}\0`).update(hash, 'hex').update(data).digest();
}

export function isSnapshotIntact(session: SessionId, parts: SnapshotParts, checksum: Buffer): boolean {
  return snapshotChecksum(session, parts).equals(checksum);
}
