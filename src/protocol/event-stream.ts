import type { SessionId } from './ids.ts';

/*
 * The transport for where WebSockets do not come through: frames come down as server-sent events and go up by POST. What
 * both ends must agree on is here.
 */

/** The request header that names the connection on whose behalf frames are posted. */
export const CONNECTION_HEADER = 'Holdfast-Connection';

/** The request header that counts the requests with frames for one stream: 1, 2, 3, ... */
export const REQUEST_HEADER = 'Holdfast-Request';

/** So many of these may be under way at a time: they may overtake each other. */
export const MOST_REQUESTS_AT_ONCE = 4;

/** Where a stream is opened (POST, the body is the hello frame) and watched (GET with a ticket), below the server's root. */
export function streamPath(session: SessionId): string {
  return `/v1/sessions/${session}/stream`;
}

/** Where frames are posted, as a JSON array. */
export function framesPath(session: SessionId): string {
  return `/v1/sessions/${session}/frames`;
}

/** What one event of a stream is. */
export type StreamEvent =
  /** A text frame. */
  | { readonly kind: 'text'; readonly text: string }
  /** A packed frame: on a WebSocket it is a binary message. */
  | { readonly kind: 'packed'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The connection ends, as by a WebSocket close of that number and reason. The stream ends after it. */
  | { readonly kind: 'closed'; readonly close: number; readonly reason: string };

/** Reads one event by its name (`message` where none was given) and data. Throws for data that no server of ours sends. */
export function readStreamEvent(event: string, data: string): StreamEvent | undefined {
  switch (event) {
    case 'message':
      return { kind: 'text', text: data };
    case 'packed':
      return { kind: 'packed', bytes: Uint8Array.from(atob(data), (character) => character.charCodeAt(0)) };
    case 'error': {
      const { close, code }: { close?: unknown; code?: unknown } = Object(JSON.parse(data));
      if (typeof close !== 'number' || typeof code !== 'string') throw new Error('The end of a stream names its code and its close.');
      return { kind: 'closed', close, reason: code };
    }
    default:
      // An event of a newer server: nothing that this client asked for.
      return undefined;
  }
}
