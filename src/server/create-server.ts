import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connections } from '../connection/connections.ts';
import { SessionDelivery, type Authentication, type SessionHost } from '../connection/session-delivery.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import { QUOTAS } from '../session/quotas.ts';
import type { MakeSnapshot } from '../session/make-snapshot.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { Sessions } from '../session/sessions.ts';
import type { StoreInfo } from '../store/store.ts';
import type { OriginRule } from '../transport/origin-rule.ts';
import { SseTransport } from '../transport/sse-transport.ts';
import { WebSocketTransport, refuseUpgrade } from '../transport/web-socket-transport-adapter.ts';
import { archivesOf } from './archives-of.ts';
import { BackupFiles } from './backup-files-adapter.ts';
import { checkConnections, checkOptions, devOptions } from './check-options.ts';
import { checkVersions } from './check-versions.ts';
import type { DevAuth } from './dev-auth.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { directoryOf, quarantineHung } from './hung-session.ts';
import { HttpListener, mountOn, urlOf, type UpgradeHandler } from './http-listener-adapter.ts';
import { HttpSide } from './http-side.ts';
import { logConnectionEvent, logSessionEvent } from './log-events.ts';
import { loggerOf, type Logger } from './logger-adapter.ts';
import { OperatorActs } from './operator-acts.ts';
import type { Overload } from './overload.ts';
import { OverloadWatch } from './overload-watch.ts';
import { packText } from './pack-adapter.ts';
import { ServerOptionsError, type ServerOptions } from './server-options.ts';
import { openSignIns, type SignIns } from './sign-ins.ts';
import { staticFiles } from './static-files-adapter.ts';
import { systemClock } from './system-clock-adapter.ts';
import { createSystemRandom } from './system-random-adapter.ts';
import { SnapshotThread } from './snapshot-thread-adapter.ts';
import { WatchQuota } from './watch-quota.ts';
import { WatchTickets } from './watch-tickets.ts';
import { WebhookDeliverer } from './webhook-deliverer.ts';
import { webhookPost } from './webhook-post-adapter.ts';
import { Watchdog } from './watchdog-adapter.ts';

const DEFAULT_PORT = 4_700;
const DEFAULT_SWEEP_MS = 60_000;
const DEFAULT_HOST = '127.0.0.1';
/** A draining server asks its clients to come back this far from one another, */
const SPREAD_MS = 2;
/** and none later than this. */
const MOST_SPREAD_MS = 2_000;
/** How long clients have to answer a close before they are cut off. */
const CLOSING_MS = 3_000;

const NO_OPTIONS: Partial<ServerOptions> = {};

type Phase = 'stopped' | 'starting' | 'running' | 'stopping';

/** What exists only between start and stop. */
type Running = SignIns & {
  readonly sessions: Sessions;
  readonly transport: WebSocketTransport;
  readonly store: StoreInfo;
};

/** A live-session server: one process's sessions, connections and routes. Made by `createServer`. */
export class Server {
  /** Every connection, whether of this start or (none) before. */
  readonly connections: Connections;
  readonly #delivery: SessionDelivery;
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #origins: OriginRule;
  readonly #watches = new Set<() => void>();
  readonly #streams: SseTransport;
  readonly #tickets: WatchTickets;
  readonly #acts: OperatorActs | undefined;
  readonly #webhooks: WebhookDeliverer;
  readonly #http: HttpSide;
  #phase: Phase = 'stopped';
  #turn: Promise<void> = Promise.resolve();
  #running: Running | undefined;
  #overload: Overload | undefined;
  #undo: (() => Promise<void> | void)[] = [];
  /** Resolves once the last HTTP connection of our own listener is gone. */
  #listenerClosed: Promise<void> = Promise.resolve();
  #cutListener: () => void = () => undefined;
  #mountedOn: HttpServer | undefined;
  #url: string | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? createSystemRandom();
    this.#logger = loggerOf(options.logger);
    this.#origins = { allowed: options.origins ?? [], loopback: devOptions(options) !== undefined };
    this.#delivery = this.#createDelivery();
    this.connections = this.#delivery.connections;
    this.#streams = this.#createStreams();
    this.#tickets = new WatchTickets(this.#clock, this.#random);
    this.#acts = options.operators && new OperatorActs({ sessions: () => this.#whileRunning().sessions, clock: this.#clock });
    this.#webhooks = this.#createWebhooks();
    this.#http = this.#createHttpSide();
  }

  /** Where the server is reached, prefix included. Throws before start, and when it is mounted where it cannot know. */
  get url(): string {
    const base = this.#mountedOn === undefined ? this.#url : urlOf(this.#mountedOn, this.#options.host ?? DEFAULT_HOST);
    if (base === undefined || this.#running === undefined)
      throw new Error('The server has no address: it is not started, or it does not listen itself.');
    return base + this.#prefix;
  }

  /** The host's own way to its sessions. Throws while the server is not running. */
  get sessions(): HostedSessions {
    return this.#whileRunning().sessions;
  }

  /** What the store is and promises. Throws while the server is not running. */
  get store(): StoreInfo {
    return this.#whileRunning().store;
  }

  get isRunning(): boolean {
    return this.#phase === 'running';
  }

  get #prefix(): string {
    return this.#options.prefix ?? '';
  }

  /**
   * Checks everything, opens the store, starts the sessions, then listens. Rejects with every fault named; nothing stays
   * open then. Does nothing on a running server; works again after `stop`.
   */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  /**
   * Takes no new work, finishes what is under way, tells clients to come back, closes the store. Does nothing on a
   * stopped server.
   */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  /**
   * Stops for a restart: takes nothing new, asks each client to come back after a delay of its own, finishes what is under
   * way, writes snapshots and closes the store. Whoever does not let go is cut off at the deadline (default 10,000 ms); nothing
   * that was acknowledged is lost by that.
   */
  drain({ deadlineMs = 10_000 }: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.#inTurn(() => this.#drain(deadlineMs));
  }

  /** Development only: a new identity of that name and its token, as the route gives it to pages. */
  signIn(request: { readonly name: string; readonly role?: string | undefined }): ReturnType<DevAuth['signIn']> {
    return this.#devAuth().signIn(request);
  }

  /** Answers an HTTP request: for hosts that route themselves, as in `app.all('/live/*', (c) => server.fetch(c.req.raw))`. */
  fetch(request: Request): Response | Promise<Response> {
    return this.#http.fetch(request);
  }

  /** Takes an upgrade request of the host's HTTP server (its `upgrade` event). */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const transport = this.#running?.transport;
    if (transport === undefined) return refuseUpgrade(socket, 'shutting-down', 'The server is not running.');
    const path = (request.url ?? '/').split('?', 1)[0];
    if (path !== `${this.#prefix}/v1/connect`) return refuseUpgrade(socket, 'not-found', 'WebSockets connect at /v1/connect.');
    transport.upgrade(request, socket, head);
  }

  /** Mounts into an HTTP server that exists already: requests below the prefix are ours. The result takes it out again. */
  attach(httpServer: HttpServer): () => void {
    this.#mountedOn = httpServer;
    const unmount = mountOn(httpServer, this.#prefix, this.#http.handle, this.#onUpgrade);
    return () => {
      unmount();
      if (this.#mountedOn === httpServer) this.#mountedOn = undefined;
    };
  }

  readonly #onUpgrade: UpgradeHandler = (request, socket, head) => this.upgrade(request, socket, head);

  #whileRunning(): Running {
    if (this.#running === undefined) throw new Error('The server is not running: call start() first.');
    return this.#running;
  }

  /** Starts and stops follow one another, never overlap. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #start(): Promise<void> {
    if (this.#phase === 'running') return;
    const faults = checkOptions(this.#options);
    if (faults.length > 0) throw new ServerOptionsError(faults);
    this.#phase = 'starting';
    try {
      await this.#bringUp();
      this.#phase = 'running';
    } catch (error) {
      await this.#takeDown();
      throw error;
    }
  }

  async #bringUp(): Promise<void> {
    const { store } = this.#options;
    this.#undo.push(() => store.close());
    const info = await store.open();
    this.#logger.info({ store: info.kind, durability: info.durability, ...info.details }, 'store open');
    for (const regression of info.regressions) this.#logger.error(regression, 'the log of a session is shorter than it was');
    const { auth, dev, guests } = await openSignIns(this.#options, info, this.#random, this.#clock);
    if (dev === undefined && info.details['development'] === true) {
      this.#logger.warn(info.details, 'this data directory was made in development: what is in it may be from anyone');
    }
    await checkVersions(store, this.#options.sessions, this.#logger);
    await quarantineHung(store, info, this.#clock, this.#logger);
    const watch = this.#startWatchdog(info);
    const sessions = this.#createSessions(info, watch);
    const transport = this.#createTransport();
    this.#running = { sessions, transport, store: info, auth, dev, guests };
    this.#undo.push(() => this.#listenerClosed);
    this.connections.start();
    this.#undo.push(() => this.#closeConnections(transport));
    this.#watchOverload();
    await sessions.start();
    this.#undo.push(() => sessions.stop());
    this.#webhooks.start();
    this.#undo.push(() => this.#webhooks.stop());
    await this.#listen();
  }

  async #listen(): Promise<void> {
    const { host = DEFAULT_HOST, port = DEFAULT_PORT } = this.#options;
    if (port !== null && this.#mountedOn === undefined) {
      const listener = await HttpListener.listen(host, port, this.#http.handle, this.#onUpgrade, this.#options.http);
      this.#url = listener.url;
      this.#undo.push(() => this.#closeListener(listener));
    }
    this.#undo.push(() => {
      for (const end of this.#watches) end();
    });
    this.#logger.info({ url: this.#url, prefix: this.#prefix, dev: devOptions(this.#options) !== undefined }, 'server ready');
  }

  async #stop(): Promise<void> {
    if (this.#phase !== 'running') return;
    this.#phase = 'stopping';
    this.#logger.info({}, 'server stopping');
    await this.#takeDown();
    this.#logger.info({}, 'server stopped');
  }

  async #drain(deadlineMs: number): Promise<void> {
    if (this.#phase !== 'running') return;
    const transport = this.#running?.transport;
    transport?.refuseNew();
    this.#streams.refuseNew();
    const { open } = this.connections.counts();
    this.#logger.info({ connections: open, deadlineMs }, 'server draining');
    this.connections.drain(Math.min(MOST_SPREAD_MS, open * SPREAD_MS));
    const cancel = this.#clock.startTimer(deadlineMs, () => {
      transport?.terminate();
      this.#streams.terminate();
      this.#cutListener();
    });
    await this.#stop();
    cancel();
  }

  /** Undoes, last first, whatever a start did; one step failing does not keep the others from being undone. */
  async #takeDown(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        this.#logger.error({ err: error }, 'a step of stopping failed');
      }
    }
    this.#running = undefined;
    this.#url = undefined;
    this.#phase = 'stopped';
  }

  async #closeConnections(transport: WebSocketTransport): Promise<void> {
    this.connections.stop();
    const cancel = this.#clock.startTimer(CLOSING_MS, () => {
      transport.terminate();
      this.#streams.terminate();
    });
    await Promise.all([transport.stop(), this.#streams.stop()]);
    this.#tickets.clear();
    cancel();
  }

  /** Requests under way get the closing time too; sockets that became connections are closed after the sessions. */
  #closeListener(listener: HttpListener): void {
    const cancel = this.#clock.startTimer(CLOSING_MS, () => listener.cut());
    this.#cutListener = () => listener.cut();
    this.#listenerClosed = listener.close().then(cancel);
  }

  #createDelivery(): SessionDelivery {
    const host: SessionHost = {
      authenticate: (token) => this.#authenticate(token),
      attach: (session, request) => this.#running?.sessions.attach(session, request),
      receive: (session, connection, frame, bytes) => this.#running?.sessions.receive(session, connection, frame, bytes),
      refresh: (session, connection, upTo) => this.#running?.sessions.refresh(session, connection, upTo),
      notice: (session, notice) => this.#running?.sessions.notice(session, notice),
      renew: (session, connection, identity) => this.#running?.sessions.renew(session, connection, identity),
      detach: (session, connection) => this.#running?.sessions.detach(session, connection),
    };
    // What is wrong with them is said at the start, with all the rest.
    const { heartbeatMs, loginTimeoutMs, limits } = checkConnections(this.#options).length === 0 ? this.#options : NO_OPTIONS;
    const { maxUnsent, maxSuspendedMs } = this.#options;
    const slow = { maxUnsent, maxSuspendedMs };
    const delivery = new SessionDelivery({ clock: this.#clock, random: this.#random, host, heartbeatMs, loginTimeoutMs, limits, slow });
    delivery.connections.observe((event) => logConnectionEvent(this.#logger, event));
    return delivery;
  }

  #authenticate(token: string): Promise<Authentication> {
    const { auth } = this.#whileRunning();
    const watcher = this.#tickets.admit(token);
    return watcher === undefined ? auth.verify(token) : Promise.resolve(watcher);
  }

  #createSessions(info: StoreInfo, watch: Watchdog | undefined): Sessions {
    const {
      store,
      sessions,
      heartbeatMs,
      sweepEveryMs = DEFAULT_SWEEP_MS,
      sleepAfterMs,
      rhythm,
      quotas,
      authorize,
      openAccess,
    } = this.#options;
    return new Sessions({
      store,
      definitions: sessions,
      clock: this.#clock,
      random: this.#random,
      output: this.#delivery,
      durability: info.durability,
      budgets: this.#options.budgets,
      mayBegin: (type) => this.#overload?.mayBegin(type),
      watch,
      quotas,
      authorize,
      openAccess,
      observe: (event) => this.#observed(event),
      announce: this.#webhooks.announce,
      pack: this.#options.pack ?? packText,
      makeSnapshot: this.#startSnapshots(),
      heartbeatMs,
      sleepAfterMs,
      sweepEveryMs: sweepEveryMs ?? undefined,
      archives: archivesOf(store, info),
      rhythm,
    });
  }

  /** Large snapshots are made in a thread of its own, where that can read what is stored. */
  #startSnapshots(): MakeSnapshot | undefined {
    const source = this.#options.store.reader();
    if (source === undefined) return undefined;
    const thread = new SnapshotThread(source);
    this.#undo.push(() => thread.stop());
    return (order) => thread.make(order);
  }

  #createWebhooks(): WebhookDeliverer {
    const { store, webhooks = [] } = this.#options;
    const post = webhookPost();
    return new WebhookDeliverer({ store, webhooks, post, clock: this.#clock, random: this.#random, logger: this.#logger });
  }

  #observed(event: SessionEvent): void {
    logSessionEvent(this.#logger, event);
    if (event.kind === 'created' || event.kind === 'transition' || event.kind === 'ended') this.#webhooks.look();
  }

  /** What a machine has to do means nothing on a clock that is not the machine's. */
  #watchOverload(): void {
    const given = this.#options.overload ?? (this.#options.clock === undefined ? {} : false);
    if (given === false) return;
    const sessions = (): Sessions => this.#whileRunning().sessions;
    const watch = new OverloadWatch({ given, clock: this.#clock, sessions, logger: this.#logger });
    this.#overload = watch.overload;
    watch.start();
    this.#undo.push(() => {
      watch.stop();
      this.#overload = undefined;
    });
  }

  #startWatchdog(info: StoreInfo): Watchdog | undefined {
    const { hangMs = 0 } = this.#options;
    if (hangMs === 0) return undefined;
    const watchdog = new Watchdog({ hangMs, dir: directoryOf(info) });
    this.#undo.push(() => watchdog.stop());
    return watchdog;
  }

  #createTransport(): WebSocketTransport {
    const { maxPayload, suspendAbove, trustedProxies } = this.#options;
    return new WebSocketTransport({ connections: this.connections, origins: this.#origins, maxPayload, suspendAbove, trustedProxies });
  }

  #createStreams(): SseTransport {
    const { maxPayload, suspendAbove, trustedProxies } = this.#options;
    return new SseTransport({ connections: this.connections, clock: this.#clock, maxPayload, suspendAbove, trustedProxies });
  }

  #createHttpSide(): HttpSide {
    const dev = devOptions(this.#options) !== undefined;
    const routes = {
      prefix: this.#prefix,
      clock: this.#clock,
      store: this.#options.store,
      sessions: () => this.sessions,
      connections: this.connections,
      serving: () => this.#phase === 'running',
      overload: () => this.#overload,
      watches: this.#watches,
      devAuth: dev ? () => this.#devAuth() : undefined,
      streams: this.#streams,
      tickets: this.#tickets,
      durability: () => this.store.durability,
      definitions: this.#options.sessions,
      webhooks: this.#webhooks,
      acts: this.#acts,
      backups: () => new BackupFiles(this.#options.store, directoryOf(this.store)),
      quota: new WatchQuota(this.#options.quotas?.watches ?? QUOTAS.watches),
      invites: {
        sessions: () => this.#whileRunning().sessions,
        guests: () => this.#whileRunning().guests,
        random: this.#random,
        trustedProxies: this.#options.trustedProxies ?? [],
      },
    };
    return new HttpSide({
      routes,
      prefix: this.#prefix,
      authenticate: (token) => this.#authenticate(token),
      operators: this.#options.operators && this.#acts?.gate(this.#options.operators),
      serving: () => this.#running !== undefined,
      origins: this.#origins,
      random: this.#random,
      logger: this.#logger,
      fallback: this.#options.static === undefined ? undefined : staticFiles(this.#options.static),
    });
  }

  #devAuth(): DevAuth {
    const { dev } = this.#whileRunning();
    if (dev === undefined) throw new Error('Signing in without a credential is for development: start the server with `dev`.');
    return dev;
  }
}

/**
 * A live-session server.
 *
 * @example
 * const server = createServer({ sessions: [tabletop], store: sqliteStore({ dir: './holdfast-data' }), dev: true });
 * await server.start();
 * console.log(server.url);
 */
export function createServer(options: ServerOptions): Server {
  return new Server(options);
}
