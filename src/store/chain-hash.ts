import { createHash, hash as hashOnce } from 'node:crypto';

/** Bytes of one hash of the chain. */
export const HASH_BYTES = 32;

/** `SHA256(content utf8)`: all that stays of a content once it is erased. */
export function contentHash(content: Uint8Array | string): Buffer {
  return hashOnce('sha256', content, 'buffer');
}

/**
 * Links an event to the one before: `SHA256(prevHash ‖ uint32be(length of header) ‖ header utf8 ‖ contentHash)`. The length
 * keeps header and content apart; the content enters as its hash, so that the chain still verifies when it is erased.
 */
export function chainHash(prevHash: Uint8Array, header: Uint8Array, content: Uint8Array): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(header.length);
  return createHash('sha256').update(prevHash).update(length).update(header).update(content).digest();
}
