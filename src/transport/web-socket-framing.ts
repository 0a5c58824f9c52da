import type { Framing, OwnFrames } from '../connection/wire.ts';

// Frames as a server sends them (RFC 6455 section 5.2): one unfragmented message, no mask, no extension.
const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

function headerLength(payload: number): number {
  return payload < LENGTH_16 ? 2 : payload < 65_536 ? 4 : 10;
}

function writeHeader(target: Buffer, offset: number, first: number, payload: number): number {
  target[offset] = first;
  if (payload < LENGTH_16) {
    target[offset + 1] = payload;
    return offset + 2;
  }
  if (payload < 65_536) {
    target[offset + 1] = LENGTH_16;
    return target.writeUInt16BE(payload, offset + 2);
  }
  target[offset + 1] = LENGTH_64;
  target.writeUInt32BE(0, offset + 2);
  return target.writeUInt32BE(payload, offset + 6);
}

/** Writes a whole text frame. `bytes` is the text's length in UTF-8. */
function writeText(target: Buffer, offset: number, text: string, bytes: number): number {
  const body = writeHeader(target, offset, FINAL_TEXT, bytes);
  // As many bytes as characters means pure ASCII, which copies without looking at each character.
  target.write(text, body, bytes, bytes === text.length ? 'latin1' : 'utf8');
  return body + bytes;
}

/** A text message, header and payload in one piece. */
export function frameText(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerLength(bytes) + bytes);
  writeText(frame, 0, text, bytes);
  return frame;
}

/** The header of a binary message of that many bytes. */
export function frameBinaryHeader(bytes: number): Buffer {
  const header = Buffer.allocUnsafe(headerLength(bytes));
  writeHeader(header, 0, FINAL_BINARY, bytes);
  return header;
}

const NONE: readonly string[] = [];

/** Text messages with the bytes of an already framed one between them, in one piece. */
export function joinFrames(before: readonly string[], framed: Uint8Array | undefined, after: readonly string[] = NONE): Buffer {
  const joined = Buffer.allocUnsafe(framedLength(before) + (framed?.length ?? 0) + framedLength(after));
  let offset = writeTexts(joined, 0, before);
  if (framed !== undefined) {
    joined.set(framed, offset);
    offset += framed.length;
  }
  writeTexts(joined, offset, after);
  return joined;
}

function framedLength(texts: readonly string[]): number {
  let total = 0;
  for (const text of texts) {
    const bytes = Buffer.byteLength(text);
    total += headerLength(bytes) + bytes;
  }
  return total;
}

function writeTexts(target: Buffer, start: number, texts: readonly string[]): number {
  let offset = start;
  for (const text of texts) offset = writeText(target, offset, text, Buffer.byteLength(text));
  return offset;
}

/** The pieces of one write, in order; what is large already is not copied. */
export function frameOwn(own: OwnFrames, shared: Uint8Array | undefined): Uint8Array[] {
  if (own.packed === undefined) return [joinFrames(own.frames, shared, own.answers)];
  const before = own.frames.length === 0 ? [] : [joinFrames(own.frames, undefined)];
  return [...before, frameBinaryHeader(own.packed.length), own.packed, joinFrames(own.after ?? NONE, shared, own.answers)];
}

/** The one framing that all WebSocket connections share. */
export const WEB_SOCKET_FRAMING: Framing = { frameText };
