import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData, type Server } from 'ws';
import { closeCodeOf } from '../connection/cause.ts';
import type { Connections } from '../connection/connections.ts';
import type { Cause } from '../connection/lifecycle-states.ts';
import type { Peer } from '../connection/peer.ts';
import type { OwnFrames, SharedFrame, Wire } from '../connection/wire.ts';
import { encodeFrame } from '../protocol/codec.ts';
import { CODES, type CloseCode, type Code } from '../protocol/codes.ts';
import type { Identity } from '../protocol/ports.ts';
import { WEBSOCKET_SUBPROTOCOL } from '../protocol/version.ts';
import { bearerToken, hasTokenInUrl } from './bearer-token.ts';
import { ClientAddresses } from './client-addresses-adapter.ts';
import { allowsOrigin, type OriginRule } from './origin-rule.ts';
import { WEB_SOCKET_FRAMING, frameOwn, frameText } from './web-socket-framing.ts';

export type WebSocketTransportOptions = {
  readonly connections: Connections;
  readonly origins: OriginRule;
  /** Largest message taken from a client, in bytes. Default 64 KiB. */
  readonly maxPayload?: number | undefined;
  /** With more unsent bytes than this a connection's stream stands still until its peer has read them. Default 256 KiB. */
  readonly suspendAbove?: number | undefined;
  /** Proxies whose word on a client's address is taken: addresses, or networks as in `10.0.0.0/8`. Default none. */
  readonly trustedProxies?: readonly string[] | undefined;
};

const MAX_FRAGMENTS = 16;
const MAX_BUFFERED_CHUNKS = 1_024;
// Spread below: ws knows it, its published types not yet. Milliseconds for the peer to answer a close.
const CLOSE_TIMEOUT = { closeTimeout: 2_000 };

/** A peer's socket that knows what it carries, so that one set of listeners serves them all. */
class PeerSocket extends WebSocket {
  peer: Peer<Identity> | undefined = undefined;
  transport: WebSocketTransport | undefined = undefined;
}

const NOTHING = Buffer.alloc(0);

/** Writes ready-made frames straight to the socket: the same bytes go to every peer of a view. */
class WebSocketWire implements Wire {
  readonly #peer: WebSocket;
  readonly #socket: Duplex;
  readonly #suspendAbove: number;
  readonly remoteAddress: string | undefined;

  constructor(peer: WebSocket, socket: Duplex, suspendAbove: number, remoteAddress: string | undefined) {
    this.#peer = peer;
    this.#socket = socket;
    this.#suspendAbove = suspendAbove;
    this.remoteAddress = remoteAddress;
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  sendShared(frame: SharedFrame): boolean {
    if (this.#peer.readyState !== WebSocket.OPEN) return true;
    const socket = this.#socket;
    socket.write(frame.bytes(WEB_SOCKET_FRAMING));
    return socket.writableLength <= this.#suspendAbove;
  }

  send(own: OwnFrames, shared: SharedFrame | undefined): boolean {
    if (this.#peer.readyState !== WebSocket.OPEN) return true;
    const socket = this.#socket;
    const pieces = frameOwn(own, shared?.bytes(WEB_SOCKET_FRAMING));
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces) socket.write(piece);
    if (pieces.length > 1) socket.uncork();
    return socket.writableLength <= this.#suspendAbove;
  }

  whenDrained(fire: () => void): void {
    // Called back in its turn: when all that was written before is with the peer's machine.
    this.#socket.write(NOTHING, (error) => {
      if (error === null || error === undefined) fire();
    });
  }

  ping(): void {
    if (this.#peer.readyState === WebSocket.OPEN) this.#peer.ping();
  }

  close(code: CloseCode, last: string | undefined): void {
    if (this.#peer.readyState !== WebSocket.OPEN) return;
    if (last !== undefined) this.#socket.write(frameText(last));
    this.#peer.close(CODES[code].close, code);
  }
}

/** Connections over WebSocket: one text frame is one message, without compression. */
export class WebSocketTransport {
  readonly connections: Connections;
  readonly #origins: OriginRule;
  readonly #suspendAbove: number;
  readonly #addresses: ClientAddresses;
  readonly #webSockets: Server<typeof PeerSocket>;
  readonly #peers = new Set<PeerSocket>();
  #whenEmpty: (() => void) | undefined;
  #stopping = false;

  constructor(options: WebSocketTransportOptions) {
    this.connections = options.connections;
    this.#origins = options.origins;
    this.#suspendAbove = options.suspendAbove ?? 256 * 1024;
    this.#addresses = new ClientAddresses(options.trustedProxies ?? []);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxPayload ?? 64 * 1024,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      ...CLOSE_TIMEOUT,
      WebSocket: PeerSocket,
      handleProtocols: () => WEBSOCKET_SUBPROTOCOL,
    });
  }

  /** Takes over an HTTP request that asks for a WebSocket, or refuses it with a JSON error. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refuseUpgrade(socket, refusal.code, refusal.message);
    this.#webSockets.handleUpgrade(request, socket, head, (peer) => this.#accept(peer, socket, request));
  }

  /** From now on peers are refused. */
  refuseNew(): void {
    this.#stopping = true;
  }

  /** Waits until every peer is gone; those that do not answer the close are cut off after the closing time. */
  async stop(): Promise<void> {
    this.refuseNew();
    if (this.#peers.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  /** Cuts every peer off now. */
  terminate(): void {
    for (const peer of this.#peers) peer.terminate();
  }

  forget(peer: PeerSocket): void {
    this.#peers.delete(peer);
    if (this.#peers.size === 0) this.#whenEmpty?.();
  }

  #refusal(request: IncomingMessage): { code: Code; message: string } | undefined {
    if (this.#stopping) return { code: 'shutting-down', message: CODES['shutting-down'].message };
    if (hasTokenInUrl(request.url ?? '')) {
      return { code: 'bad-request', message: 'A token never travels in the URL: put it in the first frame or the Authorization header.' };
    }
    const { origin, host } = request.headers;
    if (!allowsOrigin(this.#origins, origin, host)) {
      return { code: 'forbidden', message: 'Pages of this origin may not connect; the server’s option `origins` lists those that may.' };
    }
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (offered?.includes(WEBSOCKET_SUBPROTOCOL) === true) return undefined;
    return { code: 'unsupported-version', message: `Ask for the WebSocket subprotocol ${WEBSOCKET_SUBPROTOCOL}.` };
  }

  #accept(peer: PeerSocket, socket: Duplex, request: IncomingMessage): void {
    this.#peers.add(peer);
    peer.transport = this;
    peer.on('close', takeClose);
    peer.on('error', takeError);
    const address = this.#addresses.of(socket, request.headers['x-forwarded-for']);
    const wire = new WebSocketWire(peer, socket, this.#suspendAbove, address);
    // Only now: a browser can read a close with its delay, and nothing of an upgrade that was refused.
    const turnedAway = this.connections.turnsAway(address);
    if (turnedAway !== undefined) return wire.close(closeCodeOf(turnedAway), errorFrame(turnedAway));
    peer.on('message', takeMessage);
    peer.on('pong', takePong);
    peer.peer = this.connections.open('websocket', wire, bearerToken(request.headers.authorization));
  }
}

function errorFrame(cause: Cause): string {
  const { message, retryAfterMs } = cause;
  return encodeFrame({ t: 'error', code: closeCodeOf(cause), message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function takeMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (!(this instanceof PeerSocket) || this.peer === undefined) return;
  const connections = this.transport?.connections;
  if (isBinary || !Buffer.isBuffer(data)) connections?.refuse(this.peer, 'bad-frame', 'Frames are text, not binary.');
  else connections?.receive(this.peer, data.toString('utf8'));
}

function takePong(this: WebSocket): void {
  if (this instanceof PeerSocket && this.peer !== undefined) this.transport?.connections.heard(this.peer);
}

function takeClose(this: WebSocket): void {
  if (!(this instanceof PeerSocket)) return;
  this.transport?.forget(this);
  if (this.peer !== undefined) this.transport?.connections.gone(this.peer);
}

/** ws has already begun to close the socket with the fitting code; what is left is to say why. */
function takeError(this: WebSocket, error: Error & { code?: unknown }): void {
  if (!(this instanceof PeerSocket) || this.peer === undefined) return;
  const { code } = error;
  if (typeof code !== 'string' || !code.startsWith('WS_ERR')) return;
  const large = code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' || code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS';
  this.transport?.connections.refuse(this.peer, large ? 'too-large' : 'bad-frame', error.message);
}

const REASONS: Partial<Record<number, string>> = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 426: 'Upgrade Required' };

/** Answers an upgrade request with a JSON error and closes. */
export function refuseUpgrade(socket: Duplex, code: Code, message: string): void {
  const { http, then } = CODES[code];
  const body = JSON.stringify({ error: { code, message, then } });
  const head = [
    `HTTP/1.1 ${http} ${REASONS[http] ?? 'Service Unavailable'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.on('error', () => socket.destroy());
  // No HTTP server looks after it any more: a peer that does not close its own half would hold it open for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
