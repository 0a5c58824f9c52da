import { inflateRawSync } from 'node:zlib';
import type { OpenSocket } from 'holdfast/client';
import type { Fetch } from '../../src/client/fetch-adapter.ts';
import { SseParser } from '../../src/client/sse-parser.ts';
import { readStreamEvent } from '../../src/protocol/event-stream.ts';
import type { HelloFrame } from '../../src/protocol/frames.ts';

/** What a client says at the beginning of each connection, as a test would have it said. */
export type ChangeHello = (hello: HelloFrame) => HelloFrame;

/** Hears everything that one client receives, and may change its first words. */
export class Ear {
  /** Every message received, packed ones unpacked. */
  readonly received: string[] = [];
  readonly #change: ChangeHello;

  constructor(change: ChangeHello = (hello) => hello) {
    this.#change = change;
  }

  /** Listens at sockets. */
  at(open: OpenSocket): OpenSocket {
    return (url, protocol, events) => {
      const socket = open(url, protocol, {
        ...events,
        message: (data) => {
          this.#keep(data);
          events.message(data);
        },
      });
      return { ...socket, send: (text) => socket.send(this.#changed(text)) };
    };
  }

  /** Listens at event streams. */
  readonly fetch: Fetch = async (url, init) => {
    const { body } = init;
    if (!url.endsWith('/stream') || typeof body !== 'string') return fetch(url, init);
    const response = await fetch(url, { ...init, body: this.#changed(body) });
    if (!response.ok || response.body === null) return response;
    const decoder = new TextDecoder();
    const parser = new SseParser(({ event, data }) => {
      const read = readStreamEvent(event, data);
      if (read?.kind === 'text') this.#keep(read.text);
      else if (read?.kind === 'packed') this.#keep(read.bytes.buffer);
    });
    const listening = new TransformStream<Uint8Array, Uint8Array>({
      transform(part, onwards) {
        parser.push(decoder.decode(part, { stream: true }));
        onwards.enqueue(part);
      },
    });
    return new Response(response.body.pipeThrough(listening), { headers: response.headers });
  };

  #keep(data: string | ArrayBuffer): void {
    this.received.push(typeof data === 'string' ? data : inflateRawSync(new Uint8Array(data)).toString());
  }

  #changed(text: string): string {
    return text.startsWith('{"t":"hello"') ? JSON.stringify(this.#change(JSON.parse(text) as HelloFrame)) : text;
  }
}
