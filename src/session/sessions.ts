import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ClientFrame, Durability } from '../protocol/frames.ts';
import type { ConnectionId, InstanceId, LogId, ParticipantId, Position, Seq, SessionId, Tag } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { AttachRequest, Clock, DeliveryPort, Identity, Random, SessionPort } from '../protocol/ports.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import type { CatalogueQuery, CatalogueRow, LogDamage, Store } from '../store/store.ts';
import { base64url } from './base64url.ts';
import type { Pack } from './catch-up.ts';
import { Committer, DEFAULT_RHYTHM, type CommitRhythm } from './committer.ts';
import { firstState, type CreateRequest } from './creation.ts';
import { endOfConnection } from './end-of-connection.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import { Residence } from './residence.ts';
import type { SessionEvent } from './session-event.ts';
import type { Accepted } from './execution.ts';
import { Session, type ObservedEvent, type SessionSurroundings } from './session.ts';
import { emptyTree } from './tree.ts';

export type SessionsOptions = {
  readonly store: Store;
  readonly definitions: readonly SessionDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  /** Where everything for connections goes. */
  readonly output: DeliveryPort;
  /** What the store promises, as it said when it was opened. */
  readonly durability: Durability;
  readonly observe?: ((event: SessionEvent) => void) | undefined;
  /** Clients send something at least this often. Default 15,000 ms. */
  readonly heartbeatMs?: number | undefined;
  readonly rhythm?: Partial<CommitRhythm> | undefined;
  /** Compresses snapshots for joiners; without it they travel as text. */
  readonly pack?: Pack | undefined;
  /** A session nobody uses leaves memory after this time. Default 60,000 ms. */
  readonly sleepAfterMs?: number | undefined;
};

/** How a request names who is asking: the host itself, or a verified identity. */
export type Asker = 'system' | Identity;

/** A command that comes without a connection. */
export type RunRequest = {
  readonly as: Asker;
  readonly command: string;
  readonly args: JsonValue;
  /** The seq that the decision was based on. */
  readonly basis?: Seq | undefined;
  /** Only together with `number`: the command is one of that instance's. */
  readonly instance?: InstanceId | undefined;
  readonly number?: number | undefined;
  /** Lowest number still unanswered. Default: `number` itself. */
  readonly low?: number | undefined;
};

export type SessionStatusReport = {
  readonly awake: boolean;
  readonly connections: number;
  readonly health: 'ok' | 'quarantined';
  readonly damage?: LogDamage | undefined;
};

export type SessionCounts = {
  readonly awake: number;
  readonly connections: number;
  readonly commands: number;
  readonly rejected: number;
  readonly events: number;
  readonly commits: number;
  readonly quarantined: number;
};

/** All sessions of one server: creates, wakes, runs and reads them. The store is opened and closed by the owner of both. */
export class Sessions implements SessionPort {
  readonly #store: Store;
  readonly #definitions: ReadonlyMap<string, SessionDefinition>;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #committer: Committer;
  readonly #around: SessionSurroundings;
  readonly #residence: Residence;
  readonly #observe: (event: SessionEvent) => void;
  readonly #watchers = new Set<(row: CatalogueRow) => void>();
  readonly #counts = { commands: 0, rejected: 0, events: 0 };
  #full = false;
  #cancelProbe: (() => void) | undefined;
  #accepting = false;

  constructor(options: SessionsOptions) {
    this.#store = options.store;
    this.#definitions = new Map(options.definitions.map((definition) => [definition.name, definition]));
    this.#random = options.random;
    this.#clock = options.clock;
    this.#observe = options.observe ?? (() => undefined);
    this.#committer = new Committer(options.store, options.clock, { ...DEFAULT_RHYTHM, ...options.rhythm });
    this.#around = this.#surroundings(options);
    this.#residence = new Residence(this.#around, this.#definitions, options.sleepAfterMs ?? 60_000);
  }

  /** From now on requests are taken. */
  async start(): Promise<void> {
    this.#accepting = true;
    this.#residence.start();
    return Promise.resolve();
  }

  /** Refuses new work, ends every connection with a code that says to come back, finishes the batch, stores snapshots. */
  async stop(): Promise<void> {
    this.#accepting = false;
    this.#cancelProbe?.();
    await this.#committer.drained();
    for (const session of this.#residence.awake()) session.closeAll(refuse('shutting-down'));
    await this.#residence.stop(this.#committer);
  }

  // -- connections ------------------------------------------------------------------------------------------------

  attach(session: SessionId, request: AttachRequest): void {
    if (!this.#accepting) return this.#refuseConnection(session, request.connection, refuse('shutting-down'));
    this.#residence.use(session, request.connection, (found) => {
      if (found instanceof Session) found.attach(request);
      else this.#refuseConnection(session, request.connection, found);
    });
  }

  receive(session: SessionId, connection: ConnectionId, frame: ClientFrame): void {
    if (frame.t === 'command' || frame.t === 'diverged') this.#residence.find(session)?.receive(connection, frame);
  }

  refresh(session: SessionId, connection: ConnectionId, upTo: Seq): void {
    this.#residence.find(session)?.refresh(connection, upTo);
  }

  detach(session: SessionId, connection: ConnectionId): void {
    this.#residence.forget(session, connection);
    this.#residence.find(session)?.detach(connection);
  }

  #refuseConnection(session: SessionId, connection: ConnectionId, refusal: Refusal): void {
    this.#around.output.deliver({ session, upTo: 0, records: [endOfConnection(connection, refusal)], frames: [] });
  }

  // -- the host's requests ----------------------------------------------------------------------------------------

  /** Creates a session; resolves once its first event is durable. */
  async create(request: CreateRequest): Promise<Outcome<{ row: CatalogueRow }>> {
    if (!this.#accepting) return refuse('shutting-down');
    const definition = this.#definitions.get(request.type);
    if (definition === undefined)
      return refuse(
        'unknown-type',
        `This server hosts no session type '${request.type}'; it hosts: ${[...this.#definitions.keys()].join(', ')}.`,
      );
    if (this.#full) return refuse('disk-full');
    const first = firstState(definition, request, this.#clock.now());
    if (!first.ok) return first;
    const id = request.session ?? (base64url(this.#random.bytes(16)) as SessionId);
    if ((await this.#store.get(id)) !== undefined) return refuse('bad-request', 'A session with this id exists already.');
    const session = this.#newSession(id, definition);
    const dropped = await new Promise<Refusal | undefined>((settle) => {
      session.create(
        first.meta,
        first.state,
        base64url(this.#random.bytes(32)),
        request.by === 'system' ? 'system' : request.by.id,
        settle,
      );
    });
    if (dropped !== undefined) return dropped;
    this.#observe({ kind: 'created', session: id, type: definition.name, who: request.by === 'system' ? 'system' : request.by.id });
    return this.#row(id);
  }

  /**
   * Runs a command as the host (`system`) or as a participant; resolves once it is durable. With the `instance` that a login
   * issued to the participant and a `number`, exactly once: the same again gets the first answer.
   */
  async run(session: SessionId, request: RunRequest): Promise<Outcome<Accepted>> {
    const { as, command, ...rest } = request;
    return this.#withSession(session, (found, settle) => found.run(as, { ...rest, name: command }, settle));
  }

  /** Ends a session for good. Its state stays readable. */
  async end(session: SessionId, by: Asker, reason?: string): Promise<Outcome<Accepted>> {
    return this.run(session, { as: by, command: '@end', args: reason ?? null });
  }

  /** The session as `as` may see it ('system': everything), at a durable position. */
  async read(
    session: SessionId,
    as: ParticipantId | 'system',
  ): Promise<Outcome<{ position: Position; meta: JsonObject; state: JsonObject }>> {
    return this.#withSession(session, (found, settle) => found.read(as, settle));
  }

  /** The catalogue's row; undefined when there is no such session. */
  get(session: SessionId): Promise<CatalogueRow | undefined> {
    return this.#store.get(session);
  }

  list(query: CatalogueQuery): Promise<readonly CatalogueRow[]> {
    return this.#store.list(query);
  }

  /** Calls `watcher` with every row that changes, after the change is durable. */
  watchCatalogue(watcher: (row: CatalogueRow) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Calls `observer` for every event of an awake session once it is durable; keeps the session awake. */
  async observeSession(session: SessionId, observer: (event: ObservedEvent) => void): Promise<Outcome<{ stop: () => void }>> {
    return this.#withSession(session, (found, settle) => settle({ ok: true, stop: found.observe(observer) }));
  }

  status(session: SessionId): SessionStatusReport {
    const found = this.#residence.find(session);
    const damage = this.#residence.damageOf(session);
    return {
      awake: found !== undefined,
      connections: found?.connections ?? 0,
      health: damage === undefined ? 'ok' : 'quarantined',
      damage,
    };
  }

  counts(): SessionCounts {
    const awake = this.#residence.awake();
    const connections = awake.reduce((sum, session) => sum + session.connections, 0);
    return {
      awake: awake.length,
      connections,
      ...this.#counts,
      commits: this.#committer.commits,
      quarantined: this.#residence.quarantined,
    };
  }

  #withSession<T>(id: SessionId, use: (session: Session, settle: (outcome: Outcome<T>) => void) => void): Promise<Outcome<T>> {
    if (!this.#accepting) return Promise.resolve(refuse('shutting-down'));
    return new Promise((settle) => {
      this.#residence.use(id, undefined, (found) => {
        if (found instanceof Session) use(found, settle);
        else settle(found);
      });
    });
  }

  #newSession(id: SessionId, definition: SessionDefinition): Session {
    const logId = base64url(this.#random.bytes(8)) as LogId;
    const tag = base64url(this.#random.bytes(8)) as Tag;
    const start = {
      session: id,
      definition,
      logId,
      epoch: 1,
      tag,
      tree: emptyTree(),
      head: 0,
      hash: GENESIS_HASH,
      fields: undefined,
      fromSnapshot: 0,
    };
    const session = new Session(start, this.#around);
    this.#residence.add(session);
    return session;
  }

  async #row(id: SessionId): Promise<Outcome<{ row: CatalogueRow }>> {
    const row = await this.#store.get(id);
    return row === undefined ? refuse('unavailable') : { ok: true, row };
  }

  // -- what sessions share ----------------------------------------------------------------------------------------

  #surroundings(options: SessionsOptions): SessionSurroundings {
    return {
      store: options.store,
      clock: options.clock,
      random: options.random,
      output: options.output,
      committer: this.#committer,
      durability: options.durability,
      heartbeatMs: options.heartbeatMs ?? 15_000,
      pack: options.pack,
      observe: this.#observe,
      isFull: () => this.#full,
      dropped: (session, result) => {
        this.#residence.remove(session);
        const reason =
          result.outcome === 'failed'
            ? result.message
            : result.outcome === 'refused'
              ? result.reason
              : `epoch ${result.epoch}, seq ${result.seq}`;
        this.#observe({ kind: 'append-failed', session: session.id, seq: session.log.durable, outcome: result.outcome, reason });
        if (result.outcome === 'failed' && result.full) this.#becomeFull();
      },
      rowChanged: (session, rev) => this.#rowChanged(session, rev),
      count: (what) => void (this.#counts[what] += 1),
    };
  }

  #rowChanged({ id, log }: Session, rev: number): void {
    const { fields } = log;
    if (fields === undefined || this.#watchers.size === 0) return;
    const row: CatalogueRow = {
      ...fields,
      session: id,
      logId: log.logId,
      epoch: log.epoch,
      headSeq: log.durable,
      rev,
      updatedAt: log.tree.internal.at,
    };
    for (const watcher of this.#watchers) watcher(row);
  }

  /** No room on the disk: game commands are refused until a real write with room to spare succeeds again. */
  #becomeFull(): void {
    if (this.#full) return;
    this.#full = true;
    this.#observe({ kind: 'disk-full', full: true });
    this.#probeLater();
  }

  #probeLater(): void {
    this.#cancelProbe = this.#clock.startTimer(1_000, () => {
      this.#store.probe().then(
        () => {
          this.#full = false;
          this.#observe({ kind: 'disk-full', full: false });
        },
        () => this.#probeLater(),
      );
    });
  }
}
