import type { SessionDefinition } from '../definition/session-definition.ts';
import type {
  AckFrame,
  CommandFrame,
  RejectFrame,
  ResumedFrame,
  ServerFrame,
  SnapshotFrame,
  TailFrame,
  WelcomeFrame,
} from '../protocol/frames.ts';
import type { ConnectionId, InstanceId, ParticipantId, Position, SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { AttachRequest, Delivery, DeliveryPort, Identity, PresenceDelivery, PresenceGroup, ViewId } from '../protocol/ports.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { Sessions, type SessionsOptions } from '../session/sessions.ts';
import type { CommitRhythm } from '../session/committer.ts';
import type { Store } from '../store/store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { PresenceReader } from './presence-reader.ts';
import { SeededBytes } from './seeded-bytes.ts';
import { VirtualClock } from './virtual-clock.ts';

/** One end of a connection, as the sessions see it: everything that was delivered to it, in order. */
export class HarnessConnection {
  id: ConnectionId;
  readonly identity: Identity;
  readonly frames: ServerFrame[] = [];
  closed: string | undefined;
  view: ViewId | null = null;
  group: PresenceGroup | null = null;
  /** Presence frames come beside all others. */
  readonly presence = new PresenceReader();
  /** True while it reads nothing: its stream stands still, and what would begin another one is not sent. */
  slow = false;
  /** The one that it continues. */
  before: HarnessConnection | undefined;
  /** What it said that it has. */
  came: { readonly position?: Position | undefined; readonly table?: { id: number; known: number } | undefined } = {};

  constructor(id: string, identity: Identity) {
    this.id = id as ConnectionId;
    this.identity = identity;
  }

  take(frames: readonly string[]): void {
    for (const frame of frames) this.frames.push(JSON.parse(frame) as ServerFrame);
  }

  /** One that is resumed in place holds its welcome of before. */
  get welcome(): WelcomeFrame | undefined {
    const welcome = this.#last('welcome') as WelcomeFrame | undefined;
    const resumed = this.#last('resumed') as ResumedFrame | undefined;
    return welcome ?? (resumed && this.before?.welcome && { ...this.before.welcome, ...resumed, t: 'welcome', resumed: true });
  }

  get acks(): AckFrame[] {
    return this.frames.filter((frame): frame is AckFrame => 't' in frame && frame.t === 'ack');
  }

  get rejects(): RejectFrame[] {
    return this.frames.filter((frame): frame is RejectFrame => 't' in frame && frame.t === 'reject');
  }

  get live(): JsonValue[][] {
    return this.frames.filter((frame) => Array.isArray(frame)) as JsonValue[][];
  }

  /** Position after everything that came. */
  get position(): Position | undefined {
    const { logId } = (this.#last('snapshot') as SnapshotFrame | undefined)?.position ?? this.came.position ?? {};
    const tail = this.#last('tail') as TailFrame | undefined;
    const tag = this.welcome?.tag;
    return logId && tail && tag && { logId, seq: tail.seq, tag };
  }

  /** The path table that the newest snapshot brought, as if all of it were forgotten but what it is of. */
  get table(): { id: number; known: number } | undefined {
    const snapshot = this.#last('snapshot') as SnapshotFrame | undefined;
    return snapshot ? { id: snapshot.paths[0], known: 0 } : this.came.table;
  }

  get instance(): InstanceId | undefined {
    return this.welcome?.instance;
  }

  #last(kind: string): ServerFrame | undefined {
    return this.frames.findLast((frame) => 't' in frame && frame.t === kind);
  }
}

type HarnessOptions = {
  readonly definitions: readonly SessionDefinition[];
  readonly store?: Store;
  readonly seed?: number;
  readonly rhythm?: Partial<CommitRhythm>;
  readonly sleepAfterMs?: number;
  readonly pack?: SessionsOptions['pack'];
  readonly makeSnapshot?: SessionsOptions['makeSnapshot'];
  readonly authorize?: SessionsOptions['authorize'];
  readonly quotas?: SessionsOptions['quotas'];
  readonly archives?: SessionsOptions['archives'];
  readonly budgets?: SessionsOptions['budgets'];
  readonly mayBegin?: SessionsOptions['mayBegin'];
  readonly sweepEveryMs?: SessionsOptions['sweepEveryMs'];
};

/** What a client asks with besides who it is. */
type Asking = Partial<Omit<AttachRequest, 'connection' | 'identity'>>;

/** Real sessions over a store of the test's choice, on virtual time, with connections that only remember. */
export class SessionHarness implements DeliveryPort {
  readonly clock = new VirtualClock();
  readonly store: Store;
  readonly sessions: Sessions;
  readonly events: SessionEvent[] = [];
  readonly deliveries: Delivery[] = [];
  readonly #connections = new Map<ConnectionId, HarnessConnection>();
  #next = 0;

  constructor(options: HarnessOptions) {
    this.store = options.store ?? new MemoryStore();
    this.sessions = new Sessions({
      store: this.store,
      definitions: options.definitions,
      clock: this.clock,
      random: new SeededBytes(options.seed ?? 1),
      output: this,
      durability: 'memory',
      observe: (event) => void this.events.push(event),
      rhythm: options.rhythm,
      sleepAfterMs: options.sleepAfterMs,
      pack: options.pack,
      makeSnapshot: options.makeSnapshot,
      authorize: options.authorize,
      quotas: options.quotas,
      archives: options.archives,
      budgets: options.budgets,
      mayBegin: options.mayBegin,
      sweepEveryMs: options.sweepEveryMs,
    });
  }

  /** Opens the store and takes requests. */
  async start(): Promise<this> {
    await this.store.open();
    await this.sessions.start();
    return this;
  }

  deliver(delivery: Delivery): void {
    this.deliveries.push(delivery);
    for (const record of delivery.records) {
      const connection = this.#open(record.connection);
      if (connection?.slow === true && record.close === undefined) continue;
      connection?.take([...record.frames, ...(record.after ?? [])]);
      if (record.resumes !== undefined && connection !== undefined) this.#moveTo(record.resumes, connection);
      if (record.view !== undefined && connection !== undefined) connection.view = record.view;
    }
    const { own = [] } = delivery;
    for (const { view, connection, frame } of own)
      if (this.#connections.get(connection)?.view === view) this.#open(connection)?.take([frame]);
    const alone = new Set(own.map(({ connection }) => connection));
    for (const { view, frame } of delivery.frames) {
      for (const connection of this.#connections.values())
        if (connection.view === view && connection.closed === undefined && !alone.has(connection.id)) connection.take([frame]);
    }
    for (const record of delivery.records) {
      const connection = this.#open(record.connection);
      connection?.take(record.answers ?? []);
      if (record.close !== undefined && connection !== undefined) connection.closed = record.close.code;
    }
    if (delivery.presence !== undefined) this.#deliverPresence(delivery.presence);
  }

  #deliverPresence({ all, gm, own }: PresenceDelivery): void {
    for (const connection of this.#connections.values()) {
      if (connection.closed !== undefined || connection.group === null) continue;
      if (all !== undefined) connection.presence.read(all);
      if (gm !== undefined && connection.group === 'gm') connection.presence.read(gm);
    }
    for (const { connection: id, group, frame } of own) {
      const connection = this.#open(id);
      if (connection === undefined) continue;
      connection.group = group;
      if (frame !== undefined) connection.presence.read(frame);
    }
  }

  /** The connection goes by an earlier one's id; that one's transport is over. */
  #moveTo(id: ConnectionId, connection: HarnessConnection): void {
    const earlier = this.#connections.get(id);
    if (earlier !== undefined && earlier.closed === undefined) earlier.closed = 'replaced';
    this.#connections.delete(connection.id);
    connection.before = earlier;
    connection.id = id;
    this.#connections.set(id, connection);
  }

  #open(id: ConnectionId): HarnessConnection | undefined {
    const connection = this.#connections.get(id);
    return connection?.closed === undefined ? connection : undefined;
  }

  /** Lets everything that is due happen: timers of this instant, and promises between them. */
  async settle(): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      this.clock.advance(0);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    }
  }

  /** A new session of `type`, owned by `owner`. */
  async create(type: string, owner: Identity | 'system' = person('mira'), more: Record<string, unknown> = {}): Promise<SessionId> {
    const created = this.sessions.create({ type, by: owner, ...more });
    await this.settle();
    const outcome = await created;
    if (!outcome.ok) throw new Error(`create: ${outcome.code}: ${outcome.message}`);
    return outcome.row.session;
  }

  /** A connection that asks for a place and has its answer. */
  async connect(session: SessionId, identity: Identity, more: Asking = {}): Promise<HarnessConnection> {
    const connection = this.knock(session, identity, more);
    await this.settle();
    return connection;
  }

  /** Like `connect`, without waiting for the answer. */
  knock(session: SessionId, identity: Identity, more: Asking = {}): HarnessConnection {
    this.#next += 1;
    const table = more.position === undefined ? undefined : this.#tableOf(identity);
    const connection = new HarnessConnection(`connection-${this.#next}`, identity);
    this.#connections.set(connection.id, connection);
    connection.came = { table, ...more };
    this.sessions.attach(session, { ...more, ...connection.came, connection: connection.id, identity });
    return connection;
  }

  /** A client that has a position has the table that came before it. */
  #tableOf({ id }: Identity): HarnessConnection['table'] {
    return [...this.#connections.values()].findLast((connection) => connection.identity.id === id && connection.table)?.table;
  }

  send(
    session: SessionId,
    connection: HarnessConnection,
    n: number,
    name: string,
    args: JsonValue,
    more: Partial<CommandFrame> = {},
  ): void {
    this.sessions.receive(session, connection.id, { t: 'command', n, low: n, name, args, ...more });
  }
}

/** An identity for tests. */
export function person(name: string): Identity {
  return { id: name as ParticipantId, name: name.slice(0, 1).toUpperCase() + name.slice(1), claims: {} };
}
