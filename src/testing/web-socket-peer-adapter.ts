import { WebSocket } from 'ws';
import { codeOfClose } from '../client/code-table.ts';
import type { ClientFrame, HelloFrame, ServerFrame } from '../protocol/frames.ts';
import { WEBSOCKET_SUBPROTOCOL } from '../protocol/version.ts';
import type { TransportPeer, TransportUnderTest } from './transport-peer.ts';

class WebSocketPeer implements TransportPeer {
  readonly frames: ServerFrame[] = [];
  ended: string | undefined;
  readonly #socket: WebSocket;

  constructor(url: string, hello: HelloFrame) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/v1/connect`, WEBSOCKET_SUBPROTOCOL);
    this.#socket.on('open', () => this.send(hello));
    this.#socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as ServerFrame));
    this.#socket.on('close', (close, reason) => (this.ended = codeOfClose(close, reason.toString()) ?? 'gone'));
    this.#socket.on('error', () => undefined);
  }

  send(...frames: readonly (ClientFrame | string)[]): void {
    for (const frame of frames) this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame), () => undefined);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  drop(): void {
    this.#socket.terminate();
  }
}

/** Connections over WebSocket. */
export const webSocketPeers: TransportUnderTest = {
  name: 'websocket',
  dial: (server, hello, token) => new WebSocketPeer(server.url, { ...hello, token }),
};
