import { readClientFrame, encodeFrame } from '../protocol/codec.ts';
import type { CloseCode } from '../protocol/codes.ts';
import type { ClientFrame, HelloFrame } from '../protocol/frames.ts';
import type { ConnectionId, ParticipantId, SessionId } from '../protocol/ids.ts';
import type { Clock, ConnectionRecord, Delivery, DeliveryPort, Identity, Random, SessionPort } from '../protocol/ports.ts';
import { CODES } from '../protocol/codes.ts';
import type { Audience } from './audience.ts';
import { ConnectionIndex } from './connection-index.ts';
import { Connection, type CloseReason, type ConnectionInfo } from './connection.ts';
import { SharedFrame, type OwnFrames, type Wire } from './wire.ts';

/** What a credential turned out to be. */
export type Authentication =
  | { readonly ok: true; readonly identity: Identity; readonly role?: string | undefined }
  | { readonly ok: false; readonly message: string };

/** What the connections leave to their host: who is let in, and the sessions they talk to. */
export interface ConnectionHost extends SessionPort {
  authenticate(token: string): Promise<Authentication>;
}

export type ConnectionsOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: ConnectionHost;
  /** The first frame must have come, and its credential been accepted, within this time. Default 5,000. */
  readonly loginTimeoutMs?: number | undefined;
  /** How often clients are asked to say something; silence of 2.5 times this ends a connection. Default 15,000. */
  readonly heartbeatMs?: number | undefined;
};

/** One step in the life of a connection. */
export type ConnectionEvent =
  | { readonly kind: 'opened'; readonly connection: ConnectionInfo }
  | { readonly kind: 'live'; readonly connection: ConnectionInfo; readonly identity: Identity; readonly session: SessionId }
  | {
      readonly kind: 'closed';
      readonly connection: ConnectionInfo;
      readonly identity: Identity | undefined;
      readonly session: SessionId | undefined;
      readonly reason: CloseReason;
      readonly message: string;
    }
  | { readonly kind: 'failed'; readonly connection: ConnectionInfo; readonly error: unknown };

/** Numbers for monitoring. */
export type ConnectionCounts = {
  readonly open: number;
  readonly live: number;
  readonly openedTotal: number;
  readonly framesReceivedTotal: number;
  readonly writesTotal: number;
  readonly closedTotal: Readonly<Partial<Record<CloseReason, number>>>;
};

/**
 * Every connection of a server, each timed out, logged in and closed on its own. It turns what a commit releases into one
 * write per client, and knows nothing of how bytes travel.
 */
export class Connections implements DeliveryPort {
  readonly heartbeatMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #host: ConnectionHost;
  readonly #index = new ConnectionIndex();
  readonly #observers = new Set<(event: ConnectionEvent) => void>();
  readonly #slow: Connection[] = [];
  readonly #sweepMs: number;
  readonly #loginTicks: number;
  readonly #silentTicks: number;
  readonly #closedTotal: Partial<Record<CloseReason, number>> = {};
  #tick = 0;
  #stopSweep: (() => void) | undefined;
  #live = 0;
  #openedTotal = 0;
  #framesReceivedTotal = 0;
  #writesTotal = 0;

  constructor(options: ConnectionsOptions) {
    const loginTimeoutMs = options.loginTimeoutMs ?? 5_000;
    this.heartbeatMs = options.heartbeatMs ?? 15_000;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#host = options.host;
    this.#sweepMs = Math.max(10, Math.min(1_000, loginTimeoutMs / 5, this.heartbeatMs / 5));
    this.#loginTicks = Math.ceil(loginTimeoutMs / this.#sweepMs);
    this.#silentTicks = Math.ceil((2.5 * this.heartbeatMs) / this.#sweepMs);
  }

  /** Begins to watch for silence. */
  start(): void {
    this.#stopSweep ??= this.#clock.startTimer(this.#sweepMs, this.#sweep);
  }

  /** Closes every connection and stops watching. */
  stop(code: CloseCode = 'shutting-down'): void {
    this.#stopSweep?.();
    this.#stopSweep = undefined;
    for (const connection of this.#index.all()) this.#close(connection, code, CODES[code].message);
  }

  /** A transport has a new peer. Frames are then given to `receive`, and its end to `gone`. */
  open(transport: string, wire: Wire, credential?: string): Connection {
    const id = this.#newId();
    const connection = new Connection(id, transport, wire, this.#clock.now(), this.#tick, credential);
    this.#index.add(connection);
    this.#openedTotal += 1;
    this.#report({ kind: 'opened', connection });
    return connection;
  }

  /** A text frame came. The one place that catches what a connection can throw, so that it ends that connection alone. */
  receive(connection: Connection, text: string): void {
    connection.heardTick = this.#tick;
    this.#framesReceivedTotal += 1;
    try {
      this.#take(connection, text);
    } catch (error) {
      this.#fail(connection, error);
    }
  }

  /** The peer broke the transport's own rules. */
  refuse(connection: Connection, code: CloseCode, message: string): void {
    this.#close(connection, code, message);
  }

  /** The transport lost its peer. Idempotent; a late call about a connection already closed changes nothing. */
  gone(connection: Connection): void {
    this.#end(connection, 'gone', 'The peer closed the connection or the network lost it.');
  }

  get(id: ConnectionId): ConnectionInfo | undefined {
    return this.#index.get(id);
  }

  /** All open connections of one identity. */
  ofIdentity(id: ParticipantId): readonly ConnectionInfo[] {
    return this.#index.ofIdentity(id);
  }

  /** All open connections that talk to one session. */
  ofSession(session: SessionId): readonly ConnectionInfo[] {
    return [...(this.#index.audience(session)?.connections ?? [])];
  }

  all(): readonly ConnectionInfo[] {
    return [...this.#index.all()];
  }

  /** Tells `observer` of every step of every connection. The result ends that. */
  observe(observer: (event: ConnectionEvent) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Ends one connection. False when there is no such connection. */
  evict(id: ConnectionId, code: CloseCode, message?: string): boolean {
    const connection = this.#index.get(id);
    if (connection === undefined) return false;
    this.#close(connection, code, message ?? CODES[code].message);
    return true;
  }

  counts(): ConnectionCounts {
    return {
      open: this.#index.size,
      live: this.#live,
      openedTotal: this.#openedTotal,
      framesReceivedTotal: this.#framesReceivedTotal,
      writesTotal: this.#writesTotal,
      closedTotal: { ...this.#closedTotal },
    };
  }

  deliver(delivery: Delivery): void {
    const { session, records, frames } = delivery;
    const audience = this.#index.audience(session);
    for (const record of records) this.#hold(record, audience);
    if (audience !== undefined) {
      for (const { view, frame } of frames) this.#show(audience.viewers(view), frame);
    }
    for (const record of records) this.#release(record);
    if (this.#slow.length > 0) this.#closeSlow();
  }

  #hold(record: ConnectionRecord, audience: Audience | undefined): void {
    const connection = this.#index.get(record.connection);
    if (connection === undefined) return;
    if (connection.held !== undefined) this.#send(connection, connection.held, undefined);
    connection.held = record;
    if (record.view !== undefined && record.view !== connection.view) audience?.show(connection, record.view);
  }

  #show(viewers: ReadonlySet<Connection> | undefined, text: string): void {
    if (viewers === undefined) return;
    const frame = new SharedFrame(text);
    this.#writesTotal += viewers.size;
    for (const connection of viewers) {
      const own = connection.held;
      if (own === undefined) {
        if (!connection.wire.sendShared(frame)) this.#slow.push(connection);
      } else {
        connection.held = undefined;
        if (!connection.wire.send(own, frame)) this.#slow.push(connection);
      }
    }
  }

  #release(record: ConnectionRecord): void {
    const connection = this.#index.get(record.connection);
    if (connection === undefined) return;
    if (connection.held !== undefined) {
      const own = connection.held;
      connection.held = undefined;
      if (own.frames.length > 0 || own.packed !== undefined || own.answers !== undefined) this.#send(connection, own, undefined);
    }
    // What the peer is to know before the end is already among the record's frames.
    if (record.close !== undefined) this.#closeWith(connection, record.close.code, record.close.message, undefined);
  }

  #send(connection: Connection, own: OwnFrames, shared: SharedFrame | undefined): void {
    this.#writesTotal += 1;
    if (!connection.wire.send(own, shared)) this.#slow.push(connection);
  }

  #closeSlow(): void {
    for (const connection of this.#slow.splice(0)) this.#close(connection, 'too-slow', CODES['too-slow'].message);
  }

  #take(connection: Connection, text: string): void {
    const status = connection.status;
    if (status.state === 'closed') return;
    const first = status.state === 'authenticating' && status.login === 'awaited';
    const read = readClientFrame(text, first ? FIRST : LATER);
    if (!read.ok) return this.#close(connection, read.code, read.message);
    const frame = read.frame;
    if (frame.t === 'ping') this.#answerPing(connection, frame.at);
    else if (status.state === 'live' && frame.t !== 'hello') this.#host.receive(status.session, connection.id, frame);
    else if (first && frame.t === 'hello') this.#beginLogin(connection, frame);
    else this.#close(connection, 'bad-frame', misplaced(frame));
  }

  #answerPing(connection: Connection, at: number): void {
    this.#send(connection, { frames: [encodeFrame({ t: 'pong', at, now: this.#clock.now() })] }, undefined);
    if (this.#slow.length > 0) this.#closeSlow();
  }

  #beginLogin(connection: Connection, hello: HelloFrame): void {
    const token = hello.token ?? connection.credential;
    connection.credential = undefined;
    if (token === undefined) return this.#close(connection, 'unauthenticated', 'No credential: put a token in the first frame.');
    connection.status = { state: 'authenticating', since: connection.openedAt, login: 'checking' };
    this.#host.authenticate(token).then(
      (answer) => this.#finishLogin(connection, hello, answer),
      (error: unknown) => this.#fail(connection, error),
    );
  }

  #finishLogin(connection: Connection, hello: HelloFrame, answer: Authentication): void {
    if (connection.status.state !== 'authenticating') return;
    if (!answer.ok) return this.#close(connection, 'unauthenticated', answer.message);
    const { identity } = answer;
    const { session } = hello;
    connection.status = { state: 'live', since: this.#clock.now(), identity, session };
    this.#live += 1;
    this.#index.bind(connection, identity.id, session);
    this.#report({ kind: 'live', connection, identity, session });
    try {
      this.#host.attach(session, {
        connection: connection.id,
        identity,
        role: hello.role ?? answer.role,
        instance: hello.instance,
        position: hello.position,
        table: hello.table === undefined ? undefined : { id: hello.table[0], known: hello.table[1] },
        lowest: hello.lowest,
        deflate: hello.accept?.includes('deflate'),
      });
    } catch (error) {
      this.#fail(connection, error);
    }
  }

  /** Something inside the server failed on this connection's account: it ends, the others go on. */
  #fail(connection: Connection, error: unknown): void {
    this.#report({ kind: 'failed', connection, error });
    this.#close(connection, 'internal', CODES.internal.message);
  }

  #close(connection: Connection, code: CloseCode, message: string): void {
    this.#closeWith(connection, code, message, encodeFrame({ t: 'error', code, message }));
  }

  #closeWith(connection: Connection, code: CloseCode, message: string, last: string | undefined): void {
    if (connection.status.state === 'closed') return;
    connection.wire.close(code, last);
    this.#end(connection, code, message);
  }

  #end(connection: Connection, reason: CloseReason, message: string): void {
    const before = connection.status;
    if (before.state === 'closed') return;
    this.#index.remove(connection);
    connection.held = undefined;
    connection.status = { state: 'closed', since: this.#clock.now(), reason, message };
    this.#closedTotal[reason] = (this.#closedTotal[reason] ?? 0) + 1;
    const live = before.state === 'live' ? before : undefined;
    this.#report({ kind: 'closed', connection, identity: live?.identity, session: live?.session, reason, message });
    if (live === undefined) return;
    this.#live -= 1;
    this.#host.detach(live.session, connection.id);
  }

  /** One timer for all: a timer per connection would cost more than the connection's own state. */
  readonly #sweep = (): void => {
    this.#tick += 1;
    for (const connection of this.#index.all()) {
      if (connection.status.state === 'live') {
        if (this.#tick - connection.heardTick > this.#silentTicks) this.#close(connection, 'timed-out', CODES['timed-out'].message);
      } else if (this.#tick - connection.openedTick > this.#loginTicks) {
        this.#close(connection, 'login-timeout', CODES['login-timeout'].message);
      }
    }
    this.#stopSweep = this.#clock.startTimer(this.#sweepMs, this.#sweep);
  };

  #report(event: ConnectionEvent): void {
    for (const observer of this.#observers) observer(event);
  }

  #newId(): ConnectionId {
    let id = '';
    for (const byte of this.#random.bytes(12)) id += byte.toString(16).padStart(2, '0');
    return id as ConnectionId;
  }
}

const FIRST = { first: true } as const;
const LATER = { first: false } as const;

function misplaced(frame: ClientFrame): string {
  if (frame.t === 'hello') return 'A connection says hello once, as its first frame.';
  return 'A command came before the welcome; wait for it.';
}
