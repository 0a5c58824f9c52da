import { chainHash, contentHash, HASH_BYTES } from './chain-hash.ts';
import type { EventInput } from './store.ts';

/** First byte of every chunk. */
export const CHUNK_FORMAT = 1;

/** Flags, header length, content length, hash. */
const FRAME_HEAD_BYTES = 1 + 4 + 4 + HASH_BYTES;
const FLAG_WHOLE = 0;
/** The content was erased: in its place stands its hash, so the chain still verifies. */
const FLAG_ERASED = 1;

/** One event inside a chunk. `content` is undefined when it was erased; then `contentHash` still vouches for the chain. */
export type Frame = {
  readonly header: Buffer;
  readonly content: Buffer | undefined;
  readonly contentHash: Buffer;
  readonly hash: Buffer;
};

/**
 * The events of one entry as one row: a format byte, then for each event
 * `flags u8 ‖ header length u32be ‖ content length u32be ‖ hash ‖ header utf8 ‖ content utf8`.
 * Each is framed by itself, so that a bad event never hides the good ones before it.
 */
export function encodeChunk(prevHash: Uint8Array, events: readonly EventInput[]): { data: Buffer; hash: Buffer } {
  const data = Buffer.allocUnsafe(events.reduce((bytes, event) => bytes + frameBytes(event), 1));
  let hash: Buffer = Buffer.from(prevHash);
  let at = data.writeUInt8(CHUNK_FORMAT);
  for (const { header, content } of events) {
    const start = at + FRAME_HEAD_BYTES;
    const headerEnd = start + data.write(header, start, 'utf8');
    const end = headerEnd + data.write(content, headerEnd, 'utf8');
    hash = chainHash(hash, data.subarray(start, headerEnd), contentHash(data.subarray(headerEnd, end)));
    data.writeUInt8(FLAG_WHOLE, at);
    data.writeUInt32BE(headerEnd - start, at + 1);
    data.writeUInt32BE(end - headerEnd, at + 5);
    hash.copy(data, at + 9);
    at = end;
  }
  return { data, hash };
}

/** The frames of a chunk in order. Stops with a reason at the first that cannot be told apart from its neighbours. */
export function decodeChunk(data: Uint8Array): { readonly frames: readonly Frame[]; readonly fault?: string } {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const frames: Frame[] = [];
  if (bytes[0] !== CHUNK_FORMAT) return { frames, fault: 'the row is not of a known format' };
  for (let at = 1; at < bytes.length; ) {
    const frame = readFrame(bytes, at);
    if (typeof frame === 'string') return { frames, fault: frame };
    frames.push(frame.frame);
    at = frame.end;
  }
  return { frames };
}

/** The same chunk with the content of one event replaced by its hash. */
export function eraseContent(data: Uint8Array, index: number): Buffer {
  const { frames } = decodeChunk(data);
  const parts = frames.map((frame, i) => (i === index ? frameOf(frame, frame.contentHash, FLAG_ERASED) : frameAgain(frame)));
  return Buffer.concat([Buffer.of(CHUNK_FORMAT), ...parts.flat()]);
}

function frameBytes({ header, content }: EventInput): number {
  return FRAME_HEAD_BYTES + Buffer.byteLength(header, 'utf8') + Buffer.byteLength(content, 'utf8');
}

function readFrame(bytes: Buffer, at: number): { frame: Frame; end: number } | string {
  const start = at + FRAME_HEAD_BYTES;
  if (start > bytes.length) return 'the row ends inside an event';
  const headerEnd = start + bytes.readUInt32BE(at + 1);
  const end = headerEnd + bytes.readUInt32BE(at + 5);
  if (end > bytes.length) return 'the row ends inside an event';
  const flags = bytes.readUInt8(at);
  const stored = bytes.subarray(headerEnd, end);
  const common = { header: bytes.subarray(start, headerEnd), hash: bytes.subarray(at + 9, start) };
  if (flags === FLAG_WHOLE) return { frame: { ...common, content: stored, contentHash: contentHash(stored) }, end };
  if (flags !== FLAG_ERASED || stored.length !== HASH_BYTES) return 'the event has flags of no known meaning';
  return { frame: { ...common, content: undefined, contentHash: stored }, end };
}

function frameAgain(frame: Frame): Buffer[] {
  return frame.content === undefined ? frameOf(frame, frame.contentHash, FLAG_ERASED) : frameOf(frame, frame.content, FLAG_WHOLE);
}

function frameOf({ header, hash }: Frame, content: Buffer, flags: number): Buffer[] {
  const head = Buffer.alloc(9);
  head.writeUInt8(flags);
  head.writeUInt32BE(header.length, 1);
  head.writeUInt32BE(content.length, 5);
  return [head, hash, header, content];
}
