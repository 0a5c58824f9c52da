import type { OpenSocket, Socket, SocketEvents } from '../client/socket.ts';
import type { ClientFrame, CommandFrame, HelloFrame, ServerFrame } from '../protocol/frames.ts';

/** One connection whose other end is the test: nothing moves until the test moves it. */
export class HandConnection implements Socket {
  readonly url: string;
  readonly protocol: string;
  /** Every frame that the client sent. */
  readonly received: ClientFrame[] = [];
  /** How the client closed it; undefined while it has not. */
  closedByClient: { code: number | undefined; reason: string | undefined } | undefined;
  readonly #events: SocketEvents;
  readonly #queue: (string | ArrayBuffer)[] = [];

  constructor(url: string, protocol: string, events: SocketEvents) {
    this.url = url;
    this.protocol = protocol;
    this.#events = events;
  }

  send(text: string): void {
    this.received.push(JSON.parse(text) as ClientFrame);
  }

  close(code?: number, reason?: string): void {
    this.closedByClient ??= { code, reason };
  }

  get hello(): HelloFrame | undefined {
    return this.received.find((frame): frame is HelloFrame => frame.t === 'hello');
  }

  get commands(): CommandFrame[] {
    return this.received.filter((frame): frame is CommandFrame => frame.t === 'command');
  }

  /** The connection is open: the client says hello. */
  accept(): void {
    this.#events.opened();
  }

  /** Puts frames, texts or bytes on their way; they arrive with `flush`. */
  queue(...frames: (ServerFrame | string | ArrayBuffer)[]): void {
    for (const frame of frames) this.#queue.push(typeof frame === 'string' || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame));
  }

  /** Lets the next `count` arrive, all by default. */
  flush(count: number = this.#queue.length): void {
    for (const data of this.#queue.splice(0, count)) this.#events.message(data);
  }

  /** Says frames that arrive at once. */
  say(...frames: (ServerFrame | string | ArrayBuffer)[]): void {
    this.queue(...frames);
    this.flush();
  }

  /** The connection is gone; 1006 is what a client sees when nobody said why. */
  drop(code = 1006, reason = ''): void {
    this.#events.closed(code, reason);
  }
}

/** Takes the place of the network: every connection that a client opens is in `connections`. */
export class HandNetwork {
  readonly connections: HandConnection[] = [];

  readonly open: OpenSocket = (url, protocol, events) => {
    const connection = new HandConnection(url, protocol, events);
    this.connections.push(connection);
    return connection;
  };

  /** The connection opened last. */
  get last(): HandConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error('no connection was opened');
    return connection;
  }
}
