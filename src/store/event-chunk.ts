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
  readonly contentHash: string;
  readonly hash: string;
};

/**
 * The events of one entry as one row: a format byte, then for each event
 * `flags u8 ‖ header length u32be ‖ content length u32be ‖ hash ‖ header utf8 ‖ content utf8`.
 * Each is framed by itself, so that a bad event never hides the good ones before it.
 */
export function encodeChunk(prevHash: string, events: readonly EventInput[]): { data: Buffer; hash: string } {
  const data = Buffer.allocUnsafe(events.reduce((bytes, event) => bytes + frameBytes(event), 1));
  let hash = prevHash;
  let at = data.writeUInt8(CHUNK_FORMAT);
  for (const { header, content } of events) {
    const start = at + FRAME_HEAD_BYTES;
    const headerEnd = start + data.write(header, start, 'utf8');
    const end = headerEnd + data.write(content, headerEnd, 'utf8');
    hash = chainHash(hash, data.subarray(start, headerEnd), contentHash(data.subarray(headerEnd, end)));
    data.writeUInt8(FLAG_WHOLE, at);
    data.writeUInt32BE(headerEnd - start, at + 1);
    data.writeUInt32BE(end - headerEnd, at + 5);
    data.write(hash, at + 9, 'hex');
    at = end;
  }
  return { data, hash };
}

/** The frames of a chunk in order. Stops with a reason at the first that cannot be told apart from its neighbours. */
export function decodeChunk(data: Uint8Array): { readonly frames: readonly Frame[]; readonly fault?: string } {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const frames: Frame[] = [];
  if (bytes[0] !== CHUNK_FORMAT) return { frames, fault: 'the row is not of a known format' };
  for (let at = 1; at < bytes.length;) {
    const frame = readFrame(bytes, at);
    if (typeof frame === 'string') return { frames, fault: frame };
    frames.push(frame.frame);
    at = frame.end;
  }
  return { frames };
}

/** Where the first `count` frames of a chunk end, in bytes; undefined where there are not so many. */
export function frameEnds(data: Buffer, count: number): number | undefined {
  let at = 1;
  for (let index = 0; index < count; index += 1) {
    const frame = readFrame(data, at);
    if (typeof frame === 'string') return undefined;
    at = frame.end;
  }
  return at;
}

/** The same chunk without the content of some events, their hashes in its place; undefined where none of them had one. */
export function eraseContents(
  data: Uint8Array,
  isMeant: (index: number, header: string) => boolean,
): { data: Buffer; erased: number } | undefined {
  const { frames, fault } = decodeChunk(data);
  if (fault !== undefined) return undefined;
  let erased = 0;
  const left = frames.map((frame, index) => {
    if (frame.content === undefined || !isMeant(index, frame.header.toString('utf8'))) return frame;
    erased += 1;
    return { ...frame, content: undefined };
  });
  return erased === 0 ? undefined : { data: joinFrames(left), erased };
}

/** A chunk of these frames. */
export function joinFrames(frames: readonly Frame[]): Buffer {
  return Buffer.concat([Buffer.of(CHUNK_FORMAT), ...frames.flatMap(encodeFrame)]);
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
  const common = { header: bytes.subarray(start, headerEnd), hash: bytes.toString('hex', at + 9, start) };
  if (flags === FLAG_WHOLE) return { frame: { ...common, content: stored, contentHash: contentHash(stored) }, end };
  if (flags !== FLAG_ERASED || stored.length !== HASH_BYTES) return 'the event has flags of no known meaning';
  return { frame: { ...common, content: undefined, contentHash: stored.toString('hex') }, end };
}

function encodeFrame({ header, content, contentHash, hash }: Frame): Buffer[] {
  const stored = content ?? Buffer.from(contentHash, 'hex');
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(header.length);
  lengths.writeUInt32BE(stored.length, 4);
  return [Buffer.of(content === undefined ? FLAG_ERASED : FLAG_WHOLE), lengths, Buffer.from(hash, 'hex'), header, stored];
}
