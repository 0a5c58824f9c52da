import { encodeFrame, readClientFrame } from '../protocol/codec.ts';
import type { ClientFrame, HelloFrame, PingFrame } from '../protocol/frames.ts';
import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { Clock, ConnectionRecord, Delivery, DeliveryPort, Identity, Random, SessionPort } from '../protocol/ports.ts';
import { Audience } from './audience.ts';
import { causeOf, closeCodeOf } from './cause.ts';
import type { ConnectionHooks } from './connection-hooks.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import type { News } from './lifecycle-events.ts';
import { changePolicy, SERVER_POLICY, type ConnectionPolicy } from './lifecycle-policy.ts';
import type { Cause } from './lifecycle-states.ts';
import type { Peer } from './peer.ts';
import { PresenceLane } from './presence-lane.ts';
import { Renewals } from './renewals.ts';
import { SlowStreams, type SlowBounds, type Some } from './slow-streams.ts';
import { Stream } from './stream.ts';
import { SharedFrame, type OwnFrames } from './wire.ts';

/** What a credential turned out to be. */
export type Authentication =
  | { readonly ok: true; readonly identity: Identity; readonly role?: string | undefined }
  /** `unavailable`: nobody can tell at the moment, which says nothing of the credential. */
  | { readonly ok: false; readonly code?: 'unavailable' | undefined; readonly message: string };

/** Who is let in, and the sessions to talk to. */
export interface SessionHost extends SessionPort {
  authenticate(token: string): Promise<Authentication>;
}

export type SessionDeliveryOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: SessionHost;
  /** The first frame must have come, and its login been accepted, within this time. Default 5,000. */
  readonly loginTimeoutMs?: number | undefined;
  /** How often clients are to say something; silence of 2.5 times this ends a transport. Default 15,000. */
  readonly heartbeatMs?: number | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  readonly slow?: Some<SlowBounds> | undefined;
};

/** A login whose session has not answered yet. */
type Pending = { readonly identity: Identity; readonly session: SessionId };

/**
 * Between connections and sessions: reads the frames of clients, asks their sessions for a place, and turns what a commit
 * releases into one write per client.
 */
export class SessionDelivery implements DeliveryPort, ConnectionHooks {
  readonly connections: Connections;
  readonly #clock: Clock;
  readonly #host: SessionHost;
  readonly #pending = new Map<ConnectionId, Pending>();
  readonly #streams = new Map<ConnectionId, Stream>();
  readonly #audiences = new Map<SessionId, Audience>();
  readonly #policies = new Map<number, ConnectionPolicy>();
  readonly #slow: SlowStreams;
  readonly #presence: PresenceLane;
  readonly #renewals: Renewals;
  /** The connection whose session has said everything before the close. */
  #told: Connection | undefined;

  constructor(options: SessionDeliveryOptions) {
    const { clock, random, host, limits, loginTimeoutMs = SERVER_POLICY.loginTimeoutMs, heartbeatMs = SERVER_POLICY.heartbeatMs } = options;
    this.#clock = clock;
    this.#host = host;
    const policy = changePolicy(SERVER_POLICY, { loginTimeoutMs, heartbeatMs });
    this.connections = new Connections({ clock, random, hooks: this, policy, limits });
    this.#renewals = new Renewals({ host, connections: this.connections, send: (connection, frame) => this.#answer(connection, frame) });
    this.#slow = new SlowStreams(options.slow ?? {}, {
      now: () => clock.monotonic(),
      audience: (stream) => this.#audiences.get(stream.session),
      close: (stream) => this.connections.drop(stream.connection, causeOf('too-slow')),
      refresh: (stream, upTo) => this.#host.refresh(stream.session, stream.connection.id, upTo),
    });
    this.#presence = new PresenceLane({
      streamOf: (connection) => this.#streams.get(connection),
      wrote: (count) => void (this.connections.writesTotal += count),
      behind: ({ session, connection }) => this.#host.notice(session, { kind: 'behind', connection: connection.id }),
      details: (session, rows) => this.#host.notice(session, { kind: 'details', rows }),
      connectionsOf: (session) => this.#audiences.get(session)?.streams ?? [],
    });
  }

  // -- from clients -------------------------------------------------------------------------------------------------

  receive(connection: Connection, text: string): void {
    const read = readClientFrame(text, connection.lifecycle.state === 'connected' ? FIRST : LATER);
    if (!read.ok) return this.connections.drop(connection, causeOf(read.code, read.message));
    const { frame } = read;
    if (frame.t === 'ping') return this.#answerPing(connection, frame);
    if (frame.t === 'renew' && connection.session !== undefined) return this.#renewals.renew(connection, frame.token);
    if (frame.t !== 'hello' && connection.session !== undefined) {
      return this.#host.receive(connection.session, connection.id, frame, text.length);
    }
    const isLogin = frame.t === 'hello' && this.connections.login(connection, frame);
    if (!isLogin) this.connections.drop(connection, causeOf('bad-frame', misplaced(frame)));
  }

  #answerPing(connection: Connection, { at, rtt }: PingFrame): void {
    const stream = this.#streams.get(connection.id);
    if (stream !== undefined && rtt !== undefined) stream.rttMs = rtt;
    this.#answer(connection, encodeFrame({ t: 'pong', at, now: this.#clock.now() }));
  }

  /** At once, and not by way of the session. */
  #answer(connection: Connection, frame: string): void {
    const wire = connection.peer?.wire;
    this.connections.writesTotal += 1;
    if (wire?.send({ frames: [frame] }, undefined) !== false) return;
    const stream = this.#streams.get(connection.id);
    if (stream === undefined) return this.connections.drop(connection, causeOf('too-slow'));
    this.#slow.add(stream);
    this.#slow.settle();
  }

  admit(hello: HelloFrame, connection: Connection): undefined {
    const { peer } = connection;
    const token = hello.token ?? peer?.credential;
    if (peer !== undefined) peer.credential = undefined;
    if (peer === undefined || token === undefined) {
      return this.connections.reject(connection, causeOf('unauthenticated', 'No credential: put a token in the first frame.')) as undefined;
    }
    this.#host.authenticate(token).then(
      (answer) => this.#attach(connection, peer, hello, answer),
      (error: unknown) => this.connections.fail(connection, error),
    );
    return undefined;
  }

  #attach(connection: Connection, peer: Peer, hello: HelloFrame, answer: Authentication): void {
    if (connection.peer !== peer) return;
    if (!answer.ok) return this.connections.reject(connection, causeOf(answer.code ?? 'unauthenticated', answer.message));
    const { identity } = answer;
    // Elsewhere a guest is nobody.
    if (identity.guest !== undefined && identity.guest.session !== hello.session)
      return this.connections.reject(connection, causeOf('not-found'));
    this.#pending.set(connection.id, { identity, session: hello.session });
    try {
      this.#host.attach(hello.session, {
        connection: connection.id,
        identity,
        role: hello.role ?? answer.role,
        invite: hello.invite,
        instance: hello.instance,
        position: hello.position,
        reconnect: hello.connection && hello.reconnect ? { connection: hello.connection, token: hello.reconnect } : undefined,
        table: hello.table === undefined ? undefined : { id: hello.table[0], known: hello.table[1] },
        lowest: hello.lowest,
        deflate: hello.accept?.includes('deflate'),
      });
    } catch (error) {
      this.connections.fail(connection, error);
    }
  }

  // -- from sessions ------------------------------------------------------------------------------------------------

  deliver(delivery: Delivery): void {
    const { session, records, frames, own = NO_OWN, upTo, presence } = delivery;
    for (const record of records) this.#hold(session, record);
    const audience = this.#audiences.get(session);
    if (audience !== undefined) {
      audience.upTo = upTo;
      for (const each of own) this.#showAlone(audience, each);
      const alone = own.length === 0 ? NOBODY : new Set(own.map(({ connection }) => connection));
      for (const { view, frame } of frames) this.#show(audience.viewers(view), frame, alone);
    }
    for (const record of records) this.#release(record);
    if (presence !== undefined) this.#presence.deliver(session, presence);
    this.#slow.settle();
  }

  #hold(session: SessionId, record: ConnectionRecord): void {
    const stream = this.#streams.get(record.connection) ?? this.#admitted(session, record);
    if (stream === undefined || stream.wire === undefined) return;
    if (stream.held !== undefined) this.#send(stream, stream.held);
    stream.held = stream.suspended === undefined ? record : this.#slow.hold(stream, record);
    if (record.view !== undefined && record.view !== stream.view && stream.suspended === undefined)
      this.#audiences.get(session)?.show(stream, record.view);
  }

  #show(viewers: ReadonlySet<Stream> | undefined, text: string, except: ReadonlySet<ConnectionId>): void {
    if (viewers === undefined) return;
    const frame = new SharedFrame(text);
    for (const stream of viewers) if (except.size === 0 || !except.has(stream.connection.id)) this.#write(stream, frame);
  }

  /** One of the view's viewers gets its own frame. */
  #showAlone(audience: Audience, { view, connection, frame }: NonNullable<Delivery['own']>[number]): void {
    const stream = this.#streams.get(connection);
    if (stream !== undefined && audience.viewers(view)?.has(stream) === true) this.#write(stream, new SharedFrame(frame));
  }

  #write(stream: Stream, frame: SharedFrame): void {
    this.connections.writesTotal += 1;
    const own = stream.held;
    stream.held = undefined;
    const kept = own === undefined ? stream.wire?.sendShared(frame) : stream.wire?.send(own, frame);
    if (kept === false) this.#slow.add(stream);
  }

  #release(record: ConnectionRecord): void {
    const stream = this.#streams.get(record.resumes ?? record.connection) ?? this.#streams.get(record.connection);
    if (stream === undefined) return;
    const own = stream.held;
    stream.held = undefined;
    if (own !== undefined && (own.frames.length > 0 || own.packed !== undefined || own.answers !== undefined)) this.#send(stream, own);
    if (record.close !== undefined) this.#close(stream.connection, causeOf(record.close.code, record.close.message));
  }

  #send(stream: Stream, own: OwnFrames): void {
    this.connections.writesTotal += 1;
    if (stream.wire?.send(own, undefined) === false) this.#slow.add(stream);
  }

  /** What the peer is to know before the end is already among the record's frames. */
  #close(connection: Connection, cause: Cause): void {
    this.#told = connection;
    if (isFinal(cause)) this.connections.end(connection, cause);
    else this.connections.drop(connection, cause);
    this.#told = undefined;
  }

  /** The session's first word about a connection: it is let in, or not. */
  #admitted(session: SessionId, record: ConnectionRecord): Stream | undefined {
    const connection = this.connections.get(record.connection);
    const pending = this.#pending.get(record.connection);
    if (connection === undefined || pending === undefined) return this.#tooLate(session, record);
    if (record.close !== undefined) return this.#notAdmitted(connection, record, causeOf(record.close.code, record.close.message));
    this.#pending.delete(record.connection);
    const accepted = this.connections.accept(connection, {
      ok: true,
      identity: pending.identity,
      session,
      resumes: record.resumes,
      policy: this.#policyFor(record.windowMs),
    });
    if (accepted === undefined) return undefined;
    this.#renewals.begin(accepted, pending.identity);
    return this.#streamOf(accepted, session);
  }

  #streamOf(connection: Connection, session: SessionId): Stream {
    const known = this.#streams.get(connection.id);
    known?.goOver();
    if (known !== undefined) return known;
    const stream = new Stream(connection, session);
    this.#streams.set(connection.id, stream);
    let audience = this.#audiences.get(session);
    if (audience === undefined) this.#audiences.set(session, (audience = new Audience()));
    audience.add(stream);
    return stream;
  }

  #notAdmitted(connection: Connection, record: ConnectionRecord, cause: Cause): undefined {
    this.connections.writesTotal += 1;
    connection.peer?.wire.send(record, undefined);
    this.#told = connection;
    this.connections.reject(connection, cause);
    this.#told = undefined;
  }

  /** The transport was gone before its session answered. A connection that came back over it is away again. */
  #tooLate(session: SessionId, { resumes }: ConnectionRecord): undefined {
    if (resumes === undefined) return;
    const older = this.connections.get(resumes);
    if (older?.peer !== undefined) this.connections.drop(older, causeOf('unavailable'));
    this.#host.detach(session, resumes);
  }

  #policyFor(windowMs: number | undefined): ConnectionPolicy | undefined {
    if (windowMs === undefined) return undefined;
    let policy = this.#policies.get(windowMs);
    if (policy === undefined) {
      policy = changePolicy(this.connections.policy, { reconnectWindowMs: windowMs });
      this.#policies.set(windowMs, policy);
    }
    return policy;
  }

  // -- from the lifecycle -------------------------------------------------------------------------------------------

  news(connection: Connection, news: News | 'refused'): void {
    switch (news) {
      case 'arrived':
      case 'returned':
        return;
      case 'refused':
        return this.#refused(connection);
      case 'lost':
        return this.#away(connection);
      case 'left':
      case 'expired':
      case 'ended':
        return this.#over(connection);
    }
  }

  lastWords(connection: Connection, cause: Cause): string | undefined {
    if (this.#told === connection) return undefined;
    const { message, retryAfterMs } = cause;
    return encodeFrame({ t: 'error', code: closeCodeOf(cause), message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }

  silent(connection: Connection, isSilent: boolean): void {
    if (connection.session === undefined) return;
    this.#host.notice(connection.session, { kind: isSilent ? 'silent' : 'heard', connection: connection.id });
  }

  swept(at: number): void {
    this.#presence.sweep(at, this.#clock.now() - this.#clock.monotonic());
    this.#renewals.sweep(this.#clock.now());
    this.#slow.sweep(at);
  }

  #refused({ id }: Connection): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending !== undefined) this.#host.detach(pending.session, id);
  }

  /** The session keeps the place: it is told once. */
  #away(connection: Connection): void {
    this.#renewals.end(connection);
    const stream = this.#streams.get(connection.id);
    if (stream === undefined) return;
    this.#slow.forget(stream);
    this.#presence.leave(stream);
    stream.goAway();
    this.#audiences.get(stream.session)?.show(stream, null);
    if (stream.isDetached) return;
    stream.isDetached = true;
    this.#host.detach(stream.session, connection.id);
  }

  #over(connection: Connection): void {
    this.#away(connection);
    const stream = this.#streams.get(connection.id);
    if (stream === undefined) return;
    this.#streams.delete(connection.id);
    const audience = this.#audiences.get(stream.session);
    audience?.remove(stream);
    if (audience?.size !== 0) return;
    this.#audiences.delete(stream.session);
    this.#presence.forget(stream.session);
  }
}

const NOBODY: ReadonlySet<ConnectionId> = new Set();
const NO_OWN: NonNullable<Delivery['own']> = [];
const FIRST = { first: true } as const;
const LATER = { first: false } as const;

/** After these a session keeps no place. */
function isFinal({ code, then }: Cause): boolean {
  return then === 'stop' || code === 'lost' || code === 'token-reused';
}

function misplaced(frame: ClientFrame): string {
  if (frame.t === 'hello') return 'A connection says hello once, as its first frame.';
  return 'A command came before the welcome; wait for it.';
}
