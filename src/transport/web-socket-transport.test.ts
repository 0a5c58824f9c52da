import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { ConnectionLimits } from '../connection/connection-limits.ts';
import { SessionDelivery, type SessionHost } from '../connection/session-delivery.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { AttachRequest } from '../protocol/ports.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { WebSocketTransport, type WebSocketTransportOptions } from './web-socket-transport-adapter.ts';

const S = 'S'.repeat(22) as SessionId;

/** Lets everyone in and keeps what it is told. */
class OpenHost implements SessionHost {
  readonly attached: AttachRequest[] = [];
  readonly received: string[] = [];
  authenticate: SessionHost['authenticate'] = (token) =>
    Promise.resolve({ ok: true, identity: { id: token as ParticipantId, name: token, claims: {} } });
  attach = (_session: SessionId, request: AttachRequest): void => void this.attached.push(request);
  receive: SessionHost['receive'] = (_session, _connection, frame) => void this.received.push(JSON.stringify(frame));
  refresh: SessionHost['refresh'] = (_session, connection, upTo) => void this.received.push(`refresh ${connection} ${upTo}`);
  detach: SessionHost['detach'] = () => undefined;
  renew: SessionHost['renew'] = () => undefined;
  notice: SessionHost['notice'] = () => undefined;
}

type Options = Partial<WebSocketTransportOptions> & { readonly limits?: Partial<ConnectionLimits>; readonly maxUnsent?: number };

async function setUp(t: TestContext, { limits, maxUnsent, ...options }: Options = {}) {
  const host = new OpenHost();
  const clock = new VirtualClock();
  const delivery = new SessionDelivery({ clock, random: new SeededBytes(1), host, limits, slow: { maxUnsent } });
  const { connections } = delivery;
  const transport = new WebSocketTransport({ connections, origins: { allowed: [], loopback: false }, ...options });
  const http = createServer();
  http.on('upgrade', (request, socket, head) => transport.upgrade(request, socket, head));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const open = (path = '/v1/connect', protocol = 'holdfast.v1', headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol, { headers });
    socket.on('error', () => undefined);
    t.after(() => socket.terminate());
    return socket;
  };
  t.after(async () => {
    connections.stop();
    transport.terminate();
    await transport.stop();
    http.close();
  });
  return { clock, host, delivery, connections, transport, open, port };
}

const HELLO = JSON.stringify({ t: 'hello', version: 1, session: S, token: 'ada' });
const COMMAND = JSON.stringify({ t: 'command', n: 1, low: 1, name: 'roll', args: {} });

async function statusOf(socket: WebSocket): Promise<number | undefined> {
  const [, response] = await once(socket, 'unexpected-response');
  return response.statusCode;
}

async function closeOf(socket: WebSocket): Promise<[code: number, reason: string]> {
  const [code, reason] = await once(socket, 'close');
  return [code, String(reason)];
}

type Served = Awaited<ReturnType<typeof setUp>>;

/** Opens, logs in and is let in. */
async function login({ open, host, delivery }: Served): Promise<{ socket: WebSocket; request: AttachRequest }> {
  const socket = open();
  await once(socket, 'open');
  const before = host.attached.length;
  socket.send(HELLO);
  while (host.attached.length === before) await new Promise((resolve) => setImmediate(resolve));
  const request = host.attached[before] as AttachRequest;
  delivery.deliver({ session: S, upTo: 1, records: [{ connection: request.connection, frames: [] }], frames: [] });
  return { socket, request };
}

test('CONN-15: a client that asks for another subprotocol, or none, is refused before it connects', async (t) => {
  const { open } = await setUp(t);
  assert.equal(await statusOf(open('/v1/connect', 'other')), 426);
});

test('CONN-15: a token in the URL is refused, whatever its name', async (t) => {
  const { open } = await setUp(t);
  assert.equal(await statusOf(open('/v1/connect?token=abc')), 400);
  assert.equal(await statusOf(open('/v1/connect?x=1&access_token=abc')), 400);
});

test('CONN-14: a page of another origin is refused before it connects', async (t) => {
  const { open } = await setUp(t);
  assert.equal(await statusOf(open('/v1/connect', 'holdfast.v1', { origin: 'https://evil.test' })), 403);
});

test('CONN-15: the Authorization header of the upgrade may carry the token', async (t) => {
  const { open, host } = await setUp(t);
  const socket = open('/v1/connect', 'holdfast.v1', { authorization: 'Bearer bob' });
  await once(socket, 'open');
  socket.send(JSON.stringify({ t: 'hello', version: 1, session: S }));
  while (host.attached.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(host.attached[0]?.identity.id, 'bob');
});

test('CONN-8: frames of one delivery arrive in order, the shared one last', async (t) => {
  const served = await setUp(t);
  const { socket, request } = await login(served);
  const got: string[] = [];
  const all = new Promise<void>((resolve) =>
    socket.on('message', (data: Buffer, binary) => {
      got.push(binary ? `binary ${data.length}` : data.toString());
      if (got.length === 4) resolve();
    }),
  );
  const record = { connection: request.connection, frames: ['"welcome"'], packed: new Uint8Array(20_000), after: ['"tail"'], view: 3 };
  served.delivery.deliver({ session: S, upTo: 2, records: [record], frames: [{ view: 3, frame: '[5]' }] });
  await all;
  assert.deepEqual(got, ['"welcome"', 'binary 20000', '"tail"', '[5]']);
});

test('CONN-9: a close tells the code of the table and its name', async (t) => {
  const served = await setUp(t);
  const { connections } = served;
  const { socket, request } = await login(served);
  const message = once(socket, 'message');
  connections.evict(request.connection, 'forbidden', 'You were removed.');
  assert.match(String((await message)[0]), /"code":"forbidden","message":"You were removed."/);
  assert.deepEqual(await closeOf(socket), [4403, 'forbidden']);
});

test('CONN-16: a binary frame, a first frame above 4 KiB and a message above the limit end the connection', async (t) => {
  const served = await setUp(t);
  const { open, connections } = served;
  const binary = (await login(served)).socket;
  binary.send(Buffer.from('x'));
  assert.deepEqual(await closeOf(binary), [4400, 'bad-frame']);
  const first = open();
  await once(first, 'open');
  first.send(HELLO.padEnd(5_000));
  assert.deepEqual(await closeOf(first), [1009, 'too-large']);
  const large = (await login(served)).socket;
  large.send('x'.repeat(65_537));
  assert.equal((await closeOf(large))[0], 1009);
  assert.equal(connections.counts().closedTotal['too-large'], 2);
});

test('CONN-16: a message in too many fragments ends the connection', async (t) => {
  const served = await setUp(t);
  const { host, connections } = served;
  const { socket } = await login(served);
  for (let sent = 0; sent < 40; sent += 1) socket.send('x', { fin: false });
  await closeOf(socket);
  assert.equal(connections.counts().open, 0);
  assert.deepEqual(host.received, []);
});

test('CONN-16: frames against the WebSocket rules end that connection and no other', async (t) => {
  const served = await setUp(t);
  const { port, host, connections } = served;
  const good = await login(served);
  const raw = await rawConnection(port);
  raw.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d])); // not masked
  await once(raw, 'close');
  good.socket.send(COMMAND);
  while (host.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(connections.counts().open, 1);
});

test('CONN-7: a peer that is gone without a word is noticed when its socket is', async (t) => {
  const served = await setUp(t);
  const { connections } = served;
  const { socket } = await login(served);
  const closed = new Promise((resolve) => connections.observe((event) => event.kind === 'lost' && resolve(event.cause.code)));
  socket.terminate();
  assert.equal(await closed, 'gone');
});

test('CONN-10: a peer that does not read stands still; the other gets everything', async (t) => {
  const served = await setUp(t, { suspendAbove: 50_000 });
  const { connections, delivery } = served;
  const [slow, fast] = [await login(served), await login(served)];
  slow.socket.pause();
  let got = 0;
  fast.socket.on('message', () => (got += 1));
  const records = [slow, fast].map(({ request }) => ({ frames: [], view: 1, connection: request.connection }));
  delivery.deliver({ session: S, upTo: 1, records, frames: [] });
  const frame = JSON.stringify('x'.repeat(50_000));
  let sent = 0;
  // Until three in a row went to one of the two only.
  for (let alone = 0; alone < 3; sent += 1) {
    const before = connections.counts().writesTotal;
    delivery.deliver({ session: S, upTo: sent, records: [], frames: [{ view: 1, frame }] });
    alone = connections.counts().writesTotal - before === 1 ? alone + 1 : 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (got < sent) await once(fast.socket, 'message');
  assert.equal(connections.counts().open, 2);
});

test('CONN-28: a peer that stopped reading stands still and is brought up to date once it has read what it has', async (t) => {
  const served = await setUp(t, { suspendAbove: 100_000, maxUnsent: 100_000_000 });
  const { delivery, host, connections } = served;
  const slow = await login(served);
  const { connection } = slow.request;
  delivery.deliver({ session: S, upTo: 1, records: [{ connection, frames: [], view: 1 }], frames: [] });
  slow.socket.pause();
  const frame = JSON.stringify('x'.repeat(50_000));
  let upTo = 1;
  // Until a write goes to nobody: the stream stands still.
  for (let written = -1; connections.counts().writesTotal > written;) {
    written = connections.counts().writesTotal;
    delivery.deliver({ session: S, upTo: (upTo += 1), records: [], frames: [{ view: 1, frame }] });
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(host.received, []);
  slow.socket.resume();
  while (host.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(host.received, [`refresh ${connection} ${upTo - 1}`]);
});

test('CONN-31: a peer above the caps hears why and when to come back', async (t) => {
  const { open, connections } = await setUp(t, { limits: { maxHandshakes: 1 } });
  await once(open(), 'open');
  const turnedAway = open();
  const [message] = await once(turnedAway, 'message');
  const error = JSON.parse(String(message)) as { code: string; retryAfterMs: number };
  assert.equal(error.code, 'too-many-connections');
  assert.ok(error.retryAfterMs >= 1_000);
  assert.deepEqual(await closeOf(turnedAway), [4431, 'too-many-connections']);
  assert.equal(connections.counts().open, 1);
});

test('CONN-7: a silent peer is asked by the transport itself, and its answer counts as heard', async (t) => {
  const served = await setUp(t);
  const { connections, clock } = served;
  const { socket, request } = await login(served);
  connections.start();
  clock.advance(25_000);
  assert.equal(connections.get(request.connection)?.status.state, 'suspect');
  await once(socket, 'ping');
  while (connections.get(request.connection)?.status.state === 'suspect') await new Promise((resolve) => setImmediate(resolve));
  assert.equal(connections.get(request.connection)?.status.state, 'live');
});

test('CONN-12: stopping tells each peer to come back and ends once all are gone; new ones are refused', async (t) => {
  const served = await setUp(t);
  const { open, connections, transport } = served;
  const { socket } = await login(served);
  const closed = closeOf(socket);
  connections.stop();
  await transport.stop();
  assert.deepEqual(await closed, [1012, 'shutting-down']);
  assert.equal(await statusOf(open()), 503);
});

/** A socket that has done the handshake by hand. */
async function rawConnection(port: number): Promise<Socket> {
  const raw = connect(port, '127.0.0.1');
  raw.on('error', () => undefined);
  await once(raw, 'connect');
  const lines = ['GET /v1/connect HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  raw.write(`${[...lines, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol: holdfast.v1'].join('\r\n')}\r\n\r\n`);
  await once(raw, 'data');
  return raw;
}
