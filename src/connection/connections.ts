import { CODES, type CloseCode } from '../protocol/codes.ts';
import type { HelloFrame } from '../protocol/frames.ts';
import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { Clock, Identity, Random } from '../protocol/ports.ts';
import { causeOf, closeCodeOf } from './cause.ts';
import type { ConnectionCounts, ConnectionEvent } from './connection-events.ts';
import type { Admission, ConnectionHooks, ConnectionsOptions } from './connection-hooks.ts';
import { ConnectionIndex, type ConnectionFilter } from './connection-index.ts';
import { changeLimits, type ConnectionLimits } from './connection-limits.ts';
import { ConnectionTally } from './connection-tally.ts';
import { Connection, type ConnectionInfo } from './connection.ts';
import { FrameLimits } from './frame-limits.ts';
import { jitter } from './jitter.ts';
import type { LifecycleEffect, LifecycleEvent, News } from './lifecycle-events.ts';
import { SERVER_POLICY, type ConnectionPolicy } from './lifecycle-policy.ts';
import type { Cause, ConnectionStatus } from './lifecycle-states.ts';
import { nextDue, startAccepted, transition } from './lifecycle.ts';
import { OpeningLimits } from './opening-limits.ts';
import { Peer } from './peer.ts';
import { Reports } from './reports.ts';
import { Sweep } from './sweep.ts';
import type { Wire } from './wire.ts';

/**
 * The many connections of a host, each logged in, timed out and brought back on its own. It knows nothing of how bytes
 * travel, nor of what they mean.
 */
export class Connections<Login = HelloFrame, Who extends { readonly id: string } = Identity> {
  readonly policy: ConnectionPolicy;
  readonly limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #hooks: ConnectionHooks<Login, Who>;
  readonly #index = new ConnectionIndex<Who>();
  readonly #reports = new Reports<Who>();
  readonly #tally = new ConnectionTally();
  readonly #frames: FrameLimits;
  readonly #openings: OpeningLimits;
  readonly #sweep: Sweep;
  /** Writes to peers, counted by whoever writes. */
  writesTotal = 0;

  constructor(options: ConnectionsOptions<Login, Who>) {
    this.policy = options.policy ?? SERVER_POLICY;
    this.limits = changeLimits(options.limits ?? {});
    this.#clock = options.clock;
    this.#random = options.random;
    this.#hooks = options.hooks;
    this.#frames = new FrameLimits(this.limits);
    this.#openings = new OpeningLimits(this.limits, this.#random);
    this.#sweep = new Sweep(this.#clock, this.policy, (at) => this.#swept(at));
  }

  /** How often a peer should say something. */
  get heartbeatMs(): number {
    return this.policy.heartbeatMs;
  }

  /** Begins to look at the time. */
  start(): void {
    this.#sweep.start();
  }

  /** Ends every connection, also those whose place is kept, and looks at the time no more. */
  stop(code: CloseCode = 'shutting-down'): void {
    this.#sweep.stop();
    const cause = causeOf(code);
    for (const connection of this.#index.all()) this.#tell(connection, { kind: 'evicted', at: this.#now(), cause });
  }

  /**
   * Closes every transport for a while and keeps the places: each peer is asked to come back after a time of its own,
   * spread evenly over `spreadMs`.
   */
  drain(spreadMs: number): void {
    const all = [...this.#index.all()].filter((connection) => connection.peer !== undefined);
    for (const [place, connection] of all.entries()) {
      const cause = causeOf('shutting-down', CODES['shutting-down'].message, Math.round((spreadMs * place) / all.length));
      this.#tell(connection, { kind: 'drained', at: this.#now(), random: 0, cause });
    }
  }

  // -- transports ---------------------------------------------------------------------------------------------------

  /** Whether another transport may come from this address; if not, why, and after how long to try again. */
  turnsAway(address: string | undefined): Cause | undefined {
    return this.#openings.turnsAway(address, { at: this.#now(), open: this.#tally.open, live: this.#tally.live });
  }

  /** A transport has come. Its messages are then given to `receive`, and its end to `gone`. */
  open(kind: string, wire: Wire, credential?: string): Peer<Who> {
    const at = this.#now();
    const number = this.#tally.opened();
    const connection = new Connection<Who>(this.#newId(), this.#clock, at, this.policy, startAccepted(number, at, this.policy));
    const start = { credential, allowance: this.limits.connectionFrames.burst, at: this.#sweep.lastAt };
    const peer = new Peer<Who>(kind, number, wire, connection, start);
    connection.goOver(peer);
    connection.dueAt = nextDue(connection.lifecycle, this.policy) ?? Infinity;
    this.#index.add(connection);
    this.#reports.report({ kind: 'opened', connection });
    return peer;
  }

  /** A message came. The one place that catches what a connection can throw, so that it ends that connection alone. */
  receive(peer: Peer<Who>, message: string): void {
    const { connection } = peer;
    if (connection.peer !== peer) return;
    this.#tally.received();
    connection.heardAt = this.#sweep.lastAt;
    const waitMs = this.#frames.take(peer, connection.heardAt);
    if (waitMs > 0) return this.#limit(connection, waitMs);
    if (connection.lifecycle.state === 'suspect') this.#hear(connection, this.#now());
    try {
      this.#hooks.receive(connection, message);
    } catch (error) {
      this.fail(connection, error);
    }
  }

  /** The peer gave a sign of life that is no message. */
  heard(peer: Peer<Who>): void {
    const { connection } = peer;
    if (connection.peer !== peer) return;
    connection.heardAt = this.#sweep.lastAt;
    if (connection.lifecycle.state === 'suspect') this.#hear(connection, this.#now());
  }

  /** The peer broke the transport's own rules. */
  refuse(peer: Peer<Who>, code: CloseCode, message: string): void {
    if (peer.connection.peer === peer) this.drop(peer.connection, causeOf(code, message));
  }

  /** The transport lost its peer. Idempotent; a late call about a transport that was replaced or closed changes nothing. */
  gone(peer: Peer<Who>): void {
    if (peer.connection.peer !== peer) return;
    this.#tell(peer.connection, { kind: 'transport-closed', at: this.#now(), transport: peer.number, random: 0, cause: GONE });
  }

  // -- logins -------------------------------------------------------------------------------------------------------

  /** A login came: `admit` is asked. False when it may not come now: one was presented before. */
  login(connection: Connection<Who>, login: Login): boolean {
    const { lifecycle, peer } = connection;
    if (lifecycle.state !== 'connected') return false;
    this.#tell(connection, { kind: 'login-presented', at: this.#now(), transport: lifecycle.transport });
    this.#hooks.admit(login, connection)?.then(
      (admission) => {
        if (connection.peer !== peer) return;
        if (!admission.ok) return this.reject(connection, admission.cause);
        const accepted = this.accept(connection, admission);
        if (accepted !== undefined) this.#hooks.admitted?.(accepted);
      },
      (error: unknown) => this.fail(connection, error),
    );
    return true;
  }

  /**
   * The login is accepted. The result is the connection as which it goes on, which is another one when it resumes; undefined
   * when it came too late.
   */
  accept(connection: Connection<Who>, admission: Extract<Admission<Who>, { ok: true }>): Connection<Who> | undefined {
    if (connection.lifecycle.state !== 'authenticating' || connection.peer === undefined) return undefined;
    const { resumes } = admission;
    const older = resumes === undefined ? undefined : this.#index.get(resumes);
    if (older !== undefined && older !== connection && older.lifecycle.everLive) return this.#moveOnto(older, connection, admission);
    if (resumes !== undefined && older === undefined) this.#index.rename(connection, resumes);
    connection.identity = admission.identity;
    connection.session = admission.session;
    connection.policy = admission.policy ?? connection.policy;
    this.#index.bind(connection);
    this.#tell(connection, { kind: 'login-accepted', at: this.#now(), transport: connection.lifecycle.transport });
    return connection;
  }

  reject(connection: Connection<Who>, cause: Cause): void {
    const { transport } = connection.lifecycle;
    this.#tell(connection, { kind: 'login-refused', at: this.#now(), random: 0, transport, cause });
  }

  /** The earlier connection goes on over the transport of the one that has just logged in. */
  #moveOnto(older: Connection<Who>, newer: Connection<Who>, admission: Extract<Admission<Who>, { ok: true }>): Connection<Who> {
    const [peer, before] = [newer.peer as Peer<Who>, older.peer];
    const at = this.#now();
    newer.peer = undefined;
    this.#tell(newer, { kind: 'handed-over', at });
    if (before !== undefined) this.#tally.closed('replaced');
    older.goOver(peer);
    older.policy = admission.policy ?? older.policy;
    older.heardAt = at;
    this.#tell(older, { kind: 'resumed', at, transport: peer.number }, before);
    return older;
  }

  // -- what the host decides ----------------------------------------------------------------------------------------

  /** Gives up the transport. What becomes of the connection follows from the cause's `then` and its policy. */
  drop(connection: Connection<Who>, cause: Cause): void {
    const { transport } = connection.lifecycle;
    this.#tell(connection, { kind: 'transport-dropped', at: this.#now(), random: 0, transport, cause });
  }

  /** Ends a connection for good. */
  end(connection: Connection<Who>, cause: Cause): void {
    this.#tell(connection, { kind: 'evicted', at: this.#now(), cause });
  }

  /** Ends one connection for good, with a code for its peer. False when there is no such connection. */
  evict(id: ConnectionId, code: CloseCode, message?: string): boolean {
    const connection = this.#index.get(id);
    if (connection === undefined) return false;
    this.end(connection, causeOf(code, message));
    return true;
  }

  /** Something inside the host failed on this connection's account: its transport is given up, the others go on. */
  fail(connection: Connection<Who>, error: unknown): void {
    this.#reports.report({ kind: 'failed', connection, error });
    this.drop(connection, causeOf('internal'));
  }

  /** Sends a message to one connection. False when it is not logged in, or away. */
  send(id: ConnectionId, message: string): boolean {
    const connection = this.#index.get(id);
    if (connection?.peer === undefined || connection.identity === undefined) return false;
    this.writesTotal += 1;
    if (!connection.peer.wire.send({ frames: [message] }, undefined)) this.drop(connection, causeOf('too-slow'));
    return true;
  }

  // -- looking ------------------------------------------------------------------------------------------------------

  get(id: ConnectionId): Connection<Who> | undefined {
    return this.#index.get(id);
  }

  /** Every connection that fits the filter, those whose place is kept (`reconnecting`) among them. */
  all(filter: ConnectionFilter = {}): readonly ConnectionInfo<Who>[] {
    return this.#index.find(filter);
  }

  /** All connections of one identity. */
  ofIdentity(id: string): readonly ConnectionInfo<Who>[] {
    return this.all({ identity: id });
  }

  /** All connections that talk to one session. */
  ofSession(session: SessionId): readonly ConnectionInfo<Who>[] {
    return this.all({ session });
  }

  /** Tells `observer` of every step of every connection, or of one. The result ends that. */
  observe(observer: (event: ConnectionEvent<Who>) => void, id?: ConnectionId): () => void {
    return this.#reports.observe(observer, id);
  }

  counts(): ConnectionCounts {
    return { ...this.#tally.counts(), writesTotal: this.writesTotal, turnedAwayTotal: this.#openings.counts() };
  }

  // -- the machine --------------------------------------------------------------------------------------------------

  #tell(connection: Connection<Who>, event: LifecycleEvent, peer = connection.peer): void {
    const before = connection.lifecycle;
    const { status, effects } = transition(before, event, connection.policy);
    if (status === before) return;
    connection.lifecycle = status;
    connection.dueAt = nextDue(status, connection.policy) ?? Infinity;
    if (status.state !== before.state) this.#changed(connection, before, status);
    for (const effect of effects) this.#perform(connection, effect, peer);
    if (status.state !== 'closed') return;
    if (!status.everLive && event.kind !== 'handed-over') this.#tellNews(connection, 'refused', status.reason);
    this.#reports.forget(connection.id);
  }

  #changed(connection: Connection<Who>, before: ConnectionStatus, after: ConnectionStatus): void {
    this.#tally.changed(before, after);
    if (after.state === 'suspect') this.#hooks.silent?.(connection, true);
    else if (before.state === 'suspect' && after.state === 'live') this.#hooks.silent?.(connection, false);
    if (after.state === 'closed') this.#index.remove(connection);
    if ((after.state === 'closed' || after.state === 'reconnecting') && connection.peer !== undefined) {
      connection.peer = undefined;
      const { code } = after.state === 'closed' ? after.reason : after.cause;
      this.#tally.closed(code === 'gone' ? code : closeCodeOf({ code, message: '', then: 'retry' }));
    }
  }

  #perform(connection: Connection<Who>, effect: LifecycleEffect, peer: Peer<Who> | undefined): void {
    switch (effect.kind) {
      case 'close-transport':
        return peer?.wire.close(closeCodeOf(effect.cause), this.#hooks.lastWords?.(connection, effect.cause));
      case 'send-ping':
        return peer?.wire.ping?.();
      case 'announce':
        return this.#announce(connection, effect.news, effect.cause);
      case 'open-transport':
      case 'present-login':
      case 'renew-credential':
      case 'start-afresh':
        return; // for ends that dial
    }
  }

  #announce(connection: Connection<Who>, found: News, cause: Cause | undefined): void {
    // The host may be the one who knows that the window is over.
    this.#tellNews(connection, cause?.code === 'lost' && found === 'ended' ? 'expired' : found, cause);
  }

  #tellNews(connection: Connection<Who>, news: News | 'refused', cause: Cause | undefined): void {
    this.#hooks.news?.(connection, news, cause);
    if (news === 'arrived' || news === 'returned') this.#reports.report({ kind: news, connection });
    else if (cause !== undefined) this.#reports.report({ kind: news, connection, cause });
  }

  #hear(connection: Connection<Who>, at: number): void {
    this.#tell(connection, { kind: 'heard', at, transport: connection.lifecycle.transport });
  }

  #swept(at: number): void {
    for (const connection of this.#index.all()) if (connection.dueAt <= at) this.#look(connection, at);
    this.#frames.sweep(at);
    this.#openings.sweep(at);
    this.#hooks.swept?.(at);
  }

  #look(connection: Connection<Who>, at: number): void {
    const { lifecycle } = connection;
    if (lifecycle.state === 'live' && connection.heardAt > lifecycle.heardAt) this.#hear(connection, connection.heardAt);
    if (connection.dueAt <= at) this.#tell(connection, { kind: 'time-passed', at, random: 0 });
  }

  #limit(connection: Connection<Who>, waitMs: number): void {
    this.drop(connection, causeOf('rate-limited', CODES['rate-limited'].message, waitMs + jitter(this.limits.turnAwayMs, this.#random)));
  }

  #now(): number {
    return this.#clock.monotonic();
  }

  #newId(): ConnectionId {
    let id = '';
    for (const byte of this.#random.bytes(12)) id += byte.toString(16).padStart(2, '0');
    return id as ConnectionId;
  }
}

const GONE: Cause = { code: 'gone', message: 'The peer closed the connection or the network lost it.', then: 'reconnect' };
