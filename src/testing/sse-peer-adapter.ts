import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { SseParser, type SseEvent } from '../client/sse-parser.ts';
import { CONNECTION_HEADER, framesPath, readStreamEvent, streamPath } from '../protocol/event-stream.ts';
import type { ClientFrame, HelloFrame, ServerFrame } from '../protocol/frames.ts';
import type { TransportPeer, TransportUnderTest } from './transport-peer.ts';

class SsePeer implements TransportPeer {
  readonly frames: ServerFrame[] = [];
  ended: string | undefined;
  readonly #url: string;
  readonly #hello: HelloFrame;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  readonly #stream: ClientRequest;
  #response: IncomingMessage | undefined;
  #connection: string | undefined;
  #waiting: string[] = [];
  #isPosting = false;

  constructor(url: string, hello: HelloFrame, token: string) {
    this.#url = url;
    this.#hello = hello;
    this.#token = token;
    this.#stream = this.#request(streamPath(hello.session), {}, (response) => this.#read(response));
    this.#stream.on('error', () => this.#end('gone'));
    this.#stream.end(JSON.stringify(hello));
  }

  send(...frames: readonly (ClientFrame | string)[]): void {
    for (const frame of frames) this.#waiting.push(typeof frame === 'string' ? frame : JSON.stringify(frame));
    this.#post();
  }

  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  drop(): void {
    this.#stream.destroy();
    this.#agent.destroy();
  }

  #request(path: string, headers: Record<string, string>, answered: (response: IncomingMessage) => void): ClientRequest {
    const sent = request(
      `${this.#url}${path}`,
      {
        method: 'POST',
        agent: this.#agent,
        headers: { 'authorization': `Bearer ${this.#token}`, 'content-type': 'application/json', ...headers },
      },
      answered,
    );
    sent.setNoDelay(true);
    return sent;
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    response.setEncoding('utf8');
    response.on('error', () => this.#end('gone'));
    response.on('close', () => this.#end('gone'));
    if (response.statusCode !== 200) {
      response.on('data', (text: string) => this.#end(Object(Object(JSON.parse(text)).error).code));
      return;
    }
    const parser = new SseParser((event) => this.#event(event));
    response.on('data', (text: string) => parser.push(text));
  }

  #event({ event, data }: SseEvent): void {
    const read = readStreamEvent(event, data);
    if (read?.kind === 'closed') return this.#end(read.reason);
    if (read?.kind !== 'text') return;
    const frame = JSON.parse(read.text) as ServerFrame;
    this.frames.push(frame);
    if (!('t' in frame) || (frame.t !== 'welcome' && frame.t !== 'resumed')) return;
    this.#connection = frame.t === 'welcome' ? frame.connection : this.#hello.connection;
    this.#post();
  }

  /** One request at a time, so that frames arrive in their order. */
  #post(): void {
    if (this.#connection === undefined || this.#isPosting || this.#waiting.length === 0) return;
    this.#isPosting = true;
    const posted = this.#request(framesPath(this.#hello.session), { [CONNECTION_HEADER]: this.#connection }, (response) => {
      response.resume();
      response.on('close', () => {
        this.#isPosting = false;
        this.#post();
      });
    });
    posted.on('error', () => undefined);
    posted.end(`[${this.#waiting.splice(0).join(',')}]`);
  }

  #end(code: string): void {
    this.ended ??= code;
    this.#agent.destroy();
  }
}

/** Connections whose frames come down as server-sent events and go up by POST. */
export const ssePeers: TransportUnderTest = {
  name: 'sse',
  dial: (server, hello, token) => new SsePeer(server.url, hello, token),
};
