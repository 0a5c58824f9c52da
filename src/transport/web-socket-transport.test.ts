import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { Connections, type ConnectionHost } from '../connection/connections.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { AttachRequest } from '../protocol/ports.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { WebSocketTransport, type WebSocketTransportOptions } from './web-socket-transport-adapter.ts';

const S = 'S'.repeat(22) as SessionId;

/** A host that lets everyone in and keeps what it is told. */
class OpenHost implements ConnectionHost {
  readonly attached: AttachRequest[] = [];
  readonly received: string[] = [];
  authenticate: ConnectionHost['authenticate'] = (token) =>
    Promise.resolve({ ok: true, identity: { id: token as ParticipantId, name: token, claims: {} } });
  attach = (_session: SessionId, request: AttachRequest): void => void this.attached.push(request);
  receive: ConnectionHost['receive'] = (_session, _connection, frame) => void this.received.push(JSON.stringify(frame));
  detach: ConnectionHost['detach'] = () => undefined;
}

async function setUp(t: TestContext, options: Partial<WebSocketTransportOptions> = {}) {
  const host = new OpenHost();
  const connections = new Connections({ clock: new VirtualClock(), random: new SeededBytes(1), host });
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
  return { host, connections, transport, open, port };
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

/** Opens, logs in and waits until the host knows. */
async function login(open: () => WebSocket, host: OpenHost): Promise<{ socket: WebSocket; request: AttachRequest }> {
  const socket = open();
  await once(socket, 'open');
  const before = host.attached.length;
  socket.send(HELLO);
  while (host.attached.length === before) await new Promise((resolve) => setImmediate(resolve));
  return { socket, request: host.attached[before] as AttachRequest };
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
  const { open, host, connections } = await setUp(t);
  const { socket, request } = await login(open, host);
  const got: string[] = [];
  const all = new Promise<void>((resolve) =>
    socket.on('message', (data: Buffer, binary) => {
      got.push(binary ? `binary ${data.length}` : data.toString());
      if (got.length === 4) resolve();
    }),
  );
  const record = { connection: request.connection, frames: ['"welcome"'], packed: new Uint8Array(20_000), after: ['"tail"'], view: 3 };
  connections.deliver({ session: S, records: [record], frames: [{ view: 3, frame: '[5]' }] });
  await all;
  assert.deepEqual(got, ['"welcome"', 'binary 20000', '"tail"', '[5]']);
});

test('CONN-9: a close tells the code of the table and its name', async (t) => {
  const { open, host, connections } = await setUp(t);
  const { socket, request } = await login(open, host);
  const message = once(socket, 'message');
  connections.evict(request.connection, 'forbidden', 'You were removed.');
  assert.match(String((await message)[0]), /"code":"forbidden","message":"You were removed."/);
  assert.deepEqual(await closeOf(socket), [4403, 'forbidden']);
});

test('CONN-16: a binary frame, a first frame above 4 KiB and a message above the limit end the connection', async (t) => {
  const { open, host, connections } = await setUp(t);
  const binary = (await login(open, host)).socket;
  binary.send(Buffer.from('x'));
  assert.deepEqual(await closeOf(binary), [4400, 'bad-frame']);
  const first = open();
  await once(first, 'open');
  first.send(HELLO.padEnd(5_000));
  assert.deepEqual(await closeOf(first), [1009, 'too-large']);
  const large = (await login(open, host)).socket;
  large.send('x'.repeat(65_537));
  assert.equal((await closeOf(large))[0], 1009);
  assert.equal(connections.counts().closedTotal['too-large'], 2);
});

test('CONN-16: a message in too many fragments ends the connection', async (t) => {
  const { open, host, connections } = await setUp(t);
  const { socket } = await login(open, host);
  for (let sent = 0; sent < 40; sent += 1) socket.send('x', { fin: false });
  await closeOf(socket);
  assert.equal(connections.counts().open, 0);
  assert.deepEqual(host.received, []);
});

test('CONN-16: frames against the WebSocket rules end that connection and no other', async (t) => {
  const { port, open, host, connections } = await setUp(t);
  const good = await login(open, host);
  const raw = await rawConnection(port);
  raw.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d])); // not masked
  await once(raw, 'close');
  good.socket.send(COMMAND);
  while (host.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(connections.counts().open, 1);
});

test('CONN-7: a peer that is gone without a word is noticed when its socket is', async (t) => {
  const { open, host, connections } = await setUp(t);
  const { socket } = await login(open, host);
  const closed = new Promise((resolve) => connections.observe((event) => event.kind === 'closed' && resolve(event.reason)));
  socket.terminate();
  assert.equal(await closed, 'gone');
});

test('CONN-10: a peer that does not read is cut off once its bound is reached; the other gets everything', async (t) => {
  const { open, host, connections } = await setUp(t, { maxUnsent: 100_000 });
  const [slow, fast] = [await login(open, host), await login(open, host)];
  slow.socket.pause();
  let got = 0;
  fast.socket.on('message', () => (got += 1));
  const view = { frames: [], view: 1 };
  connections.deliver({
    session: S,
    records: [slow, fast].map(({ request }) => ({ ...view, connection: request.connection })),
    frames: [],
  });
  let sent = 0;
  const frame = JSON.stringify('x'.repeat(50_000));
  while (connections.get(slow.request.connection) !== undefined && sent < 2_000) {
    connections.deliver({ session: S, records: [], frames: [{ view: 1, frame }] });
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(connections.counts().closedTotal['too-slow'], 1);
  while (got < sent) await once(fast.socket, 'message');
  assert.equal(connections.get(fast.request.connection)?.status.state, 'live');
});

test('CONN-12: stopping tells each peer to come back and ends once all are gone; new ones are refused', async (t) => {
  const { open, host, connections, transport } = await setUp(t);
  const { socket } = await login(open, host);
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
