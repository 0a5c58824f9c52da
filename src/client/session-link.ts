import { dial, nextDue, startDialling, type DiallingEvent } from '../connection/dialling.ts';
import type { LifecycleEffect } from '../connection/lifecycle-events.ts';
import { CLIENT_POLICY, type ConnectionPolicy } from '../connection/lifecycle-policy.ts';
import { shiftTimes, type Cause, type ConnectionStatus } from '../connection/lifecycle-states.ts';
import type { ClientFrame, HelloFrame, PongFrame } from '../protocol/frames.ts';
import type { Random } from '../protocol/ports.ts';
import { HEARTBEAT_MS } from '../protocol/wire-limits.ts';
import { chance } from './chance.ts';
import { HoldfastError } from './holdfast-error.ts';
import type { OnInput } from './input-adapter.ts';
import { Line, type LinePorts, type UsableFrame } from './line.ts';
import type { Logger } from './logger.ts';
import type { Renewal } from './renewal.ts';
import type { OpenSocket } from './socket.ts';
import type { TokenSource } from './token-source.ts';
import type { TransportName, Transports } from './transport-choice.ts';
import type { OnWake } from './wake-adapter.ts';

/** A WebSocket that does not come through leaves a second of the five for the other transport. */
const POLICY: ConnectionPolicy = { ...CLIENT_POLICY, openTimeoutMs: 4_000 };
/** So long after a wake what a socket had received before it still comes out of its buffer. */
const BUFFERED_MS = 1_000;
/** More frames that make no sense than this within a minute end the session instead of trying for ever. */
const FAULTS_A_MINUTE = 5;
/** So long a login that this client gave up may still be on its way. */
const OVERTAKEN_MS = 60_000;

/** What takes the place of WebSocket where that does not come through, for one link. */
export interface Fallback {
  readonly open: OpenSocket;
  /** What the next try takes. */
  readonly next: TransportName;
  /** Something of the server came over it. */
  worked(): void;
  /** It ended before anything came, after so long. */
  failed(tookMs: number, webSocketEverWorked: boolean): void;
  /** Calls `works`, with the reason to go back, once a WebSocket comes through again, which `next` says then. The result stops the looking. */
  awaitWebSocket(works: (cause: Cause) => void): () => void;
}

export type LinkPorts = LinePorts & {
  readonly openSocket: OpenSocket;
  readonly random: Random;
  readonly logger: Logger;
  readonly tokens: TokenSource;
  readonly onWake: OnWake;
  readonly onInput?: OnInput | undefined;
  readonly transports: Transports | undefined;
  readonly loadFallback: () => Promise<Fallback | undefined>;
};

/** What the link needs from the session it serves. */
export interface LinkHost {
  /** The first frame of a new transport. */
  hello(token: string): HelloFrame;
  /** A frame came. What this throws counts as a fault of the frame. */
  receive(frame: UsableFrame): void;
  changed(): void;
  pong(frame: PongFrame): void;
  /** What the next `hello` leaves out: the position, or the connection of before, or with the instance all three. */
  startAfresh(what: 'position' | 'connection' | 'instance'): void;
}

/** A cause of this end's making, and the error behind it. */
type OwnCause = Cause & { readonly error?: HoldfastError };
type News = DiallingEvent extends infer Event ? (Event extends DiallingEvent ? Omit<Event, 'at' | 'random'> : never) : never;

/** Keeps one session connected: runs the lifecycle of its connection, and does what that says. */
export class SessionLink {
  readonly #ports: LinkPorts;
  readonly #host: LinkHost;
  readonly #url: string;
  #status: ConnectionStatus;
  #policy = POLICY;
  /** What happens while effects are done waits until they are done. */
  readonly #queue: DiallingEvent[] = [];
  #busy = false;
  #timer: { readonly dueAt: number; readonly cancel: () => void } | undefined;
  #transport: TransportName = 'websocket';
  #webSocketWorked = false;
  /** Loaded when a WebSocket did not come through. */
  #fallback: Promise<Fallback | undefined> | undefined;
  #stopWake: () => void = () => undefined;
  #stopLooking: () => void = () => undefined;
  /** The last one; once it is over it stays silent. */
  #line: Line | undefined;
  /** When this device or page last woke. */
  #wokenAt = 0;
  /** When the last one was begun; undefined once anything came over it, or it is over. */
  #silentSince: number | undefined;
  /** A login was sent and nothing has come of it yet; and when one was last given up. */
  #awaited = false;
  #gaveUpAt = -Infinity;
  #token = '';
  #renewal: Promise<Renewal | undefined> | undefined;
  #faultTimes: number[] = [];
  #shown: ConnectionStatus;

  constructor(ports: LinkPorts, url: string, host: LinkHost) {
    this.#ports = ports;
    this.#url = url;
    this.#host = host;
    this.#status = startDialling(ports.clock.monotonic(), POLICY).status;
    this.#shown = this.#inWallClock();
  }

  /** As it was when it last changed, in wall-clock time. */
  get status(): ConnectionStatus {
    return this.#shown;
  }

  get transport(): TransportName {
    return this.#transport;
  }

  /** A login was accepted, and nothing says that its transport is gone. */
  get usable(): boolean {
    return this.#status.state === 'live' || this.#status.state === 'suspect';
  }

  start(): void {
    this.#stopWake = this.#ports.onWake((what) => {
      this.#wokenAt = this.#ports.clock.monotonic();
      if (what !== 'offline') return this.#tell({ kind: 'woken' });
      // Says nothing of the transport.
      this.#silentSince = undefined;
      this.#drop({ code: 'unavailable', message: 'This device is offline.', then: 'reconnect' });
    });
    this.#do({ kind: 'open-transport', transport: this.#status.transport });
    this.#watchTime();
  }

  /** Frames are dropped unless the link is live: whoever sends repeats after `live` what still matters. */
  send(frame: ClientFrame): void {
    if (this.usable) this.#line?.send(frame);
  }

  /** Ends the connection for good. */
  stop(cause: Cause): void {
    this.#tell({ kind: 'evicted', cause });
  }

  #tell(news: News): void {
    // Frames come often, and nothing about them is left to chance.
    const random = news.kind === 'heard' ? 0 : chance(this.#ports.random);
    // The omitted fields are put back for every kind.
    this.#queue.push({ ...news, at: this.#ports.clock.monotonic(), random } as DiallingEvent);
    if (this.#busy) return;
    this.#busy = true;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) this.#step(event);
    this.#busy = false;
    this.#watchTime();
  }

  #step(event: DiallingEvent): void {
    const before = this.#status;
    const { status, effects } = dial(before, event, this.#policy);
    this.#status = status;
    if (status.state !== before.state || (status.state === 'reconnecting' && status !== before)) this.#changed();
    for (const effect of effects) this.#do(effect);
  }

  #changed(): void {
    if (!this.usable) {
      this.#stopLooking();
      void this.#renewal?.then((renewal) => renewal?.stop());
    }
    if (this.#status.state === 'closed') this.#stopWake();
    this.#shown = this.#inWallClock();
    this.#host.changed();
  }

  #inWallClock(): ConnectionStatus {
    const { clock } = this.#ports;
    return shiftTimes(this.#status, clock.now() - clock.monotonic());
  }

  #do(effect: LifecycleEffect): void {
    switch (effect.kind) {
      case 'open-transport':
        return void this.#open(effect.transport);
      case 'close-transport':
        if (effect.cause.then === 'stop') return this.#line?.close(1_000, effect.cause.code);
        this.#judgeTransport();
        return this.#line?.close();
      case 'present-login':
        this.#line?.send(this.#host.hello(this.#token));
        return this.#tell({ kind: 'login-presented', transport: effect.transport });
      case 'send-ping':
        return this.#line?.ping();
      case 'renew-credential':
        return void this.#renew();
      case 'start-afresh':
        return this.#host.startAfresh('instance');
      case 'announce':
        if (this.usable) this.#arrived();
    }
  }

  #arrived(): void {
    this.#line?.ping();
    if (this.#transport === 'websocket') return;
    void this.#fallback?.then((fallback) => {
      this.#stopLooking();
      this.#stopLooking = (this.usable && fallback?.awaitWebSocket((cause) => this.#returnToWebSocket(cause))) || (() => undefined);
    });
  }

  #returnToWebSocket(cause: Cause): void {
    this.#drop(cause);
    this.#tell({ kind: 'woken' });
  }

  async #open(transport: number): Promise<void> {
    const fails = (code: 'unavailable' | 'bad-request', message: string, cause: unknown) =>
      this.#tell({ kind: 'transport-closed', transport, cause: new HoldfastError(code, message, { cause }) });
    try {
      this.#token = await this.#ports.tokens.get();
    } catch (cause) {
      return fails('unavailable', 'The token function failed; it is asked again.', cause);
    }
    const { transports, loadFallback, openSocket } = this.#ports;
    if (transports === 'sse') this.#fallback ??= loadFallback();
    const fallback = await this.#fallback;
    if (this.#status.transport !== transport || this.#status.state !== 'connecting') return;
    // The network may have been gone: it is loaded again when it is needed next.
    if (!fallback) this.#fallback = fallback;
    if (!fallback && transports === 'sse') return fails('unavailable', 'The client did not load.', fallback);
    this.#transport = fallback?.next ?? 'websocket';
    try {
      this.#listen(transport, this.#transport === 'sse' && fallback ? fallback.open : openSocket);
    } catch (cause) {
      fails('bad-request', `No connection to ${this.#url}: ${String(cause)}`, cause);
    }
  }

  #listen(transport: number, open: OpenSocket): void {
    this.#silentSince = this.#ports.clock.monotonic();
    if (this.#awaited) this.#gaveUpAt = this.#silentSince;
    this.#awaited = false;
    this.#line = new Line(this.#ports, open, this.#url, {
      opened: () => {
        this.#awaited = true;
        this.#tell({ kind: 'transport-opened', transport });
      },
      heard: () => this.#heard(transport),
      frame: (frame) => {
        if ('reconnect' in frame) this.#policy = policyFor(frame.heartbeatMs ?? HEARTBEAT_MS);
        if ('expiresAt' in frame) this.#keepRenewed(frame);
        this.#host.receive(frame);
      },
      current: () => {
        this.#awaited = false;
        if (!this.usable) this.#tell({ kind: 'login-accepted', transport });
      },
      pong: (frame) => {
        if (frame.at >= this.#wokenAt) this.#tell({ kind: 'heard', transport });
        this.#host.pong(frame);
      },
      down: (error, fault) => this.#down(error, fault),
    });
  }

  /** Loaded where credentials end. */
  #keepRenewed(frame: { expiresAt?: number; now?: number }): void {
    const { clock, tokens } = this.#ports;
    const at = clock.now();
    this.#renewal ??= import('./renewal.ts').then(
      ({ Renewal }) =>
        new Renewal({
          clock,
          tokens,
          current: () => this.#token,
          send: (token) => this.send({ t: 'renew', token: (this.#token = token) }),
        }),
      () => (this.#renewal = undefined),
    );
    void this.#renewal.then((renewal) => renewal?.saw(frame, at));
  }

  #heard(transport: number): void {
    if (this.#silentSince !== undefined) {
      this.#silentSince = undefined;
      this.#webSocketWorked ||= this.#transport === 'websocket';
      void this.#fallback?.then((fallback) => fallback?.worked());
    }
    // Right after a wake, what lay in the buffer of a transport that died meanwhile is no sign of life: only an answer is.
    if (!this.usable || this.#ports.clock.monotonic() > this.#wokenAt + BUFFERED_MS) this.#tell({ kind: 'heard', transport });
  }

  /** The transport ends: if nothing came over it, another may do better. */
  #judgeTransport(): void {
    if (this.#silentSince === undefined) return;
    const tookMs = this.#ports.clock.monotonic() - this.#silentSince;
    this.#silentSince = undefined;
    if (this.#ports.transports !== 'websocket') this.#fallback ??= this.#ports.loadFallback();
    void this.#fallback?.then((fallback) => fallback?.failed(tookMs, this.#webSocketWorked));
  }

  #down(error: HoldfastError, fault: unknown): void {
    this.#judgeTransport();
    if (fault !== undefined) return this.#faulty(error, fault);
    if (error.code === 'token-reused') this.#host.startAfresh('connection');
    this.#tell({ kind: 'transport-closed', transport: this.#status.transport, cause: this.#judged(error) });
  }

  #judged(error: HoldfastError): OwnCause {
    // At a first join nobody waits for a seat unasked.
    if (error.code === 'full' && !this.#status.everLive) return withThen(error, 'stop');
    if (error.code !== 'replaced' || this.#ports.clock.monotonic() > this.#gaveUpAt + OVERTAKEN_MS) return error;
    // A try of its own that it had given up reached the server after the one that succeeded.
    this.#gaveUpAt = -Infinity;
    return withThen(error, 'reconnect');
  }

  #faulty(error: HoldfastError, fault: unknown): void {
    const now = this.#ports.clock.monotonic();
    this.#faultTimes = [...this.#faultTimes.filter((time) => now - time < 60_000), now];
    this.#ports.logger.error('Holdfast: a frame of the server made no sense', fault);
    this.#host.startAfresh('position');
    this.#drop(withThen(error, this.#faultTimes.length > FAULTS_A_MINUTE ? 'stop' : 'reconnect'));
  }

  #drop(cause: OwnCause): void {
    this.#tell({ kind: 'transport-dropped', transport: this.#status.transport, cause });
  }

  async #renew(): Promise<void> {
    const refusal = this.#status.state === 'reconnecting' ? this.#status.cause : undefined;
    try {
      const token = await this.#ports.tokens.renew(this.#token);
      if (token !== undefined) return this.#tell({ kind: 'credential-renewed' });
      if (refusal !== undefined) this.#tell({ kind: 'credential-failed', cause: refusal });
    } catch (cause) {
      const error = new HoldfastError('unavailable', 'The token function failed; it is asked again.', { cause });
      this.#tell({ kind: 'credential-failed', cause: error });
    }
  }

  /** One timer, for when time next matters. One that runs already is left alone when that has moved to later. */
  #watchTime(): void {
    const due = nextDue(this.#status, this.#policy);
    if (this.#timer !== undefined && due !== undefined && this.#timer.dueAt <= due) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (due === undefined) return;
    const { clock } = this.#ports;
    const cancel = clock.startTimer(due - clock.monotonic(), () => {
      this.#timer = undefined;
      this.#tell({ kind: 'time-passed' });
    });
    this.#timer = { dueAt: due, cancel };
  }
}

/** Patience in proportion to the server's heartbeat. */
function policyFor(heartbeatMs: number): ConnectionPolicy {
  if (!(heartbeatMs > 0)) throw new Error(`no heartbeat: ${heartbeatMs}`);
  return { ...POLICY, heartbeatMs, suspectAfterMs: 1.5 * heartbeatMs, deadAfterMs: 2.5 * heartbeatMs };
}

function withThen(error: HoldfastError, then: Cause['then']): OwnCause {
  return { code: error.code, message: error.message, then, error };
}

/** What a cause is for the application. */
export function errorOfCause(cause: OwnCause): HoldfastError {
  if (cause instanceof HoldfastError) return cause;
  return cause.error ?? new HoldfastError(cause.code === 'gone' ? 'unavailable' : cause.code, cause.message);
}
