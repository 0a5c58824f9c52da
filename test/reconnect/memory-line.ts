import type { OpenSocket } from 'holdfast/client';
import type { Server } from 'holdfast/server';
import { SeededBytes, WirePair, type Direction, type Faults } from 'holdfast/testing';
import { NO_FAULTS } from '../../src/testing/fault-lane-adapter.ts';
import { openMemoryWire, type MemoryPair } from '../../src/testing/memory-wire.ts';
import type { Line, LineConnection } from './line.ts';
import { MemoryLane } from './memory-lane.ts';

const BOTH: readonly Direction[] = ['toServer', 'toClient'];
const BOUNDS = { maxPayload: 64 * 1024, maxUnsent: 256 * 1024 };

class MemoryConnection implements LineConnection {
  readonly closed: Promise<void>;
  readonly #pair: MemoryPair;
  readonly #lanes: Readonly<Record<Direction, MemoryLane>>;
  #end: () => void = () => undefined;

  constructor(pair: MemoryPair, faults: Readonly<Record<Direction, Faults>>, chance: () => number) {
    const cut = (): void => this.cut();
    this.#pair = pair;
    this.#lanes = {
      toServer: new MemoryLane(pair, 'right', faults.toServer, chance, cut),
      toClient: new MemoryLane(pair, 'left', faults.toClient, chance, cut),
    };
    this.closed = new Promise((resolve) => (this.#end = resolve));
  }

  passed(direction: Direction): number {
    return this.#lanes[direction].passed;
  }

  change(faults: Partial<Faults>, direction?: Direction): void {
    for (const each of direction === undefined ? BOTH : [direction]) this.#lanes[each].change(faults);
  }

  cut(): void {
    this.#pair.cut();
    this.look();
  }

  reset(): void {
    this.cut();
  }

  /** One more is on its way, or a close. */
  expect(direction: Direction): void {
    this.#lanes[direction].expect();
    this.look();
  }

  /** Is it over? */
  look(): void {
    if (!this.#pair.left.isClosed || !this.#pair.right.isClosed) return;
    for (const each of BOTH) this.#lanes[each].stop();
    this.#end();
  }
}

/** A line without any network: what is wrong with it happens to whole messages. */
export class MemoryLine implements Line {
  refusing = false;
  total = 0;
  readonly #server: () => Server | undefined;
  readonly #random: SeededBytes;
  readonly #connections = new Set<MemoryConnection>();
  readonly #waiting: ((connection: LineConnection) => void)[] = [];
  readonly #faults: Record<Direction, Faults> = { toServer: NO_FAULTS, toClient: NO_FAULTS };

  /** `server` is undefined while there is none. */
  constructor(server: () => Server | undefined, seed = 1) {
    this.#server = server;
    this.#random = new SeededBytes(seed);
  }

  get connections(): readonly LineConnection[] {
    return [...this.#connections];
  }

  nextConnection(): Promise<LineConnection> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  change(faults: Partial<Faults>, direction?: Direction): void {
    for (const each of direction === undefined ? BOTH : [direction]) this.#faults[each] = { ...this.#faults[each], ...faults };
    for (const connection of this.#connections) connection.change(faults, direction);
  }

  cut(): void {
    for (const connection of this.#connections) connection.cut();
  }

  reset(): void {
    this.cut();
  }

  stop(): Promise<void> {
    this.cut();
    return Promise.resolve();
  }

  /** Takes the place of a WebSocket. */
  readonly open: OpenSocket = (_url, _protocol, events) => {
    const server = this.#server();
    if (this.refusing || server === undefined) {
      setImmediate(() => events.closed(1006, ''));
      return { send: () => undefined, close: () => undefined };
    }
    const pair: MemoryPair = new WirePair();
    const connection = this.#connect(pair);
    const wire = openMemoryWire(server.connections, pair, BOUNDS, () => connection.expect('toClient'));
    pair.left.listen({
      message: (message) => {
        wire.taken(message.length);
        events.message(typeof message === 'string' ? message : message.slice().buffer);
      },
      closed: (code, reason) => {
        connection.look();
        events.closed(code, reason);
      },
    });
    setImmediate(() => events.opened());
    const send = (text: string): void => {
      pair.left.send(text);
      connection.expect('toServer');
    };
    const close = (code?: number, reason?: string): void => {
      pair.left.close(code, reason);
      connection.expect('toServer');
    };
    return { send, close };
  };

  #connect(pair: MemoryPair): MemoryConnection {
    const connection = new MemoryConnection(pair, this.#faults, () => this.#chance());
    this.total += 1;
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    for (const resolve of this.#waiting.splice(0)) resolve(connection);
    return connection;
  }

  #chance(): number {
    return (this.#random.bytes(1)[0] ?? 0) / 256;
  }
}
