import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { FaultLane, type Faults, NO_FAULTS, resetSocket } from './fault-lane-adapter.ts';
import { SeededBytes } from './seeded-bytes.ts';

/** Which way bytes go. */
export type Direction = 'toServer' | 'toClient';

const BOTH: readonly Direction[] = ['toServer', 'toClient'];

export type FaultProxyOptions = {
  /** Where the real server listens. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Decides the jitter. Default 1. */
  readonly seed?: number | undefined;
};

/** One connection through the proxy. */
export class ProxiedConnection {
  /** 1, 2, 3, ... in order of arrival. */
  readonly number: number;
  /** Settles when both sockets are gone. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #lanes: Readonly<Record<Direction, FaultLane>>;

  constructor(number: number, client: Socket, server: Socket, faults: Readonly<Record<Direction, Faults>>, chance: () => number) {
    this.number = number;
    this.#client = client;
    this.#server = server;
    const cut = (): void => this.cut();
    this.#lanes = {
      toServer: new FaultLane(client, server, faults.toServer, chance, cut),
      toClient: new FaultLane(server, client, faults.toClient, chance, cut),
    };
    this.closed = Promise.all([goneOf(client), goneOf(server)]).then(() => this.#stopLanes());
  }

  /** Bytes that were passed on in a direction. */
  passed(direction: Direction): number {
    return this.#lanes[direction].passed;
  }

  /** Changes what is wrong in one direction, or in both; what is not named stays as it is. */
  change(faults: Partial<Faults>, direction?: Direction): void {
    for (const each of direction === undefined ? BOTH : [direction]) this.#lanes[each].change(faults);
  }

  /** Both ends are told that the connection is over; what was passed on still arrives. */
  cut(): void {
    this.#stopLanes();
    this.#client.destroySoon();
    this.#server.destroySoon();
  }

  /** Both ends get a TCP reset. */
  reset(): void {
    this.#stopLanes();
    resetSocket(this.#client);
    resetSocket(this.#server);
  }

  #stopLanes(): void {
    for (const each of BOTH) this.#lanes[each].stop();
  }
}

/**
 * A bad network before a real server: a TCP proxy on the loopback whose faults a test switches on and off, for all
 * connections or one, in both directions or one. Chance comes from a seed.
 *
 * @example
 * const proxy = await FaultProxy.start({ port: server.port });
 * proxy.change({ latencyMs: 800, jitterMs: 200 });             // all connections, those to come included
 * proxy.connections[0]?.change({ swallowing: true }, 'toServer'); // half-open
 * await proxy.stop();
 */
export class FaultProxy {
  /** Where clients connect, on 127.0.0.1. */
  readonly port: number;
  /** While true, new connections are reset at once. */
  refusing = false;
  readonly #options: FaultProxyOptions;
  readonly #listener: Server;
  readonly #random: SeededBytes;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #waiting: ((connection: ProxiedConnection) => void)[] = [];
  readonly #faults: Record<Direction, Faults> = { toServer: NO_FAULTS, toClient: NO_FAULTS };
  #total = 0;

  /** Use `FaultProxy.start`. */
  constructor(options: FaultProxyOptions, listener: Server, port: number) {
    this.#options = options;
    this.#listener = listener;
    this.port = port;
    this.#random = new SeededBytes(options.seed ?? 1);
    listener.on('connection', (socket: Socket) => this.#accept(socket));
  }

  /** Listens on a free port. Rejects when it cannot. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return new FaultProxy(options, listener, address.port);
  }

  /** Those open now, in order of arrival. */
  get connections(): readonly ProxiedConnection[] {
    return [...this.#connections];
  }

  /** How many there ever were. */
  get total(): number {
    return this.#total;
  }

  /** The next connection that arrives. */
  nextConnection(): Promise<ProxiedConnection> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Changes what is wrong with all connections, those to come included; what is not named stays as it is. */
  change(faults: Partial<Faults>, direction?: Direction): void {
    for (const each of direction === undefined ? BOTH : [direction]) this.#faults[each] = { ...this.#faults[each], ...faults };
    for (const connection of this.#connections) connection.change(faults, direction);
  }

  /** Ends all connections that are open now. */
  cut(): void {
    for (const connection of this.#connections) connection.cut();
  }

  /** Resets all connections that are open now. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Resets what is open and stops listening; settles when no socket and no timer is left. */
  async stop(): Promise<void> {
    const closed = this.#listener.listening ? once(this.#listener, 'close') : undefined;
    this.#listener.close();
    const open = this.connections;
    this.reset();
    await Promise.all([closed, ...open.map((connection) => connection.closed)]);
  }

  #accept(client: Socket): void {
    if (this.refusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const { host = '127.0.0.1', port } = this.#options;
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
    this.#total += 1;
    const connection = new ProxiedConnection(this.#total, client, server, this.#faults, () => this.#chance());
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    for (const resolve of this.#waiting.splice(0)) resolve(connection);
  }

  #chance(): number {
    const [high = 0, low = 0] = this.#random.bytes(2);
    return (high * 256 + low) / 65_536;
  }
}

function goneOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
