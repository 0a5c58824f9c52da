import { inflateRawSync } from 'node:zlib';
import { SseParser } from '../../src/client/sse-parser.ts';
import { readStreamEvent } from '../../src/protocol/event-stream.ts';
import type { ClientFrame, HelloFrame, LiveFrame, ServerFrame, WelcomeFrame } from '../../src/protocol/frames.ts';
import type { Position, SessionId, Tag } from '../../src/protocol/ids.ts';
import type { Server } from '../../src/server/index.ts';
import { openMemoryWire, type MemoryPair } from '../../src/testing/memory-wire.ts';
import { WirePair } from '../../src/testing/wire-pair.ts';

const BOUNDS = { maxPayload: 64 * 1024, maxUnsent: 3_000 };

/** What a client has that it comes back with. */
export type Stand = {
  readonly session: SessionId;
  readonly welcome?: WelcomeFrame;
  readonly reconnect?: string;
  /** The token that the connection got first. */
  readonly first?: string;
  readonly position?: Position;
  readonly table?: number;
  /** Commands that were sent. */
  readonly n: number;
};

/** Follows what comes, as far as a client must to come back. */
export class Follower {
  stand: Stand;
  ended: string | undefined;
  readonly #told: (frame: ServerFrame) => void;

  constructor(stand: Stand, told: (frame: ServerFrame) => void) {
    this.stand = stand;
    this.#told = told;
  }

  read(frame: ServerFrame): void {
    this.#told(frame);
    if (Array.isArray(frame)) return this.#reach(lastSeq(frame));
    if (!('t' in frame)) return;
    if (frame.t === 'welcome') this.#welcomed(frame);
    if (frame.t === 'resumed') this.stand = { ...this.stand, reconnect: frame.reconnect };
    if (frame.t === 'snapshot') this.stand = { ...this.stand, position: frame.position, table: frame.paths[0] };
    if (frame.t === 'tail') this.#reach(frame.seq);
  }

  #welcomed(welcome: WelcomeFrame): void {
    const { reconnect, resumed } = welcome;
    const { first = reconnect, n } = this.stand;
    this.stand = { ...this.stand, welcome, reconnect, ...(resumed ? { first, n } : { first: reconnect, n: 0 }) };
  }

  #reach(seq: number): void {
    const { position, welcome } = this.stand;
    if (position !== undefined) this.stand = { ...this.stand, position: { ...position, seq, tag: (welcome?.tag ?? position.tag) as Tag } };
  }
}

function lastSeq([first, ...items]: LiveFrame): number {
  return items.reduce<number>((seq, item) => (typeof item === 'number' ? seq + item : seq), first);
}

/** One running client. Everything that reaches it is written down as it comes. */
export interface Device {
  readonly kind: 'socket' | 'stream' | 'ticket';
  readonly follower: Follower;
  send(frame: ClientFrame | string): void;
  hold(isHeld: boolean): void;
  cut(): void;
}

export class SocketDevice implements Device {
  readonly kind = 'socket';
  readonly follower: Follower;
  readonly pair: MemoryPair = new WirePair();

  constructor(server: Server, hello: HelloFrame, follower: Follower, write: (text: string) => void) {
    this.follower = follower;
    const wire = openMemoryWire(server.connections, this.pair, BOUNDS);
    this.pair.left.listen({
      message: (message) => {
        wire.taken(message.length);
        const text = typeof message === 'string' ? message : inflateRawSync(message).toString();
        write(typeof message === 'string' ? message : `packed ${Buffer.from(message).toString('base64')}`);
        follower.read(JSON.parse(text) as ServerFrame);
      },
      closed: (code, reason) => {
        follower.ended = reason === '' ? 'gone' : reason;
        write(`closed ${code} ${reason}`);
      },
    });
    this.send(hello);
  }

  send(frame: ClientFrame | string): void {
    this.pair.left.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.pair.hold('left');
    else this.pair.release('left');
  }

  cut(): void {
    this.pair.cut();
    this.follower.ended ??= 'gone';
  }
}

/** Frames come down as server-sent events; `post` takes those that go up, where any may. */
export class StreamDevice implements Device {
  readonly kind: 'stream' | 'ticket';
  readonly follower: Follower;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #post: (text: string) => void;

  constructor(
    kind: 'stream' | 'ticket',
    response: Response,
    follower: Follower,
    write: (text: string) => void,
    post: (text: string) => void,
  ) {
    this.kind = kind;
    this.follower = follower;
    this.#post = post;
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const parser = new SseParser(({ event, data }) => this.#event(event, data));
    void readAll(
      this.#reader,
      (text) => (write(text), parser.push(text)),
      () => {
        follower.ended ??= 'gone';
        write('the end');
      },
    );
  }

  #event(event: string, data: string): void {
    const read = readStreamEvent(event, data);
    if (read?.kind === 'closed') this.follower.ended = read.reason;
    if (read?.kind === 'text') this.follower.read(JSON.parse(read.text) as ServerFrame);
    if (read?.kind === 'packed') this.follower.read(JSON.parse(inflateRawSync(read.bytes).toString()) as ServerFrame);
  }

  send(frame: ClientFrame | string): void {
    this.#post(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  hold(): void {
    // Its bytes are read as they come.
  }

  cut(): void {
    this.follower.ended ??= 'gone';
    this.#reader.cancel().catch(() => undefined);
  }
}

/** Reads a body as it comes; what is left of it when it breaks off is nothing. */
export async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  told: (text: string) => void,
  over: () => void,
): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) told(decoder.decode(chunk.value, { stream: true }));
  } catch {
    told('broken off');
  }
  over();
}
