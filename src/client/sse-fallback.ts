import type { Cause } from '../connection/lifecycle-states.ts';
import type { Clock } from '../protocol/ports.ts';
import { CONNECTION_HEADER, MOST_REQUESTS_AT_ONCE, readStreamEvent, REQUEST_HEADER } from '../protocol/event-stream.ts';
import type { HelloFrame, WelcomeFrame } from '../protocol/frames.ts';
import type { Fetch } from './fetch-adapter.ts';
import type { Fallback } from './session-link.ts';
import type { OpenSocket, Socket, SocketEvents } from './socket.ts';
import { SseParser, type SseEvent } from './sse-parser.ts';
import { TransportChoice, type TransportName, type Transports } from './transport-choice.ts';

/** What a WebSocket that is gone without a word says. */
const GONE = 1006;
/** WebSocket is looked for after this long, and then after twice as long each time. */
const FIRST_LOOK_MS = 10_000;
const LAST_LOOK_MS = 300_000;
/** A WebSocket that does not open in this time does not come through. */
const LOOK_MS = 10_000;
/** What one request carries of what waits, in characters: in any script far below what a server takes as one. */
const MOST_IN_ONE = 65_536;

export type FallbackPorts = {
  readonly clock: Clock;
  readonly openSocket: OpenSocket;
  readonly fetch: Fetch;
  readonly root: string;
  /** Where WebSockets are opened, and with which subprotocol. */
  readonly url: string;
  readonly protocol: string;
  readonly transports: Transports | undefined;
};

/** What goes on where WebSocket does not come through: frames come down an event stream and go up by POST. */
export class SseFallback implements Fallback {
  readonly #ports: FallbackPorts;
  readonly #choice = new TransportChoice();

  constructor(ports: FallbackPorts) {
    this.#ports = ports;
  }

  readonly open: OpenSocket = (_url, _protocol, events) => new SseSocket(this.#ports, events);

  get next(): TransportName {
    return this.#ports.transports === 'sse' ? 'sse' : this.#choice.next;
  }

  worked(): void {
    this.#choice.worked();
  }

  failed(tookMs: number, webSocketEverWorked: boolean): void {
    this.#choice.failed(tookMs, webSocketEverWorked);
  }

  awaitWebSocket(works: (cause: Cause) => void): () => void {
    if (this.#ports.transports === 'sse') return () => undefined;
    return awaitWebSocket(this.#ports, () => {
      this.#choice.preferWebSocket();
      works({ code: 'unavailable', message: 'The connection goes back to WebSocket.', then: 'reconnect' });
    });
  }
}

/** Looks for a WebSocket from time to time, without saying anything over it. */
function awaitWebSocket(ports: FallbackPorts, works: () => void): () => void {
  let stop: () => void = () => undefined;
  const look = (afterMs: number): void => {
    stop = ports.clock.startTimer(afterMs, () => {
      stop = tryOnce(ports, (opened) => {
        if (opened) works();
        else look(Math.min(afterMs * 2, LAST_LOOK_MS));
      });
    });
  };
  look(FIRST_LOOK_MS);
  return () => stop();
}

/** Opens a WebSocket and closes it again, and says how that went. The result stops it, and then nothing is said. */
function tryOnce({ clock, openSocket, url, protocol }: FallbackPorts, went: (opened: boolean) => void): () => void {
  let over = false;
  const end = (): boolean => {
    if (over) return false;
    over = true;
    cancel();
    socket.close();
    return true;
  };
  const cancel = clock.startTimer(LOOK_MS, () => end() && went(false));
  const socket = openSocket(url, protocol, {
    opened: () => end() && went(true),
    message: () => undefined,
    closed: () => end() && went(false),
  });
  return () => void end();
}

/** An event stream down and requests up, which together look like a socket. Its first frame must be the `hello`. */
class SseSocket implements Socket {
  readonly #ports: FallbackPorts;
  readonly #events: SocketEvents;
  readonly #abort = new AbortController();
  #hello: HelloFrame | undefined;
  #connection: string | undefined;
  /** Frames that wait for a request. */
  readonly #waiting: string[] = [];
  #requests = 0;
  #underWay = 0;

  constructor(ports: FallbackPorts, events: SocketEvents) {
    this.#ports = ports;
    this.#events = events;
    queueMicrotask(() => events.opened());
  }

  send(text: string): void {
    if (this.#hello === undefined) {
      this.#hello = JSON.parse(text) as HelloFrame;
      void this.#receive(this.#hello);
    } else {
      if (text.startsWith('{"t":"renew"')) this.#hello = { ...this.#hello, token: String(Object(JSON.parse(text)).token) };
      this.#waiting.push(text);
      // What is said at once goes together.
      if (this.#waiting.length === 1) queueMicrotask(() => this.#sendWaiting());
    }
  }

  close(): void {
    this.#abort.abort();
  }

  /** The credential has its own place. */
  async #receive({ token: _token, ...hello }: HelloFrame): Promise<void> {
    try {
      const response = await this.#post('stream', JSON.stringify(hello));
      if (!response.ok || response.body === null) return await this.#refused(response);
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parser = new SseParser((event) => this.#take(event));
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parser.push(decoder.decode(part.value, { stream: true }));
      }
      this.#end(GONE, 'The stream of the server ended.');
    } catch (error) {
      this.#end(GONE, String(error));
    }
  }

  #take({ event, data }: SseEvent): void {
    const read = readStreamEvent(event, data);
    if (read?.kind === 'text') {
      this.#connection ??= (JSON.parse(data) as Partial<WelcomeFrame>).connection ?? this.#hello?.connection;
      this.#events.message(data);
    } else if (read?.kind === 'packed') {
      this.#events.message(read.bytes.buffer);
    } else if (read?.kind === 'closed') {
      this.#end(read.close, read.reason);
    }
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0 && this.#underWay < MOST_REQUESTS_AT_ONCE && !this.#abort.signal.aborted) {
      let [count, length] = [0, 0];
      for (const { length: more } of this.#waiting) {
        if (count > 0 && length + more > MOST_IN_ONE) break;
        [count, length] = [count + 1, length + more];
      }
      void this.#sendUp(`[${this.#waiting.splice(0, count).join()}]`);
    }
  }

  async #sendUp(body: string): Promise<void> {
    this.#underWay += 1;
    try {
      const response = await this.#post('frames', body);
      // Whatever went wrong, the stream has more to say of it, or a new one is needed.
      if (!response.ok) this.#end(GONE, `The server answered ${response.status}.`);
    } catch (error) {
      this.#end(GONE, String(error));
    }
    this.#underWay -= 1;
    this.#sendWaiting();
  }

  #post(what: 'stream' | 'frames', body: string): Promise<Response> {
    const { session, token } = this.#hello ?? {};
    return this.#ports.fetch(`${this.#ports.root}sessions/${session}/${what}`, {
      method: 'POST',
      signal: this.#abort.signal,
      headers: {
        'authorization': `Bearer ${token}`,
        'content-type': 'application/json',
        ...(what === 'frames' && { [CONNECTION_HEADER]: this.#connection ?? '', [REQUEST_HEADER]: String((this.#requests += 1)) }),
      },
      body,
    });
  }

  /** What a refusal says is handed on as a frame; an answer that is none of the server's own tells nothing. */
  async #refused(response: Response): Promise<void> {
    const answer: unknown = await response.json().catch(() => undefined);
    const error: unknown = Object(answer).error;
    if (error !== undefined && !this.#abort.signal.aborted) this.#events.message(JSON.stringify({ ...Object(error), t: 'error' }));
    this.#end(GONE, `The server answered ${response.status}.`);
  }

  #end(close: number, reason: string): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#events.closed(close, reason);
  }
}
