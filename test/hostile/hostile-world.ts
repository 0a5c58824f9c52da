import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SessionView } from '../../src/client/session-view.ts';
import { readFrame } from '../../src/client/read-frame.ts';
import type { ServerFrame, WelcomeFrame } from '../../src/protocol/frames.ts';
import type { ParticipantId, SessionId } from '../../src/protocol/ids.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import type { Identity } from '../../src/protocol/ports.ts';
import { createServer, memoryStore, type Auth, type Logger, type Server, type ServerOptions } from '../../src/server/index.ts';
import { openMemoryWire, type MemoryPair } from '../../src/testing/memory-wire.ts';
import { SeededBytes } from '../../src/testing/seeded-bytes.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { WirePair } from '../../src/testing/wire-pair.ts';

const BOUNDS = { maxPayload: 64 * 1024, maxUnsent: 256 * 1024 };
const TURNS = 3;
/** What commits together may wait a little for company. */
const PATIENCE = 50;
/** What only the GM may see, and what only Hal has in hand: in nobody else's frames. */
export const GM_SECRET = 'the-vault-is-behind-the-third-statue';
export const HAND_SECRET = 'card-that-only-hal-holds';

/** What a client says of its own view is logged as it says it. */
const CLAIMS: ReadonlySet<string> = new Set(['session view-diverged', 'session log-regression']);

/** One end of a connection in memory, hostile or not. */
export class Peer {
  readonly texts: string[] = [];
  readonly sent: string[] = [];
  ended: string | undefined;
  readonly #pair: MemoryPair = new WirePair();

  constructor(server: Server) {
    const wire = openMemoryWire(server.connections, this.#pair, BOUNDS);
    this.#pair.left.listen({
      message: (message) => {
        wire.taken(message.length);
        this.texts.push(String(message));
        this.onText(String(message));
      },
      closed: (_code, reason) => (this.ended = reason === '' ? 'gone' : reason),
    });
  }

  onText: (text: string) => void = () => undefined;

  say(text: string): void {
    this.sent.push(text);
    this.#pair.left.send(text);
  }

  flush(): void {
    this.#pair.flush();
  }

  cut(): void {
    this.#pair.cut();
    this.ended ??= 'gone';
  }

  get welcome(): WelcomeFrame | undefined {
    const text = this.texts.find((each) => each.startsWith('{"t":"welcome"'));
    return text === undefined ? undefined : (JSON.parse(text) as WelcomeFrame);
  }
}

/** A server on virtual time with an honest table, and whoever comes to disturb it. */
export class HostileWorld {
  readonly clock = new VirtualClock();
  readonly server: Server;
  /** Lines of the log that say that something failed inside. */
  readonly failures: string[] = [];
  /** Hal's end, and what he sees; Hal plays on whatever others do. */
  readonly #view = new SessionView();
  #hal: Peer | undefined;
  #n = 0;
  readonly #peers = new Set<Peer>();
  /** What is wrong with what Hal gets, if anything is. */
  fault: string | undefined;
  readonly sessions: Record<string, SessionId> = {};

  constructor(seed: number, options: Partial<ServerOptions> = {}) {
    const keep = (fields: object, message: string): void => {
      const { err } = fields as { err?: unknown };
      if ((err instanceof Error && err.message === 'broken on purpose') || CLAIMS.has(message)) return;
      this.failures.push(`${message}: ${err instanceof Error ? (err.stack ?? '') : JSON.stringify(fields)}`);
    };
    const logger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: keep };
    this.server = createServer({
      sessions: [tinyTabletop],
      store: memoryStore(),
      auth: nameAuth,
      guests: { secret: 'for the guests of a hostile world, no other' },
      port: null,
      logger,
      clock: this.clock,
      random: new SeededBytes(seed),
      quotas: { sessions: Infinity, campaigns: Infinity },
      limits: { addressOpens: { perSecond: 1e9, burst: 1e9 } },
      ...options,
    });
  }

  /** Sets the table: open, ended, paused, by invitation only, full, locked, and with someone banned. */
  async start(): Promise<this> {
    await this.server.start();
    await this.#create('open', {});
    await this.#create('ended', {});
    await this.#create('paused', {});
    await this.#create('private', { access: 'invite', listed: false });
    await this.#create('full', { maxParticipants: 1 });
    await this.#create('locked', {});
    await this.run('open', 'mira', '@ban', { participant: 'bob' });
    await this.run('open', 'mira', 'hide', { key: 'vault', text: GM_SECRET });
    await this.run('ended', 'mira', '@end', {});
    await this.run('paused', 'mira', '@pause', {});
    await this.run('locked', 'mira', '@lock', { locked: true });
    await this.#seatHal();
    return this;
  }

  async #create(name: string, more: object): Promise<void> {
    const made = await this.while(this.server.sessions.create({ type: 'tabletop', name, by: personOf('mira'), access: 'open', ...more }));
    if (!made.ok) throw new Error(`${name}: ${made.message}`);
    this.sessions[name] = made.row.session;
    await this.run(name, 'mira', '@join', {});
  }

  async #seatHal(): Promise<void> {
    const hal = this.open();
    this.#hal = hal;
    hal.onText = (text) => this.#halGot(text);
    hal.say(JSON.stringify({ t: 'hello', version: 1, session: this.sessions['open'], token: 'hal' }));
    await this.settle();
    await this.play();
    hal.say(JSON.stringify({ t: 'command', n: (this.#n += 1), low: this.#n, name: 'draw', args: { card: HAND_SECRET } }));
    await this.settle();
    if (this.#view.seq === 0 || this.fault !== undefined) throw new Error(`Hal never sat down: ${this.fault ?? ''}`);
  }

  /** Hal moves his token, and says that he lives. */
  async play(): Promise<void> {
    const { length } = this.#hal?.texts ?? [];
    this.#n += 1;
    this.#hal?.say(JSON.stringify({ t: 'command', n: this.#n, low: this.#n, name: 'moveToken', args: { id: 'hal', x: this.#n, y: 0 } }));
    const acked = (): boolean => this.#hal?.texts.slice(length).some((text) => text.startsWith(`{"t":"ack","n":${this.#n},`)) === true;
    for (let turn = 0; turn < PATIENCE && !acked(); turn += 1) {
      await this.settle();
      if (turn > 2) this.clock.advance(10);
    }
    if (!acked()) this.fault ??= `Hal's command ${this.#n} got no ack; his connection: ${this.#hal?.ended ?? 'open'}`;
  }

  #halGot(text: string): void {
    try {
      this.#follow(readFrame(text));
    } catch (error) {
      this.fault ??= `Hal cannot read ${text.slice(0, 200)}: ${String(error)}`;
    }
  }

  #follow(frame: ServerFrame): void {
    if (!('t' in frame)) this.#view.takeLive(frame);
    else if (frame.t === 'welcome') this.#view.expectTag(frame.tag);
    else if (frame.t === 'snapshot') this.#view.takeSnapshot(frame);
    else if (frame.t === 'tail') this.#view.takeTail(frame);
    else if (frame.t === 'ack' || frame.t === 'reject') this.#view.cover(frame.seq);
    else if (frame.t === 'error') throw new Error(frame.message);
  }

  /** Undefined, or in which way Hal's view is not the session as he may see it. */
  async compareHal(): Promise<string | undefined> {
    if (this.fault !== undefined) return this.fault;
    const read = await this.read('open', 'hal');
    if (JSON.stringify(read) === JSON.stringify(this.#view.state)) return undefined;
    return `Hal sees ${JSON.stringify(this.#view.state).slice(0, 200)}, not ${JSON.stringify(read).slice(0, 200)}`;
  }

  /** The state of a session as someone may see it. */
  async read(name: string, who: string): Promise<JsonObject> {
    const session = this.sessions[name] as SessionId;
    const read = await this.while(this.server.sessions.read(session, who as ParticipantId));
    if (!read.ok) throw new Error(`${name}: ${read.message}`);
    return read.state;
  }

  async run(name: string, who: string, command: string, args: JsonValue): Promise<void> {
    const refused = await this.attempt(name, who, command, args);
    if (refused !== undefined) throw new Error(`${name} ${command}: ${refused}`);
  }

  /** Undefined, or why it was refused. */
  async attempt(name: string, who: string, command: string, args: JsonValue): Promise<string | undefined> {
    const session = this.sessions[name] as SessionId;
    const ran = await this.while(this.server.sessions.run(session, { as: personOf(who), command, args }));
    return ran.ok ? undefined : ran.message;
  }

  open(): Peer {
    const peer = new Peer(this.server);
    this.#peers.add(peer);
    return peer;
  }

  forget(peer: Peer): void {
    peer.cut();
    this.#peers.delete(peer);
  }

  async settle(turns = TURNS): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      this.clock.advance(0);
      for (const peer of this.#peers) peer.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const peer of this.#peers) peer.flush();
  }

  /** Lets everything go on while something is under way. */
  async while<T>(promise: Promise<T> | T): Promise<T> {
    let isOver = false;
    const settled = Promise.resolve(promise).finally(() => (isOver = true));
    for (let turn = 0; !isOver; turn += 1) {
      if (turn > 2_000) throw new Error('it never ended');
      await this.settle(1);
      if (turn > 20) this.clock.advance(50);
    }
    return settled;
  }

  /** Lets time pass, while Hal gives signs of life. */
  async wait(ms: number): Promise<void> {
    // What was said before arrives before.
    await this.settle();
    for (let left = ms; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(left, 5_000));
      this.#hal?.say('{"t":"ping","at":0}');
      await this.settle();
    }
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.cut();
    await this.while(this.server.stop());
  }
}

/** A token is the name of who it is for. */
const nameAuth: Auth = {
  kind: 'names',
  verify: (token) =>
    Promise.resolve(
      /^(?:mira|hal|eve|ann|bob|cyd|dan)$/.test(token)
        ? { ok: true, identity: personOf(token) }
        : { ok: false, message: 'Nobody has this token.' },
    ),
};

export function personOf(name: string): Identity {
  return { id: name as ParticipantId, name, claims: {} };
}

const collect = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** Bytes of the heap that something still holds. */
export function heldBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
