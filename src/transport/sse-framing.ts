import type { Framing } from '../connection/wire.ts';
import { CODES, type CloseCode } from '../protocol/codes.ts';

// The format of server-sent events: WHATWG HTML, section 9.2.6. Lines end with LF; an empty line ends an event.

/**
 * One field's value. Frames are JSON and so have no line breaks; should one come all the same, it may not begin a field or
 * an event of its own: each further line is data too, and the reader joins them again with LF.
 */
function dataLines(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/\r\n|\r|\n/g, '\ndata: ') : text;
}

/** A text frame: one event without a name. */
export function frameText(text: string): Buffer {
  return Buffer.from(`data: ${dataLines(text)}\n\n`);
}

/** A packed frame, which on a WebSocket is a binary message. */
export function framePacked(bytes: Uint8Array): Buffer {
  return Buffer.from(`event: packed\ndata: ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}\n\n`);
}

/** The last event: how the connection ends. `retryAfterMs` is how long an `EventSource` then waits before it comes back. */
export function frameEnd(code: CloseCode, retryAfterMs: number | undefined): Buffer {
  const { close, then } = CODES[code];
  const data = JSON.stringify({ code, close, then, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  const retry = retryAfterMs === undefined ? '' : `retry: ${Math.ceil(retryAfterMs)}\n`;
  return Buffer.from(`event: error\n${retry}data: ${data}\n\n`);
}

/** Names the place after the event that follows: what an `EventSource` presents when it comes back. */
export function frameId(id: string): Buffer {
  return Buffer.from(`id: ${id.replace(/[\r\n\0]/g, '')}\n`);
}

/** A comment: it tells proxies and readers that the stream lives. */
export const SSE_HEARTBEAT: Uint8Array = Buffer.from(': here\n\n');

/** The one framing that all event streams share. */
export const SSE_FRAMING: Framing = { frameText };
