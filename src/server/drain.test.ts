import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { MemoryStore } from '../store/memory-store.ts';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { createServer } from './create-server.ts';

/** A WebSocket that says nothing and answers nothing. */
async function silentSocket(t: TestContext, url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const silent = connect(Number(port), hostname);
  t.after(() => silent.destroy());
  silent.on('error', () => undefined);
  const upgrade = ['GET /v1/connect HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  const rest = ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol: holdfast.v1'];
  silent.write(`${[...upgrade, ...rest].join('\r\n')}\r\n\r\n`);
  await once(silent, 'data');
  return silent;
}

test('SERVER-18: a draining server asks its clients to come back, finishes what is under way and closes its store', async (t) => {
  const live = await createTestServer({ sessions: [tinyTabletop], store: new MemoryStore() });
  t.after(() => live.stop());
  const ada = await live.signIn('Ada');
  const { id } = await ada.client.sessions.create('tabletop', { access: 'open' });
  const socket = new WebSocket(`${live.url.replace('http', 'ws')}/v1/connect`, 'holdfast.v1');
  await once(socket, 'open');
  socket.send(JSON.stringify({ t: 'hello', version: 1, session: id, token: ada.token }));
  await once(socket, 'message');
  const frames: string[] = [];
  socket.on('message', (data: Buffer, isBinary) => isBinary || frames.push(data.toString()));
  const closed = once(socket, 'close');
  const events: string[] = [];
  live.server.connections.observe(({ kind }) => void events.push(kind));
  await live.server.drain();
  assert.deepEqual((await closed).map(String), ['1012', 'shutting-down']);
  const last = JSON.parse(frames.at(-1) ?? '{}') as { t: string; code: string; retryAfterMs: number };
  assert.deepEqual([last.t, last.code, typeof last.retryAfterMs], ['error', 'shutting-down', 'number']);
  assert.deepEqual(events, ['lost', 'ended']);
  assert.equal(live.server.isRunning, false);
  assert.deepEqual(live.server.connections.all(), []);
});

test('SERVER-18: a client that does not let go is cut off at the deadline', async (t) => {
  const clock = new VirtualClock();
  const server = createServer({ sessions: [tinyTabletop], store: new MemoryStore(), dev: true, port: 0, logger: false, clock });
  await server.start();
  t.after(() => server.stop());
  const silent = await silentSocket(t, server.url);
  const cut = once(silent, 'close');
  const drained = server.drain({ deadlineMs: 500 });
  while (server.connections.counts().open > 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(500);
  await drained;
  await cut;
  assert.equal(server.isRunning, false);
  assert.equal(clock.timers, 0);
});

test('SERVER-18: a server that was drained can be started again', async (t) => {
  const server = createServer({ sessions: [tinyTabletop], store: new MemoryStore(), dev: true, port: 0, logger: false });
  await server.start();
  await server.drain();
  await server.drain();
  await server.start();
  t.after(() => server.stop());
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});
