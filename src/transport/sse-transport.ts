import { closeCodeOf } from '../connection/cause.ts';
import type { Connections } from '../connection/connections.ts';
import type { Cause } from '../connection/lifecycle-states.ts';
import type { Peer } from '../connection/peer.ts';
import { CODES } from '../protocol/codes.ts';
import type { ResumedFrame, WelcomeFrame } from '../protocol/frames.ts';
import type { ConnectionId, ParticipantId } from '../protocol/ids.ts';
import type { Clock, Identity } from '../protocol/ports.ts';
import { ClientAddresses } from './client-addresses-adapter.ts';
import { RequestOrder } from './request-order.ts';
import { SseWire, type StreamEnd } from './sse-wire.ts';
import type { StreamPositions } from './stream-positions.ts';

export type SseTransportOptions = {
  readonly connections: Connections;
  readonly clock: Clock;
  /** Largest frame taken from a client, in bytes. Default 64 KiB. */
  readonly maxPayload?: number | undefined;
  /** With more unsent bytes than this a connection's stream stands still until its peer has read them. Default 256 KiB. */
  readonly suspendAbove?: number | undefined;
  /** Proxies whose word on a client's address is taken. Default none. */
  readonly trustedProxies?: readonly string[] | undefined;
};

/** A request for a stream, as its route hands it over. */
export type StreamRequest = {
  /** The text of the hello frame. */
  readonly hello: string;
  /** The credential that came with the request. */
  readonly credential: string | undefined;
  readonly remoteAddress: string | undefined;
  /** What proxies say of where it came from. */
  readonly forwardedFor?: string | undefined;
  /** Ends the peer's HTTP connection at once; absent where the host's server is not ours. */
  readonly cut?: (() => void) | undefined;
  /** Present for watchers, who only read: how their events are marked. */
  readonly positions?: StreamPositions | undefined;
  /** The stream is over, for whatever reason. */
  readonly onOver?: ((end: StreamEnd | undefined) => void) | undefined;
};

/** A stream to be answered with, or how it ended before anything was to be sent. */
export type Opened =
  | { readonly ok: true; readonly body: ReadableStream<Uint8Array>; readonly welcome: WelcomeFrame | ResumedFrame }
  | { readonly ok: false; readonly end: StreamEnd };

type Stream = {
  readonly peer: Peer<Identity>;
  readonly wire: SseWire;
  readonly request: StreamRequest;
  readonly order: RequestOrder;
  /** As the welcome named it: the id of the connection that this one continues, or its own. */
  id: ConnectionId | undefined;
  stopClosing: (() => void) | undefined;
};

const BEAT_MS = 15_000;
const PING = JSON.stringify({ t: 'ping', at: 0 });
/** A peer that does not read gets this long for the end of its stream. */
const CLOSING_MS = 2_000;

/** Connections whose frames come down as server-sent events and go up by POST. */
export class SseTransport {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #maxPayload: number;
  readonly #suspendAbove: number;
  readonly #trustedProxies: readonly string[];
  readonly #beatMs: number;
  readonly #streams = new Set<Stream>();
  /** By the id that the welcome named. */
  readonly #welcomed = new Map<ConnectionId, Stream>();
  #stopBeat: (() => void) | undefined;
  #whenEmpty: (() => void)[] = [];
  #addresses: ClientAddresses | undefined;
  #isRefusing = false;

  constructor(options: SseTransportOptions) {
    this.#connections = options.connections;
    this.#clock = options.clock;
    this.#maxPayload = options.maxPayload ?? 64 * 1024;
    this.#suspendAbove = options.suspendAbove ?? 256 * 1024;
    this.#trustedProxies = options.trustedProxies ?? [];
    this.#beatMs = Math.min(BEAT_MS, options.connections.heartbeatMs);
  }

  /** How many streams are open or ending. */
  get size(): number {
    return this.#streams.size;
  }

  /** Opens a connection, says its hello and waits until its session has answered or refused. */
  async open(request: StreamRequest): Promise<Opened> {
    if (this.#isRefusing) return { ok: false, end: { code: 'shutting-down', message: CODES['shutting-down'].message } };
    this.#addresses ??= new ClientAddresses(this.#trustedProxies);
    const address = this.#addresses.from(request.remoteAddress, request.forwardedFor);
    const turnedAway = this.#connections.turnsAway(address);
    if (turnedAway !== undefined) return { ok: false, end: endOf(turnedAway) };
    const stream = this.#start(request, address);
    const { wire, peer } = stream;
    this.#connections.receive(peer, request.hello);
    await wire.decided;
    if (wire.welcome === undefined) {
      const end = wire.end ?? { code: 'unavailable', message: 'The connection ended before it was welcomed.' };
      wire.lose();
      return { ok: false, end };
    }
    const welcome = JSON.parse(wire.welcome) as WelcomeFrame | ResumedFrame;
    stream.id = peer.connection.id;
    if (this.#streams.has(stream)) this.#welcomed.set(stream.id, stream);
    return { ok: true, body: wire.body, welcome };
  }

  /**
   * Frames for a connection of ours that belongs to `caller`, in order. With a number they wait for those of the requests
   * before. False when there is none of that id (what it was has ended, or is another's), or none of that number.
   */
  receive(id: ConnectionId, caller: ParticipantId, frames: readonly string[], number?: number): boolean {
    const stream = this.#welcomed.get(id);
    if (stream === undefined || stream.wire.end !== undefined || stream.request.positions !== undefined) return false;
    if (this.#connections.get(id)?.identity?.id !== caller) return false;
    const due = number === undefined ? frames : stream.order.take(number, frames);
    for (const frame of due ?? []) this.#take(stream.peer, frame);
    return due !== undefined;
  }

  /** Waits until every stream has ended. Those that do not read their end are cut off after the closing time. */
  async stop(): Promise<void> {
    this.refuseNew();
    if (this.#streams.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    this.#isRefusing = false;
  }

  /** From now on, until it has stopped, peers are refused. */
  refuseNew(): void {
    this.#isRefusing = true;
  }

  /** Cuts every stream off now. */
  terminate(): void {
    for (const { wire } of this.#streams) wire.abort();
  }

  #start(request: StreamRequest, remoteAddress: string | undefined): Stream {
    const wire = new SseWire({
      suspendAbove: this.#suspendAbove,
      remoteAddress,
      positions: request.positions,
      cut: request.cut,
      onGone: () => this.#connections.gone(stream.peer),
      onClosed: () => {
        stream.stopClosing = this.#clock.startTimer(CLOSING_MS, () => wire.abort());
      },
      onOver: () => this.#over(stream),
    });
    const peer = this.#connections.open('sse', wire, request.credential);
    const stream: Stream = { wire, request, peer, order: new RequestOrder(), id: undefined, stopClosing: undefined };
    this.#streams.add(stream);
    this.#stopBeat ??= this.#clock.startTimer(this.#beatMs, this.#beat);
    return stream;
  }

  #take(peer: Peer<Identity>, frame: string): void {
    if (Buffer.byteLength(frame) <= this.#maxPayload) this.#connections.receive(peer, frame);
    else this.#connections.refuse(peer, 'too-large', `A frame is at most ${this.#maxPayload} bytes.`);
  }

  #over(stream: Stream): void {
    this.#streams.delete(stream);
    stream.stopClosing?.();
    if (stream.id !== undefined && this.#welcomed.get(stream.id) === stream) this.#welcomed.delete(stream.id);
    stream.request.onOver?.(stream.wire.end);
    if (this.#streams.size > 0) return;
    this.#stopBeat?.();
    this.#stopBeat = undefined;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** A watcher cannot speak: that it takes what is sent is its sign of life, and a pong shows its page that all is well. */
  #beatOf({ peer, wire, request }: Stream): void {
    if (request.positions === undefined) wire.beat();
    else if (wire.isDrained) this.#connections.receive(peer, PING);
  }

  readonly #beat = (): void => {
    for (const stream of this.#welcomed.values()) this.#beatOf(stream);
    this.#stopBeat = this.#clock.startTimer(this.#beatMs, this.#beat);
  };
}

function endOf(cause: Cause): StreamEnd {
  const { message, retryAfterMs } = cause;
  return { code: closeCodeOf(cause), message, retryAfterMs };
}
