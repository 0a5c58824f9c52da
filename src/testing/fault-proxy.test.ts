import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { FaultProxy } from './fault-proxy-adapter.ts';

let server: Server;
let proxy: FaultProxy;
let atServer: Socket[];
let opened: Socket[];

/** A server that says everything back. */
beforeEach(async () => {
  atServer = [];
  opened = [];
  server = createServer((socket) => {
    atServer.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.start({ port: (server.address() as AddressInfo).port, seed: 7 });
});

afterEach(async () => {
  for (const socket of [...opened, ...atServer]) socket.destroy();
  await proxy.stop();
  server.close();
  await once(server, 'close');
});

/** A client that remembers what it heard and how it ended. */
class Peer {
  heard = Buffer.alloc(0);
  ended: Promise<'end' | 'reset'>;
  isOver = false;
  readonly socket: Socket;
  #watchers: (() => void)[] = [];

  constructor() {
    this.socket = connect(proxy.port, '127.0.0.1');
    opened.push(this.socket);
    this.ended = new Promise((resolve) => {
      this.socket.once('end', () => resolve('end'));
      this.socket.once('error', () => resolve('reset'));
    });
    this.socket.once('close', () => (this.isOver = true));
    this.socket.on('data', (bytes: Buffer) => {
      this.heard = Buffer.concat([this.heard, bytes]);
      for (const watch of this.#watchers) watch();
    });
  }

  say(text: string): void {
    this.socket.write(text);
  }

  /** Settles once `text` is all that was heard. */
  async hears(text: string): Promise<void> {
    await this.hearsBytes(Buffer.byteLength(text));
    assert.equal(this.heard.toString(), text);
  }

  hearsBytes(count: number): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (this.heard.length >= count) resolve();
      };
      this.#watchers.push(watch);
      watch();
    });
  }
}

/** A whole round trip of somebody else: whatever was free to move has moved. */
async function roundTrip(): Promise<void> {
  const other = new Peer();
  other.say('round trip');
  await other.hears('round trip');
}

const BRIEF = { timeout: 20_000 };

test('TOOL-1: without faults the proxy passes everything on, both ways, and the end too', BRIEF, async () => {
  const peer = new Peer();
  peer.say('hello');
  await peer.hears('hello');
  peer.socket.end();
  assert.equal(await peer.ended, 'end');
});

test('TOOL-1: a large transfer arrives whole and in order through latency, jitter and changes of both', BRIEF, async () => {
  proxy.change({ latencyMs: 2, jitterMs: 3 });
  const sent = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 251));
  const peer = new Peer();
  peer.socket.write(sent);
  await peer.hearsBytes(100_000);
  proxy.change({ latencyMs: 0, jitterMs: 0 });
  await peer.hearsBytes(sent.length);
  assert.ok(peer.heard.equals(sent));
});

test('TOOL-2: latency holds every byte back at least that long', BRIEF, async () => {
  proxy.change({ latencyMs: 60 }, 'toServer');
  const peer = new Peer();
  const start = performance.now();
  peer.say('slow');
  await peer.hears('slow');
  assert.ok(performance.now() - start >= 60);
});

test('TOOL-2: a limit of bytes a second makes a transfer take its time, and lifting it lets the rest through', BRIEF, async () => {
  proxy.change({ bytesPerSecond: 100_000 }, 'toClient');
  const peer = new Peer();
  const start = performance.now();
  peer.socket.write(Buffer.alloc(20_000, 1));
  await peer.hearsBytes(20_000);
  assert.ok(performance.now() - start >= 150);
  proxy.change({ bytesPerSecond: 1 }, 'toClient');
  peer.socket.write(Buffer.alloc(20_000, 1));
  await peer.hearsBytes(20_001);
  proxy.change({ bytesPerSecond: Infinity }, 'toClient');
  await peer.hearsBytes(40_000);
});

test('TOOL-3: a stalled direction holds everything and lets it go later', BRIEF, async () => {
  const arrival = proxy.nextConnection();
  const peer = new Peer();
  const connection = await arrival;
  connection.change({ stalled: true }, 'toClient');
  peer.say('one');
  await roundTrip();
  await roundTrip();
  assert.equal(peer.heard.length, 0);
  connection.change({ stalled: false }, 'toClient');
  await peer.hears('one');
});

test('TOOL-4: a half-open connection loses bytes and ends without telling anyone, in the direction that was named', BRIEF, async () => {
  const arrival = proxy.nextConnection();
  const peer = new Peer();
  const connection = await arrival;
  peer.say('first');
  await peer.hears('first');
  connection.change({ swallowing: true }, 'toServer');
  peer.say('lost');
  atServer[0]?.write(' still heard');
  await peer.hears('first still heard');
  assert.equal(connection.passed('toServer'), 5);
});

test('TOOL-4: when both directions are swallowed, the end of one end is not told to the other', BRIEF, async () => {
  const arrival = proxy.nextConnection();
  const peer = new Peer();
  const connection = await arrival;
  peer.say('first');
  await peer.hears('first');
  connection.change({ swallowing: true });
  atServer[0]?.destroy();
  await roundTrip();
  assert.equal(peer.isOver, false);
  connection.reset();
  assert.equal(await peer.ended, 'reset');
});

test('TOOL-5: a reset of one end reaches the other as a reset', BRIEF, async () => {
  const peer = new Peer();
  peer.say('hello');
  await peer.hears('hello');
  atServer[0]?.resetAndDestroy();
  assert.equal(await peer.ended, 'reset');
});

test('TOOL-5: while the proxy refuses, new connections are reset and old ones go on', BRIEF, async () => {
  const old = new Peer();
  old.say('a');
  await old.hears('a');
  proxy.refusing = true;
  assert.equal(await new Peer().ended, 'reset');
  old.say('b');
  await old.hears('ab');
  proxy.refusing = false;
  await roundTrip();
});

test('TOOL-5: one connection is cut and the others live on', BRIEF, async () => {
  const [first, second] = [new Peer(), new Peer()];
  for (const peer of [first, second]) {
    peer.say('x');
    await peer.hears('x');
  }
  const [one] = proxy.connections;
  assert.ok(one !== undefined);
  one.cut();
  await one.closed;
  const over = await Promise.race([first.ended.then(() => first), second.ended.then(() => second)]);
  const other = over === first ? second : first;
  other.say('y');
  await other.hears('xy');
  assert.equal(proxy.connections.length, 1);
  assert.equal(proxy.total, 2);
});

test('TOOL-6: a cut at byte n lets exactly n bytes through and then ends the connection', BRIEF, async () => {
  proxy.change({ cutAtByte: 7 }, 'toClient');
  const peer = new Peer();
  peer.say('0123456789');
  assert.equal(await peer.ended, 'end');
  assert.equal(peer.heard.toString(), '0123456');
});

test('TOOL-7: a proxy that stopped leaves no connection behind, whatever was wrong with them', BRIEF, async () => {
  const peers = [new Peer(), new Peer(), new Peer()];
  for (const peer of peers) peer.say('x');
  await Promise.all(peers.map((peer) => peer.hears('x')));
  const [stalled, swallowing, slow] = proxy.connections;
  stalled?.change({ stalled: true });
  swallowing?.change({ swallowing: true });
  slow?.change({ latencyMs: 1_000_000 });
  for (const peer of peers) peer.say('y');
  await proxy.stop();
  assert.deepEqual(await Promise.all(peers.map((peer) => peer.ended)), ['reset', 'reset', 'reset']);
  assert.equal(proxy.connections.length, 0);
});

test('TOOL-7: a proxy stops also when connections were cut and then reset at once', BRIEF, async () => {
  const peers = [new Peer(), new Peer()];
  for (const peer of peers) peer.say('x');
  await Promise.all(peers.map((peer) => peer.hears('x')));
  proxy.cut();
  await proxy.stop();
  assert.equal(proxy.connections.length, 0);
});
