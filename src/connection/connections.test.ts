import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../testing/virtual-clock.ts';
import type { ClientFrame } from '../protocol/frames.ts';
import type { ConnectionId, ParticipantId, SessionId } from '../protocol/ids.ts';
import type { AttachRequest, ConnectionRecord, Random } from '../protocol/ports.ts';
import { Connections, type Authentication, type ConnectionEvent, type ConnectionHost } from './connections.ts';
import type { OwnFrames, SharedFrame, Wire } from './wire.ts';

const S = 'S'.repeat(22) as SessionId;
const OTHER = 'T'.repeat(22) as SessionId;

/** What a peer got: one entry a write. */
class FakeWire implements Wire {
  readonly remoteAddress = '127.0.0.1';
  readonly writes: string[][] = [];
  readonly shared: SharedFrame[] = [];
  closed: { code: string; last: string | undefined } | undefined;
  keepsUp = true;

  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  sendShared(frame: SharedFrame): boolean {
    this.shared.push(frame);
    this.writes.push([frame.text]);
    return this.keepsUp;
  }

  send(own: OwnFrames, shared: SharedFrame | undefined): boolean {
    const packed = own.packed === undefined ? [] : [`packed ${own.packed.length}`];
    const text = shared === undefined ? [] : [shared.text];
    this.writes.push([...own.frames, ...packed, ...(own.after ?? []), ...text, ...(own.answers ?? [])]);
    return this.keepsUp;
  }

  close(code: string, last: string | undefined): void {
    this.closed = { code, last };
  }
}

class FakeHost implements ConnectionHost {
  readonly calls: unknown[][] = [];
  readonly attached: AttachRequest[] = [];
  failing = false;
  answer: (token: string) => Promise<Authentication> = (token) =>
    Promise.resolve(
      token === 'bad' ? { ok: false, message: 'no' } : { ok: true, identity: { id: token as ParticipantId, name: token, claims: {} } },
    );

  authenticate(token: string): Promise<Authentication> {
    return this.answer(token);
  }
  attach(session: SessionId, request: AttachRequest): void {
    this.attached.push(request);
    this.calls.push(['attach', session, request.identity.id, request.connection]);
  }
  receive(session: SessionId, connection: ConnectionId, frame: ClientFrame): void {
    if (this.failing) throw new Error('a bug');
    this.calls.push(['receive', session, connection, frame.t]);
  }
  detach(session: SessionId, connection: ConnectionId): void {
    this.calls.push(['detach', session, connection]);
  }
}

function setUp() {
  const clock = new VirtualClock();
  let drawn = 0;
  const random: Random = { bytes: (count) => new Uint8Array(count).fill((drawn += 1)) };
  const host = new FakeHost();
  const connections = new Connections({ clock, random, host });
  connections.start();
  const events: ConnectionEvent[] = [];
  connections.observe((event) => void events.push(event));
  const open = () => {
    const wire = new FakeWire();
    return { wire, connection: connections.open('fake', wire) };
  };
  const login = async (name: string, session = S) => {
    const peer = open();
    connections.receive(peer.connection, hello(name, session));
    await settled();
    return peer;
  };
  const deliver = (records: readonly ConnectionRecord[], frames: readonly [number, string][] = []) =>
    connections.deliver({ session: S, records, frames: frames.map(([view, frame]) => ({ view, frame })) });
  return { clock, host, connections, events, open, login, deliver };
}

/** Verifying a credential takes a turn of the microtask queue. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function hello(token: string, session: SessionId): string {
  return JSON.stringify({ t: 'hello', version: 1, session, token });
}

const COMMAND = JSON.stringify({ t: 'command', n: 1, low: 1, name: 'roll', args: { sides: 20 } });
const ping = (at: number) => JSON.stringify({ t: 'ping', at });

test('CONN-1: a connection logs in with its first frame and is then found by id, identity and session', async () => {
  const { connections, login, host } = setUp();
  const { connection } = await login('ada');
  assert.equal(connections.get(connection.id)?.status.state, 'live');
  assert.deepEqual(connections.ofIdentity('ada' as ParticipantId), [connection]);
  assert.deepEqual(connections.ofSession(S), [connection]);
  assert.deepEqual(host.calls, [['attach', S, 'ada', connection.id]]);
});

test('CONN-1: one identity may have several connections, each found under it', async () => {
  const { connections, login } = setUp();
  const [first, second] = [await login('ada'), await login('ada', OTHER)];
  assert.deepEqual(connections.ofIdentity('ada' as ParticipantId), [first.connection, second.connection]);
  assert.deepEqual(connections.ofSession(OTHER), [second.connection]);
});

test('CONN-2: without the first frame within 5 seconds a connection ends', () => {
  const { clock, open } = setUp();
  const { wire } = open();
  clock.advance(4_900);
  assert.ok(!wire.isClosed);
  clock.advance(2_000);
  assert.equal(wire.closed?.code, 'login-timeout');
});

test('CONN-2: a credential that takes too long to check counts as no login', () => {
  const { clock, open, connections, host } = setUp();
  host.answer = () => new Promise(() => undefined);
  const { wire, connection } = open();
  connections.receive(connection, hello('ada', S));
  clock.advance(7_000);
  assert.equal(wire.closed?.code, 'login-timeout');
});

test('CONN-3: a wrong credential closes with a code that says to sign in', async () => {
  const { login, host } = setUp();
  const { wire } = await login('bad');
  assert.equal(wire.closed?.code, 'unauthenticated');
  assert.match(wire.closed?.last ?? '', /"code":"unauthenticated"/);
  assert.deepEqual(host.calls, []);
});

test('CONN-3: the credential may come with the transport’s own opening instead', async () => {
  const { connections, host } = setUp();
  const connection = connections.open('fake', new FakeWire(), 'ada');
  connections.receive(connection, JSON.stringify({ t: 'hello', version: 1, session: S }));
  await settled();
  assert.deepEqual(host.calls[0]?.slice(0, 3), ['attach', S, 'ada']);
});

test('CONN-4: a frame that cannot be read ends its connection and no other', async () => {
  const { connections, login } = setUp();
  const [bad, good] = [await login('eve'), await login('ada')];
  connections.receive(bad.connection, '{"t":');
  assert.equal(bad.wire.closed?.code, 'bad-frame');
  assert.equal(good.connection.status.state, 'live');
});

test('CONN-4: a command before the welcome ends the connection', () => {
  const { connections, open, host } = setUp();
  const { wire, connection } = open();
  connections.receive(connection, hello('ada', S));
  connections.receive(connection, COMMAND);
  assert.equal(wire.closed?.code, 'bad-frame');
  assert.deepEqual(host.calls, []);
});

test('CONN-5: what fails inside the server on account of one connection ends that one alone and is reported', async () => {
  const { connections, login, host, events } = setUp();
  const [bad, good] = [await login('eve'), await login('ada')];
  host.failing = true;
  connections.receive(bad.connection, COMMAND);
  assert.equal(bad.wire.closed?.code, 'internal');
  assert.doesNotMatch(bad.wire.closed?.last ?? '', /a bug/);
  assert.ok(events.some((event) => event.kind === 'failed' && event.connection === bad.connection));
  assert.equal(good.connection.status.state, 'live');
});

test('CONN-5: a login whose check fails ends with a code that says to try again', async () => {
  const { login, host } = setUp();
  host.answer = () => Promise.reject(new Error('the issuer is down'));
  const { wire } = await login('ada');
  assert.equal(wire.closed?.code, 'internal');
});

test('CONN-6: a ping is answered at once with its own mark and the server’s time', async () => {
  const { connections, login, clock } = setUp();
  const { wire, connection } = await login('ada');
  connections.receive(connection, ping(7));
  assert.deepEqual(wire.writes, [[JSON.stringify({ t: 'pong', at: 7, now: clock.now() })]]);
});

test('CONN-7: a connection that was silent for 2.5 heartbeats ends; any frame keeps it', async () => {
  const { connections, login, clock } = setUp();
  const [silent, talking] = [await login('eve'), await login('ada')];
  for (let passed = 0; passed < 40_000; passed += 10_000) {
    clock.advance(10_000);
    connections.receive(talking.connection, passed % 20_000 === 0 ? COMMAND : ping(1));
  }
  assert.equal(silent.wire.closed?.code, 'timed-out');
  assert.equal(talking.connection.status.state, 'live');
});

test('CONN-8: a delivery is one write per client: own frames before the shared one', async () => {
  const { login, deliver } = setUp();
  const [ada, bob, eve] = [await login('ada'), await login('bob'), await login('eve')];
  deliver([record(ada, ['welcome a'], 1), record(bob, ['welcome b'], 1), record(eve, ['welcome e'], 2)]);
  deliver(
    [{ connection: ada.connection.id, frames: ['own'] }],
    [
      [1, '[5]'],
      [2, '[5,1]'],
    ],
  );
  assert.deepEqual(ada.wire.writes, [['welcome a'], ['own', '[5]']]);
  assert.deepEqual(bob.wire.writes, [['welcome b'], ['[5]']]);
  assert.deepEqual(eve.wire.writes, [['welcome e'], ['[5,1]']]);
});

test('CONN-8: a connection that gets its view in a delivery gets the view’s frame of that very delivery', async () => {
  const { login, deliver } = setUp();
  const ada = await login('ada');
  deliver([{ ...record(ada, ['welcome'], 1), packed: new Uint8Array(9), after: ['tail'] }], [[1, '[5]']]);
  assert.deepEqual(ada.wire.writes, [['welcome', 'packed 9', 'tail', '[5]']]);
});

test('CONN-8: answers come after the frame of the view, in the same write; without such a frame they come alone', async () => {
  const { login, deliver } = setUp();
  const ada = await login('ada');
  deliver([record(ada, ['welcome'], 1)]);
  deliver([{ connection: ada.connection.id, frames: [], answers: ['ack 1', 'ack 2'] }], [[1, '[5]']]);
  deliver([{ connection: ada.connection.id, frames: [], answers: ['ack 3'] }], [[2, '[6]']]);
  assert.deepEqual(ada.wire.writes, [['welcome'], ['[5]', 'ack 1', 'ack 2'], ['ack 3']]);
});

test('CONN-1: the path table that a returning client names reaches its session', async () => {
  const { connections, open, host } = setUp();
  const { connection } = open();
  connections.receive(connection, JSON.stringify({ ...JSON.parse(hello('ada', S)), table: [7, 12] }));
  await settled();
  assert.deepEqual(host.attached[0]?.table, { id: 7, known: 12 });
});

test('CONN-8: clients of one view are given one and the same encoding', async () => {
  const { login, deliver } = setUp();
  const peers = [await login('ada'), await login('bob')];
  deliver(peers.map((peer) => record(peer, ['w'], 1)));
  deliver([], [[1, '[5]']]);
  assert.equal(peers[0]?.wire.shared[0], peers[1]?.wire.shared[0]);
});

test('CONN-9: a connection whose view is taken away receives no more frames of it', async () => {
  const { login, deliver } = setUp();
  const ada = await login('ada');
  deliver([record(ada, ['w'], 1)]);
  deliver([{ connection: ada.connection.id, frames: [], view: null }], [[1, '[5]']]);
  assert.deepEqual(ada.wire.writes, [['w']]);
});

test('CONN-9: a close in a delivery comes after its frames, and the session hears of the end once', async () => {
  const { login, deliver, host, connections } = setUp();
  const ada = await login('ada');
  deliver([{ connection: ada.connection.id, frames: ['error'], close: { code: 'left', message: 'bye' } }]);
  connections.gone(ada.connection);
  assert.deepEqual(ada.wire.writes, [['error']]);
  assert.deepEqual(ada.wire.closed, { code: 'left', last: undefined });
  assert.deepEqual(host.calls.slice(1), [['detach', S, ada.connection.id]]);
});

test('CONN-10: a client that does not read is closed as too slow; the others get their frames', async () => {
  const { login, deliver } = setUp();
  const [slow, fast] = [await login('eve'), await login('ada')];
  deliver([record(slow, ['w'], 1), record(fast, ['w'], 1)]);
  slow.wire.keepsUp = false;
  deliver([], [[1, '[5]']]);
  deliver([], [[1, '[6]']]);
  assert.equal(slow.wire.closed?.code, 'too-slow');
  assert.deepEqual(fast.wire.writes, [['w'], ['[5]'], ['[6]']]);
});

test('CONN-11: one connection can be evicted with a code; the rest stay', async () => {
  const { login, connections } = setUp();
  const [eve, ada] = [await login('eve'), await login('ada')];
  assert.equal(connections.evict(eve.connection.id, 'forbidden', 'You were removed.'), true);
  assert.equal(connections.evict(eve.connection.id, 'forbidden'), false);
  assert.deepEqual(eve.wire.closed?.code, 'forbidden');
  assert.deepEqual(connections.all(), [ada.connection]);
});

test('CONN-11: every step of every connection can be observed', async () => {
  const { login, connections, events } = setUp();
  const { connection } = await login('ada');
  connections.gone(connection);
  assert.deepEqual(
    events.map((event) => event.kind),
    ['opened', 'live', 'closed'],
  );
  assert.deepEqual(connections.counts(), {
    open: 0,
    live: 0,
    openedTotal: 1,
    framesReceivedTotal: 1,
    writesTotal: 0,
    closedTotal: { gone: 1 },
  });
});

test('CONN-12: stopping closes all with a code that says to come back, and leaves no timer', async () => {
  const { login, open, connections, clock } = setUp();
  const [live, waiting] = [await login('ada'), open()];
  connections.stop();
  assert.equal(live.wire.closed?.code, 'shutting-down');
  assert.equal(waiting.wire.closed?.code, 'shutting-down');
  assert.deepEqual(connections.all(), []);
  assert.equal(clock.timers, 0);
});

test('CONN-12: what is still sent to a connection that has ended goes nowhere', async () => {
  const { login, connections, deliver, host } = setUp();
  const { wire, connection } = await login('ada');
  connections.gone(connection);
  deliver([record({ connection }, ['late'], 1)], [[1, '[5]']]);
  connections.receive(connection, COMMAND);
  assert.deepEqual(wire.writes, []);
  assert.equal(host.calls.length, 2);
});

function record({ connection }: { connection: { id: ConnectionId } }, frames: string[], view: number): ConnectionRecord {
  return { connection: connection.id, frames, view };
}
