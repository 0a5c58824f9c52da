import { SseParser, type SseEvent } from '../client/sse-parser.ts';

/** What a reader makes of the bytes of an event stream that come in pieces of `size`. */
export function readEvents(bytes: Uint8Array, size = bytes.length): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += size) parser.push(decoder.decode(bytes.subarray(at, at + size), { stream: true }));
  return events;
}
