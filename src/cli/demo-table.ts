import { createClient, HoldfastError, type Client, type Session, type SessionInfo } from '../client/index.ts';
import type { demo } from '../server/demo-game.ts';
import { jwtAuth, operatorAuth, type Scope } from '../server/index.ts';
import { DemoRelay } from './demo-relay-adapter.ts';
import { DemoServer } from './demo-server-adapter.ts';
import { until } from './patience-adapter.ts';
import { askServer } from './server-api-adapter.ts';

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

type DemoSession = Session<typeof demo>;

/** Someone who plays: a client of their own, over a way of their own that can be cut. */
export class DemoPlayer {
  readonly id: string;
  readonly client: Client;
  readonly relay: DemoRelay;
  /** The list as it is kept up to date for them. */
  list: readonly SessionInfo[] | undefined;
  /** Who came and went, as they were told. */
  readonly heard: string[] = [];
  #session: DemoSession | undefined;
  #marks = 0;
  #stopWatching: (() => void) | undefined;

  private constructor(id: string, relay: DemoRelay, url: string, token: string) {
    this.id = id;
    this.relay = relay;
    this.client = createClient({ url, token, logger: SILENT });
  }

  static async arrive(server: DemoServer, id: string, token: string): Promise<DemoPlayer> {
    const relay = new DemoRelay(() => server.port);
    return new DemoPlayer(id, relay, await relay.open(), token);
  }

  get session(): DemoSession {
    if (this.#session === undefined) throw new Error(`${this.id} is in no session`);
    return this.#session;
  }

  /** What is seen of the state now. */
  get state(): DemoSession['state'] {
    return this.session.state;
  }

  watch(): void {
    this.#stopWatching = this.client.sessions.watch({}, (sessions) => (this.list = sessions));
  }

  async join(id: string): Promise<void> {
    this.#session = await this.client.join<typeof demo>(id);
    this.#session.on('participant', ({ kind, participant }) => void this.heard.push(`${participant.id} ${kind}`));
  }

  /** Sends so many marks, each with its number. Resolves once all are answered. */
  async mark(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => (this.#marks += 1));
    await Promise.all(numbers.map((n) => this.session.commands.mark({ n })));
  }

  /** The code by which a command is refused; undefined where it is not. */
  async refusalOf(work: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof HoldfastError) return error.code;
      throw error;
    }
  }

  roll(): Promise<unknown> {
    return this.session.commands.roll();
  }

  /** Every mark that was sent is in the state once, in order. */
  get isWhole(): boolean {
    const marks = this.state.marks[this.id] ?? [];
    return marks.length === this.#marks && marks.every((n, index) => n === index + 1);
  }

  get sent(): number {
    return this.#marks;
  }

  goHome(): void {
    this.#stopWatching?.();
    this.client.close();
    this.relay.close();
  }
}

/** The server of a demo and everyone around it. */
export class DemoTable {
  readonly server: DemoServer;
  readonly #secret: string;
  readonly #operatorSecret: string;
  readonly #players: DemoPlayer[] = [];

  constructor(secret: string, operatorSecret: string) {
    this.#secret = secret;
    this.#operatorSecret = operatorSecret;
    this.server = new DemoServer({ HOLDFAST_SECRET: secret, HOLDFAST_OPERATOR_SECRET: operatorSecret });
  }

  get players(): readonly DemoPlayer[] {
    return this.#players;
  }

  async arrive(id: string): Promise<DemoPlayer> {
    const token = await jwtAuth({ secret: this.#secret }).issue({ sub: id, name: id[0]?.toUpperCase() + id.slice(1) }, 3_600);
    const player = await DemoPlayer.arrive(this.server, id, token);
    this.#players.push(player);
    return player;
  }

  /** Asks the server as its operator; with a body it posts that. */
  async operate(route: string, scope: Scope, body?: object): Promise<unknown> {
    const token = await operatorAuth({ secret: this.#operatorSecret }).issue({ sub: 'demo', scopes: [scope] }, 60);
    return askServer(`http://127.0.0.1:${this.server.port}`, route, token, body);
  }

  /** Everyone sees the same, and each of their marks once. */
  async untilEqual(what: string): Promise<void> {
    const joined = this.#players;
    await until(what, () => {
      const states = new Set(joined.map(({ state }) => JSON.stringify(state)));
      return states.size === 1 && joined.every((player) => player.isWhole);
    });
  }

  async clear(): Promise<void> {
    for (const player of this.#players) player.goHome();
    await this.server.clear();
  }
}

function nothing(): void {
  // A demo says what it has to say itself.
}
