import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { ParticipantId, SessionId } from '../../protocol/ids.ts';
import type { Random } from '../../protocol/ports.ts';
import type { LogRead } from '../../store/store.ts';
import { SeededBytes } from '../seeded-bytes.ts';
import { Gate } from './gate.ts';
import { History, type HistoryFact } from './history.ts';
import type { Person } from './person.ts';
import { loadEverything } from './load-everything.ts';
import { SimulatedClient } from './simulated-client.ts';
import { SimulatedClock, WallClock } from './simulated-clock.ts';
import { SimulatedDisk, type Durability } from './simulated-disk.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedServer } from './simulated-server.ts';
import { SimulatedTime } from './simulated-time.ts';
import type { ServerProcess } from './server-process.ts';
import type { Session } from '../../client/index.ts';
import type { SimulatedPage } from './simulated-page.ts';

export type { Person } from './person.ts';
export type { AppendFate, Durability, EventPart } from './simulated-disk.ts';
export type { Towards } from './simulated-network.ts';
export type { SimulatedClient } from './simulated-client.ts';
export type { SimulatedServer } from './simulated-server.ts';

export type WorldOptions = {
  readonly seed: number;
  readonly definition: SessionDefinition | readonly SessionDefinition[];
  /** Default `full`. */
  readonly durability?: Durability | undefined;
  readonly people: readonly Person[];
  /** How many machines there are. Default 2. */
  readonly servers?: number | undefined;
};

/** What has to happen at the start, or at the end, happens within this time. */
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 50;
/** At rest, something that everyone may see happens this often until they have seen it. */
const WORD_EVERY_MS = 5_000;
/** Within this time both ends know of every lost connection, and nobody is shown as here on account of one. */
const NOTICED_MS = 65_000;
/** So long whoever leaves waits for an answer. */
const LAST_WORDS_MS = 6_000;
const SEED_STEP = 0x9e3779b1;

/**
 * Servers, clients, and all that lies between them: real code on one virtual time, with everything else made of a seed. The
 * same seed and the same calls give the same history, byte for byte.
 *
 * @example
 * const world = new SimulatedWorld({ seed: 1, definition: tabletop, people: [{ name: 'mira', role: 'gm', transport: 'websocket' }] });
 * await world.start();
 * world.clients[0].join();
 * await world.advance(1_000);
 * world.servers[0].crash();
 * world.servers[1].start();
 * await world.quiet(60_000);
 * await world.end();
 */
export class SimulatedWorld {
  /** Milliseconds since the run began, by a clock that is right. */
  readonly clock: SimulatedClock;
  readonly history: History;
  readonly network: SimulatedNetwork;
  readonly disk: SimulatedDisk;
  readonly servers: readonly SimulatedServer[];
  readonly clients: readonly SimulatedClient[];
  /** One of each definition, created by the first GM. */
  readonly sessions: SessionId[] = [];
  readonly #options: WorldOptions;
  readonly #time = new SimulatedTime();
  readonly #owners = new Map<SessionId, ServerProcess>();
  #definitions: readonly SessionDefinition[];
  #randoms = 0;
  #asks = 0;
  #words = 0;
  /** Sessions of which nothing is good any more. */
  readonly #beyondSaving = new Set<SessionId>();

  constructor(options: WorldOptions) {
    const { definition, people, durability = 'full', servers = 2 } = options;
    this.#options = options;
    this.#definitions = Array.isArray(definition) ? [...(definition as readonly SessionDefinition[])] : [definition as SessionDefinition];
    const time = this.#time;
    const tell = (fact: HistoryFact): void => this.history.add(fact);
    const random = (): Random => this.#random();
    this.history = new History(() => time.elapsed);
    this.clock = new SimulatedClock(time, new Gate(time), new WallClock(time));
    this.disk = new SimulatedDisk({ durability, random: random(), tell, endAll: (silently) => this.#endAll(silently) });
    this.network = new SimulatedNetwork({ time, random, tell, target: () => this.#target() });
    const { disk, network, sessions } = this;
    const names: ReadonlySet<string> = new Set(people.map(({ name }) => name));
    const definitions = (): readonly SessionDefinition[] => this.#definitions;
    const processEnded = network.processEnded.bind(network);
    const serverWorld = { time, disk, people: names, owners: this.#owners, random, tell, processEnded };
    this.servers = Array.from({ length: servers }, (_, index) => new SimulatedServer(`server-${index + 1}`, serverWorld, definitions));
    const nextAsk = (): number => (this.#asks += 1);
    const messages = (): readonly string[] => this.#messages();
    this.clients = people.map((person) => new SimulatedClient(person, { time, network, sessions, random, tell, nextAsk, messages }));
  }

  /** First server up, sessions created, and everybody may be in them. Nobody has joined yet. */
  async start(): Promise<void> {
    await loadEverything(this.#definitions);
    const gm = this.clients.find(({ person }) => person.role === 'gm');
    if (this.servers.length === 0 || gm === undefined) throw new Error('a world needs a server and a GM');
    for (const index of this.#definitions.keys()) await this.#createUntilThere(gm, index);
    for (const [index, id] of this.sessions.entries()) await this.#letIn(id, this.#definitions[index], gm);
    this.disk.platter.sync();
  }

  /** A GM makes one more session of that definition, which is among `sessions` once it is there. Begins at once. */
  create(definitionIndex = 0): void {
    const definition = this.#definitions[definitionIndex];
    const gm = this.clients.find(({ person }) => person.role === 'gm');
    if (definition !== undefined && gm !== undefined) this.#create(gm, definition).catch(() => undefined);
  }

  /** Time passes; all that is due happens in an order that the seed decides. */
  advance(ms: number): Promise<void> {
    return this.#time.advance(ms);
  }

  /** Servers that start from now on host these. */
  deploy(definitions: readonly SessionDefinition[]): void {
    this.history.add({ kind: 'fault', fault: 'deploy', on: definitions.map(({ name, version }) => `${name} ${version}`).join() });
    this.#definitions = definitions;
  }

  /** The wall clocks of all machines of one kind jump. */
  jumpClock(ms: number, whose: 'servers' | 'clients' = 'servers'): void {
    this.history.add({ kind: 'fault', fault: 'clock jump', on: whose });
    for (const { wall } of this[whose]) wall.jump(ms);
  }

  /**
   * All faults are over and a server is up; operators see to what is quarantined; time passes until everyone who wants to be
   * there is live, has all answers and stands at the head. False: that never came. Then it is written down what everyone sees.
   */
  async quiet(limitMs: number): Promise<boolean> {
    this.#endFaults();
    const end = this.#time.elapsed + limitMs;
    let isQuiet = false;
    let hasRested = false;
    for (let nextWord = 0; !isQuiet && this.#time.elapsed < end;) {
      const server = await this.#seeToServers();
      if (server !== undefined && this.#time.elapsed >= nextWord && this.#isWaitingForWord()) {
        nextWord = this.#time.elapsed + WORD_EVERY_MS;
        await this.#sayWord(server);
      }
      await this.advance(LOOK_EVERY_MS);
      isQuiet = this.restless.length === 0;
      // It may only seem so to someone who has not noticed yet that nobody is at the other end.
      if (isQuiet && !hasRested) {
        await this.advance(NOTICED_MS);
        hasRested = true;
        isQuiet = false;
      }
    }
    this.takeViews();
    return isQuiet;
  }

  /** Of everyone who wants to be in a session, who is not there yet, and why; in words. */
  get restless(): readonly string[] {
    return this.#standings().flatMap(({ page, id, session }) => {
      if (session === undefined) return [`${page.name} has not joined ${id}`];
      const { status, seq, pending } = session;
      const head = this.disk.headOf(id);
      if (status.state === 'live' && pending.length === 0 && seq === head) return [];
      return [`${page.name} is ${status.state} at ${seq} of ${head} in ${id}, ${pending.length} commands without an answer`];
    });
  }

  /** Appointments that are still to come: 0 after the end. */
  get waiting(): number {
    return this.#time.waiting;
  }

  /** Writes down what everyone sees. */
  takeViews(): void {
    for (const client of this.clients) for (const page of client.pages) if (page.gate.isOpen) page.takeViews();
  }

  /** What is stored of each session, as a server would read it. */
  logs(): Promise<Map<SessionId, LogRead>> {
    return this.disk.logs();
  }

  /** Everything stops in order; what does not is an error. */
  async end(): Promise<void> {
    this.#endFaults();
    for (const client of this.clients) client.end();
    await this.advance(LAST_WORDS_MS);
    for (const server of this.servers) server.stop();
    await this.#while(() => this.servers.some(({ state }) => state !== 'down'));
    const timers = this.clients.flatMap(({ pages }) => pages).reduce((sum, { clock }) => sum + clock.timers, 0);
    const left = this.servers.reduce((sum, { timersLeft }) => sum + timersLeft, 0);
    if (left > 0) throw new Error(`servers left ${left} timers behind`);
    if (timers > 0) throw new Error(`clients left ${timers} timers behind`);
  }

  /** Somebody brings up a server that went down again, and the GM asks again: points to end at may be set before the start. */
  async #createUntilThere(gm: SimulatedClient, index: number): Promise<void> {
    while (this.sessions.length <= index) {
      await this.#serverUp();
      const definition = this.#definitions[index];
      if (definition !== undefined) await this.#until(this.#create(gm, definition).catch(() => undefined));
    }
  }

  async #create({ page }: SimulatedClient, { name }: SessionDefinition): Promise<void> {
    const { id } = await page.create(name, { name: `${name} ${this.sessions.length + 1}`, access: 'open' });
    this.sessions.push(id);
  }

  async #serverUp(): Promise<ServerProcess> {
    for (;;) {
      const running = this.#target();
      if (running !== undefined) return running;
      if (this.servers.every(({ state }) => state === 'down')) this.servers[0]?.start();
      await this.advance(LOOK_EVERY_MS);
    }
  }

  async #letIn(id: SessionId, definition: SessionDefinition | undefined, creator: SimulatedClient): Promise<void> {
    for (const { name, role } of this.#options.people) {
      if (name === creator.person.name || definition === undefined) continue;
      if (role === definition.policies.joinRole || !definition.roles.includes(role)) continue;
      await this.#add(id, name, role);
    }
  }

  async #add(id: SessionId, name: string, role: string): Promise<void> {
    const args = { participant: name as ParticipantId, name, role };
    for (let isIn = false; !isIn;) {
      const process = await this.#serverUp();
      const adding = process.server.sessions.run(id, { as: 'system', command: '@add', args });
      const added = await this.#until(Promise.race([adding, this.#ended(process)]));
      // It may have been written before the server went down.
      isIn = added !== undefined && (added.ok || added.code === 'bad-request');
    }
  }

  /** Resolves once that process is gone: nothing that was asked of it is answered then. */
  async #ended(process: ServerProcess): Promise<undefined> {
    while (!process.isGone) await new Promise<void>((resolve) => void this.#time.after(LOOK_EVERY_MS, resolve));
  }

  #endFaults(): void {
    this.network.heal();
    this.disk.heal();
    for (const client of this.clients) client.wake();
    for (const server of this.servers) {
      server.crashAt(undefined);
      server.thaw();
    }
  }

  /** The last one that was started with what is deployed now goes on alone, or one is started; and operators decide. */
  async #seeToServers(): Promise<ServerProcess | undefined> {
    const up = this.servers.filter(({ state }) => state === 'up');
    // One of before a deploy cannot wake what one of after it has stored.
    const newest = up.filter(({ isCurrent }) => isCurrent).toSorted((one, other) => other.startedAt - one.startedAt)[0];
    for (const server of up) if (server !== newest) server.stop();
    if (newest === undefined) this.servers.find(({ state }) => state === 'down')?.start();
    const process = newest?.process;
    if (process?.server.isRunning !== true || process.isStopping) return undefined;
    this.#beyondSaving.clear();
    for (const { session, seq } of await this.disk.platter.store.quarantined()) {
      await this.#until(
        Promise.race([
          this.#recover(process, session, Math.min(seq, this.disk.headOf(session))).catch(() => undefined),
          this.#ended(process),
        ]),
      );
    }
    return process;
  }

  /** An operator takes a session back to the last event that can be trusted. */
  async #recover(process: ServerProcess, session: SessionId, to: number): Promise<void> {
    if (to < 1) return void this.#beyondSaving.add(session);
    const done = await process.server.sessions.recoveries.recover(session, { to, by: 'operator:simulation' });
    // Something before it went bad later; the refusal says what is still good.
    const { seq }: { seq?: unknown } = Object(done.ok ? undefined : done.details);
    if (typeof seq === 'number' && seq < to) await this.#recover(process, session, seq);
  }

  #standings(): { readonly page: SimulatedPage; readonly id: SessionId; readonly session: Session | undefined }[] {
    const pages = this.clients.flatMap((client) => client.pages);
    const places = pages.flatMap((page) => page.wanted.map((id) => ({ page, id, session: page.in(id) })));
    return places.filter(({ id }) => !this.#beyondSaving.has(id));
  }

  /** Everyone is there, but what some may not see happened last: their clients hear of it with the next thing that they may. */
  #isWaitingForWord(): boolean {
    return this.#standings().every(({ session }) => session?.status.state === 'live' && session.pending.length === 0);
  }

  /** Something happens that everyone may see. */
  async #sayWord({ server }: ServerProcess): Promise<void> {
    this.#words += 1;
    const behind = this.#standings().filter(({ id, session }) => session?.seq !== this.disk.headOf(id));
    for (const id of new Set(behind.map((standing) => standing.id)))
      await this.#until(
        server.sessions.run(id, { as: 'system', command: '@rename', args: { name: `quiet ${this.#words}` } }).catch(() => undefined),
      );
  }

  #endAll(silently: boolean): void {
    for (const server of this.servers) if (silently) server.losePower();
    for (const server of this.servers) server.crash();
  }

  /** New connections reach the one that was started last; a frozen one only while there is no other. */
  #target(): ServerProcess | undefined {
    const running = this.servers.filter(({ startedAt }) => startedAt >= 0).toSorted((one, other) => other.startedAt - one.startedAt);
    return (running.find(({ state }) => state === 'up') ?? running[0])?.process;
  }

  #messages(): readonly string[] {
    const messages = this.#definitions.flatMap((definition) => Object.keys(definition.messages));
    return ['@lifecycle', ...new Set(messages)];
  }

  /** Chance of its own for each who needs some. */
  #random(): Random {
    this.#randoms += 1;
    return new SeededBytes(Math.imul(this.#options.seed, SEED_STEP) ^ Math.imul(this.#randoms, 0x85ebca6b));
  }

  async #until<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = promise.finally(() => (isOver = true));
    settled.catch(() => undefined);
    await this.#while(() => !isOver);
    return settled;
  }

  async #while(isSo: () => boolean): Promise<void> {
    const end = this.#time.elapsed + PATIENCE_MS;
    await this.advance(0);
    while (isSo()) {
      if (this.#time.elapsed > end) throw new Error('something that has to happen never does');
      await this.advance(LOOK_EVERY_MS / 10);
    }
  }
}
