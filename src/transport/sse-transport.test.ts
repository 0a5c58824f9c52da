import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionDelivery, type SessionDeliveryOptions, type SessionHost } from '../connection/session-delivery.ts';
import type { ConnectionId, ParticipantId, SessionId } from '../protocol/ids.ts';
import type { AttachRequest } from '../protocol/ports.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { settle } from '../testing/settle-adapter.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { SseTransport, type SseTransportOptions, type StreamRequest } from './sse-transport.ts';
import { StreamPositions } from './stream-positions.ts';

const S = 'S'.repeat(22) as SessionId;
const HELLO = JSON.stringify({ t: 'hello', version: 1, session: S });
const PING = '{"t":"ping","at":1}';

/** Welcomes everyone. */
class OpenHost implements SessionHost {
  readonly received: string[] = [];
  readonly refreshed: number[] = [];
  attached: AttachRequest | undefined;
  delivery: SessionDelivery | undefined;
  authenticate: SessionHost['authenticate'] = (token) =>
    Promise.resolve({ ok: true, identity: { id: token as ParticipantId, name: token, claims: {} } });
  attach = (session: SessionId, request: AttachRequest): void => {
    this.attached = request;
    const welcome = JSON.stringify({ t: 'welcome', connection: request.connection, tag: 'tag' });
    const records = [{ connection: request.connection, frames: [welcome], view: 1 }];
    this.delivery?.deliver({ session, upTo: 0, records, frames: [] });
  };
  receive: SessionHost['receive'] = (_session, _connection, frame) => void this.received.push(JSON.stringify(frame));
  detach: SessionHost['detach'] = () => undefined;
  renew: SessionHost['renew'] = () => undefined;
  notice: SessionHost['notice'] = () => undefined;
  refresh: SessionHost['refresh'] = (_session, _connection, upTo) => void this.refreshed.push(upTo);
}

type Options = Pick<SseTransportOptions, 'suspendAbove' | 'trustedProxies'> & Pick<SessionDeliveryOptions, 'limits'>;

function setUp({ limits, ...options }: Options = {}) {
  const clock = new VirtualClock();
  const host = new OpenHost();
  const delivery = new SessionDelivery({ clock, random: new SeededBytes(1), host, limits });
  host.delivery = delivery;
  const { connections } = delivery;
  const transport = new SseTransport({ connections, clock, ...options });
  const open = async (more: Partial<StreamRequest> = {}) => {
    const opened = await transport.open({ hello: HELLO, credential: 'ada', remoteAddress: '10.0.0.1', ...more });
    assert.ok(opened.ok);
    const reader = opened.body.getReader();
    const read = async () => Buffer.from((await reader.read()).value ?? []).toString();
    return { ...opened, connection: opened.welcome.t === 'welcome' ? opened.welcome.connection : assert.fail('resumed'), reader, read };
  };
  let upTo = 0;
  const show = (frame: string) => delivery.deliver({ session: S, upTo: (upTo += 1), records: [], frames: [{ view: 1, frame }] });
  return { clock, host, delivery, connections, transport, open, show };
}

test('CONN-17: frames that wait for their reader come as one piece, in order', async () => {
  const { open, show } = setUp();
  const { read } = await open();
  await read();
  for (let seq = 1; seq <= 3; seq += 1) show(`[${seq}]`);
  assert.equal(await read(), 'data: [1]\n\ndata: [2]\n\ndata: [3]\n\n');
});

test('CONN-17: a comment comes every 15 seconds, unless something is on its way already', async () => {
  const { clock, open, show } = setUp();
  const { read } = await open();
  await read();
  clock.advance(15_000);
  assert.equal(await read(), ': here\n\n');
  show('[1]');
  clock.advance(15_000);
  assert.equal(await read(), 'data: [1]\n\n');
});

test('CONN-22: a watcher who takes what is sent is heard, one who does not is timed out', async () => {
  const { clock, connections, open } = setUp();
  connections.start();
  const [taking, stuck] = [
    await open({ positions: new StreamPositions('a', undefined) }),
    await open({ positions: new StreamPositions('b', undefined) }),
  ];
  await taking.read();
  for (let beat = 0; beat < 5; beat += 1) {
    clock.advance(15_000);
    assert.match(await taking.read(), /"t":"pong"/);
  }
  assert.equal(connections.get(taking.connection)?.status.state, 'live');
  assert.notEqual(connections.get(stuck.connection)?.status.state, 'live');
});

test('CONN-18: a peer that does not read its end is cut off after the closing time, and no timer stays', async () => {
  const { clock, connections, transport, open } = setUp();
  let wasCut = false;
  const { connection, read } = await open({ cut: () => (wasCut = true) });
  await read();
  connections.evict(connection, 'forbidden');
  clock.advance(1_999);
  assert.deepEqual([wasCut, transport.size], [false, 1]);
  clock.advance(1);
  assert.deepEqual([wasCut, transport.size, clock.timers], [true, 0, 0]);
});

test('CONN-18: where the HTTP server is not ours, the stream itself is broken off', async () => {
  const { clock, connections, transport, open } = setUp();
  const { connection, reader } = await open();
  connections.evict(connection, 'forbidden');
  clock.advance(2_000);
  await assert.rejects(reader.read(), /cut off/);
  assert.deepEqual([transport.size, clock.timers], [0, 0]);
});

test('CONN-18: a peer that reads its end leaves nothing behind; stopping waits for that', async () => {
  const { clock, connections, transport, open } = setUp();
  const { reader } = await open();
  connections.stop();
  let stopped = false;
  const stopping = transport.stop().then(() => (stopped = true));
  await settle();
  assert.equal(stopped, false);
  for (let piece = await reader.read(); !piece.done; piece = await reader.read());
  await stopping;
  assert.deepEqual([transport.size, clock.timers], [0, 0]);
});

test('CONN-28: the stream of a reader who is slow stands still; once all is read, the session is asked for the rest', async () => {
  const { host, open, show } = setUp({ suspendAbove: 1_000 });
  const { read } = await open();
  await read();
  for (let sent = 0; sent < 10; sent += 1) show(`["${'x'.repeat(400)}"]`);
  const piece = await read();
  assert.equal(piece.match(/data: /g)?.length, 3);
  assert.deepEqual(host.refreshed, []);
  void read();
  await settle();
  assert.deepEqual(host.refreshed, [3]);
});

test('CONN-31: a stream above the bounds is refused, with the code and when to come back', async () => {
  const { connections, open, transport } = setUp({ limits: { maxConnections: 1 } });
  await open();
  const opened = await transport.open({ hello: HELLO, credential: 'bob', remoteAddress: '10.0.0.2' });
  assert.equal(!opened.ok && opened.end.code, 'too-many-connections');
  assert.ok(!opened.ok && (opened.end.retryAfterMs ?? 0) > 0);
  assert.deepEqual([transport.size, connections.counts().openedTotal], [1, 1]);
});

test('CONN-33: the address of a stream is what a trusted proxy says it is', async () => {
  const { connections, open } = setUp({ trustedProxies: ['10.0.0.0/8'] });
  const { connection } = await open({ forwardedFor: '203.0.113.7' });
  assert.equal(connections.get(connection)?.remoteAddress, '203.0.113.7');
});

test('CONN-29: a drain ends each stream with its own time to come back, and then no more are opened', async () => {
  const { connections, open, transport } = setUp();
  const [first, second] = [await open(), await open()];
  transport.refuseNew();
  connections.drain(1_000);
  assert.match(await first.read(), /"retryAfterMs":0\b/);
  assert.match(await second.read(), /"retryAfterMs":500\b/);
  assert.equal(connections.get(first.connection)?.status.state, 'reconnecting');
  const late = await transport.open({ hello: HELLO, credential: 'ada', remoteAddress: undefined });
  assert.equal(!late.ok && late.end.code, 'shutting-down');
});

test('CONN-19: only for a connection that is there, and the poster’s own, frames are taken', async () => {
  const { host, transport, connections, open } = setUp();
  const first = await open();
  assert.equal(transport.receive(first.connection, 'ada' as ParticipantId, [PING]), true);
  assert.equal(transport.receive(first.connection, 'bob' as ParticipantId, [PING]), false);
  assert.equal(transport.receive('unknown' as ConnectionId, 'ada' as ParticipantId, [PING]), false);
  connections.evict(first.connection, 'forbidden');
  assert.equal(transport.receive(first.connection, 'ada' as ParticipantId, [PING]), false);
  assert.equal(host.attached?.connection, first.connection);
});

test('CONN-18: a login that never comes to anything is answered, not streamed', async () => {
  const { clock, host, connections, transport } = setUp();
  host.authenticate = () => new Promise(() => undefined);
  const opening = transport.open({ hello: HELLO, credential: 'ada', remoteAddress: undefined });
  await settle();
  connections.start();
  clock.advance(7_000);
  const opened = await opening;
  assert.equal(!opened.ok && opened.end.code, 'login-timeout');
  assert.equal(transport.size, 0);
  connections.stop();
  assert.equal(clock.timers, 0);
});

test('CONN-18: a refusal keeps what its last frame said: why, details, and when to come back', async () => {
  const { host, delivery, transport } = setUp();
  const frame = '{"t":"error","code":"full","message":"No seat.","details":{"seats":4},"retryAfterMs":500}';
  host.attach = (session, { connection }) => {
    const close = { code: 'full', message: 'No seat.' } as const;
    delivery.deliver({ session, upTo: 0, records: [{ connection, frames: [frame], close }], frames: [] });
  };
  const opened = await transport.open({ hello: HELLO, credential: 'ada', remoteAddress: undefined });
  assert.deepEqual(!opened.ok && opened.end, { code: 'full', message: 'No seat.', details: { seats: 4 }, retryAfterMs: 500 });
});
