import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServer, memoryStore, type Server } from '../../src/server/index.ts';
import type { SessionId } from '../../src/protocol/ids.ts';
import { openMemoryWire, type MemoryPair } from '../../src/testing/memory-wire.ts';
import { PresenceReader } from '../../src/testing/presence-reader.ts';
import { settle } from '../../src/testing/settle-adapter.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { WirePair } from '../../src/testing/wire-pair.ts';
import { seededRandom } from '../../bench/entities.ts';
import { namesAuth } from '../live-server/names-auth.ts';

const PEOPLE = 1_000;
const HEARTBEAT_S = 15;
const BOUNDS = { maxPayload: 64 * 1024, maxUnsent: 4 * 1024 * 1024 };

/** A client that reads presence and gives signs of life. */
class Peer {
  readonly name: string;
  readonly reader = new PresenceReader();
  readonly #pair: MemoryPair = new WirePair();
  /** Where in the heartbeat it pings. */
  readonly #phase: number;

  constructor(server: Server, session: SessionId, number: number) {
    this.name = `p${number}`;
    this.#phase = number % HEARTBEAT_S;
    const wire = openMemoryWire(server.connections, this.#pair, BOUNDS);
    this.#pair.left.listen({
      message: (message) => {
        wire.taken(message.length);
        if (typeof message === 'string' && message.startsWith('{"t":"presence"')) this.reader.read(message);
      },
      closed: () => undefined,
    });
    this.#pair.left.send(JSON.stringify({ t: 'hello', version: 1, session, token: this.name }));
  }

  turn(): void {
    this.#pair.flush();
  }

  ping(second: number): void {
    if (second % HEARTBEAT_S === this.#phase) this.#pair.left.send(JSON.stringify({ t: 'ping', at: second }));
  }

  /** Gone: the server is told, or it has to find out. */
  cut(how: 'closed' | 'silent'): void {
    if (how === 'closed') this.#pair.cut();
    else this.#pair.hold();
  }
}

class Room {
  readonly clock = new VirtualClock();
  readonly server: Server;
  readonly here = new Set<Peer>();
  #session: SessionId | undefined;
  #second = 0;

  constructor() {
    const shared = { store: memoryStore(), auth: namesAuth, clock: this.clock, port: 0, logger: false as const };
    this.server = createServer({ sessions: [tinyTabletop], ...shared });
  }

  async start(): Promise<void> {
    await this.server.start();
    const created = await this.#while(this.server.sessions.create({ type: 'tabletop', access: 'open', by: 'system' }));
    this.#session = created.ok ? created.row.session : assert.fail(created.message);
  }

  join(number: number): void {
    if (this.#session !== undefined) this.here.add(new Peer(this.server, this.#session, number));
  }

  async pass(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      this.#second += 1;
      for (const peer of this.here) peer.ping(this.#second);
      for (let tenth = 0; tenth < 10; tenth += 1) {
        await this.#turn();
        this.clock.advance(100);
      }
    }
    await this.#turn();
  }

  stop(): Promise<void> {
    return this.#while(this.server.stop());
  }

  /** Lets everything go on while something is under way. */
  async #while<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = promise.finally(() => (isOver = true));
    while (!isOver) await this.#turn();
    return settled;
  }

  async #turn(): Promise<void> {
    for (const peer of this.here) peer.turn();
    this.clock.advance(0);
    await settle();
  }
}

test('PRESENCE-12: 1,000 participants agree on who is here within two heartbeats after random cuts', { timeout: 120_000 }, async (t) => {
  const seed = Number(process.env['HOLDFAST_PRESENCE_SEED'] ?? Date.now() % 1_000_000_007);
  t.diagnostic(`HOLDFAST_PRESENCE_SEED=${seed}`);
  const random = seededRandom(seed);
  const room = new Room();
  await room.start();
  for (let number = 0; number < PEOPLE; number += 1) room.join(number);
  await room.pass(20);
  for (const { reader } of room.here) assert.deepEqual(new Set(Object.values(reader.statuses)), new Set(['online']));
  assert.equal(Object.keys([...room.here][0]?.reader.people ?? {}).length, PEOPLE);

  const back: number[] = [];
  for (const peer of room.here) {
    const draw = random();
    if (draw > 0.5) continue;
    peer.cut(draw < 0.25 ? 'closed' : 'silent');
    room.here.delete(peer);
    if (draw < 0.05) back.push(Number(peer.name.slice(1)));
  }
  await room.pass(2);
  for (const number of back) room.join(number);
  await room.pass(2 * HEARTBEAT_S - 2);

  const present = new Set([...room.here].map(({ name }) => name));
  const truth = Object.fromEntries(
    Array.from({ length: PEOPLE }, (_, number) => [`p${number}`, present.has(`p${number}`) ? 'online' : 'disconnected']),
  );
  t.diagnostic(`${present.size} of ${PEOPLE} are here, ${back.length} came back`);
  for (const { name, reader } of room.here) assert.deepEqual(reader.statuses, truth, `as ${name} sees it`);
  await room.stop();
});
