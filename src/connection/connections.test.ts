import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeWire, SESSION, startDelivery } from '../testing/delivery-harness.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { settle } from '../testing/settle-adapter.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { causeOf } from './cause.ts';
import type { Admission, ConnectionHooks } from './connection-hooks.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { Connections } from './connections.ts';

const COMMAND = JSON.stringify({ t: 'command', n: 1, low: 1, name: 'roll', args: {} });
const PING = JSON.stringify({ t: 'ping', at: 1 });

test('CONN-7: a connection that was silent for 2.5 heartbeats loses its transport; any frame keeps it', async () => {
  const { connections, login, clock } = startDelivery();
  const [silent, talking] = [await login('eve'), await login('ada')];
  for (let passed = 0; passed < 40_000; passed += 10_000) {
    clock.advance(10_000);
    connections.receive(talking.peer, passed % 20_000 === 0 ? COMMAND : PING);
  }
  assert.equal(silent.wire.closed?.code, 'timed-out');
  assert.equal(silent.connection.status.state, 'reconnecting');
  assert.equal(talking.connection.status.state, 'live');
});

test('CONN-7: a silent connection is suspect and asked for a sign of life; its answer makes it live again', async () => {
  const { connections, login, clock } = startDelivery();
  const { wire, peer, connection } = await login('ada');
  const isLive = () => connection.status.state === 'live';
  clock.advance(25_000);
  assert.equal(connection.status.state, 'suspect');
  assert.equal(wire.pings, 1);
  connections.heard(peer);
  assert.ok(isLive());
  clock.advance(20_000);
  assert.ok(isLive());
});

test('CONN-7: of three peers one times out and one is evicted; the third keeps its state and is still found', async () => {
  const { connections, login, clock, deliver } = startDelivery();
  const [silent, evicted, kept] = [await login('eve', 1), await login('bob', 1), await login('ada', 1)];
  clock.advance(20_000);
  connections.receive(kept.peer, PING);
  connections.evict(evicted.connection.id, 'forbidden');
  clock.advance(20_000);
  deliver([], [[1, '[5]']]);
  assert.deepEqual(connections.all({ state: 'live' }), [kept.connection]);
  assert.deepEqual(connections.all({ session: SESSION }), [silent.connection, kept.connection]);
  assert.deepEqual(kept.wire.writes.at(-1), ['[5]']);
});

test('CONN-11: a status is shown in wall-clock time, and says when the peer was last heard', async () => {
  const { connections, login, clock } = startDelivery();
  const { peer, connection } = await login('ada');
  const loggedInAt = clock.now();
  clock.advance(7_000);
  connections.receive(peer, PING);
  const { status } = connection;
  assert.ok(status.state === 'live');
  assert.deepEqual([status.since, status.loggedInAt, status.heardAt], [loggedInAt, loggedInAt, loggedInAt + 7_000]);
});

test('CONN-11: every step of every connection, or of one, can be observed and is counted', async () => {
  const { login, connections, kinds } = startDelivery();
  const [ada, bob] = [await login('ada'), await login('bob')];
  const ofAda: string[] = [];
  const stop = connections.observe(({ kind }) => void ofAda.push(kind), ada.connection.id);
  connections.gone(ada.peer);
  connections.gone(bob.peer);
  stop();
  connections.evict(ada.connection.id, 'forbidden');
  assert.deepEqual(ofAda, ['lost']);
  assert.deepEqual(kinds(), ['opened', 'arrived', 'opened', 'arrived', 'lost', 'lost', 'ended']);
  assert.deepEqual(connections.counts(), {
    open: 0,
    live: 0,
    kept: 1,
    openedTotal: 2,
    framesReceivedTotal: 2,
    writesTotal: 0,
    turnedAwayTotal: {},
    closedTotal: { gone: 2 },
  });
});

test('CONN-11: connections are listed by state, identity, session and transport, in any combination', async () => {
  const { login, open, connections } = startDelivery();
  const [ada, bob, waiting] = [await login('ada'), await login('bob'), open()];
  connections.gone(bob.peer);
  assert.deepEqual(connections.all(), [ada.connection, bob.connection, waiting.connection]);
  assert.deepEqual(connections.all({ transport: 'fake', state: 'connected' }), [waiting.connection]);
  assert.deepEqual(connections.all({ session: SESSION, state: 'reconnecting' }), [bob.connection]);
  assert.deepEqual(connections.all({ identity: 'ada', transport: 'other' }), []);
});

test('CONN-29: draining asks each client to come back after a time of its own, and keeps its place', async () => {
  const { login, open, connections } = startDelivery();
  const peers = [await login('ada'), await login('bob'), open(), await login('eve')];
  connections.drain(2_000);
  const delays = peers.map(({ wire }) => (JSON.parse(wire.closed?.last ?? '{}') as { retryAfterMs?: number }).retryAfterMs);
  assert.deepEqual(delays, [0, 500, 1_000, 1_500]);
  assert.equal(peers[0]?.wire.closed?.code, 'shutting-down');
  assert.equal(connections.all({ state: 'reconnecting' }).length, 3);
  assert.equal(connections.counts().open, 0);
});

// -- limits -----------------------------------------------------------------------------------------------------------

const startLimited = (limits: Partial<ConnectionLimits>) => startDelivery({ limits });

test('CONN-30: a connection that sends more than its allowance is closed with a delay; it may come back', async () => {
  const { login, connections, host } = startLimited({ connectionFrames: { perSecond: 10, burst: 20 } });
  const flood = await login('eve');
  for (let sent = 0; sent < 30; sent += 1) connections.receive(flood.peer, COMMAND);
  assert.equal(flood.wire.closed?.code, 'rate-limited');
  assert.match(flood.wire.closed.last ?? '', /"retryAfterMs":\d+/);
  assert.equal(flood.connection.status.state, 'reconnecting');
  assert.equal(host.calls.filter(([call]) => call === 'receive').length, 19);
});

test('CONN-30: an allowance fills up again with time', async () => {
  const { login, connections, clock } = startLimited({ connectionFrames: { perSecond: 10, burst: 20 } });
  const { peer, connection } = await login('ada');
  for (let second = 0; second < 10; second += 1) {
    for (let sent = 0; sent < 10; sent += 1) connections.receive(peer, COMMAND);
    clock.advance(1_000);
  }
  assert.equal(connection.status.state, 'live');
});

test('CONN-30: all connections of one identity share an allowance', async () => {
  const { login, connections, clock } = startLimited({ participantFrames: { perSecond: 10, burst: 20 } });
  const [first, second, other] = [await login('eve'), await login('eve'), await login('ada')];
  for (let round = 0; round < 4; round += 1) {
    for (let sent = 0; sent < 9; sent += 1) for (const { peer } of [first, second, other]) connections.receive(peer, COMMAND);
    clock.advance(1_000);
  }
  assert.ok([first, second].some(({ wire }) => wire.closed?.code === 'rate-limited'));
  assert.equal(other.connection.status.state, 'live');
});

test('CONN-31: transports above the caps are turned away with a delay that differs from one to the next', async () => {
  const { open, login, connections } = startLimited({ maxConnections: 3, maxHandshakes: 2, turnAwayMs: 1_000 });
  assert.equal(connections.turnsAway(undefined), undefined);
  open();
  const waiting = open();
  const tooMany = [connections.turnsAway(undefined), connections.turnsAway(undefined)];
  for (const cause of tooMany) {
    assert.equal(cause?.code, 'too-many-connections');
    assert.ok(cause.retryAfterMs !== undefined && cause.retryAfterMs >= 1_000 && cause.retryAfterMs < 2_000);
  }
  assert.notEqual(tooMany[0]?.retryAfterMs, tooMany[1]?.retryAfterMs);
  connections.gone(waiting.peer);
  assert.equal(connections.turnsAway(undefined), undefined);
  await login('ada');
  await login('bob');
  assert.equal(connections.turnsAway(undefined)?.code, 'too-many-connections');
  assert.deepEqual(connections.counts().turnedAwayTotal, { 'too-many-connections': 3 });
});

test('CONN-31: one address opens so many transports in a time; others, and this machine itself, are not affected', () => {
  const { connections, clock } = startLimited({ addressOpens: { perSecond: 1, burst: 2 } });
  const from = (address: string) => connections.turnsAway(address)?.code;
  assert.deepEqual([from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1')], [undefined, undefined, 'rate-limited']);
  assert.equal(from('192.0.2.2'), undefined);
  for (let opened = 0; opened < 5; opened += 1) assert.equal(from('127.0.0.1'), undefined);
  clock.advance(1_000);
  assert.equal(from('192.0.2.1'), undefined);
});

test('CONN-31: limits that cannot work are refused by name', () => {
  assert.throws(() => startLimited({ maxHandshakes: 0 }), /maxHandshakes must be more than 0/);
  assert.throws(() => startLimited({ addressOpens: { perSecond: 0, burst: 1 } }), /addressOpens/);
});

// -- hosts without sessions -------------------------------------------------------------------------------------------

type Person = { readonly id: string };

function startPlain(admit: (name: string) => Promise<Admission<Person>>) {
  const told: string[] = [];
  const hooks: ConnectionHooks<string, Person> = {
    receive: (connection, message) => {
      if (!connections.login(connection, message)) told.push(`${connection.identity?.id}: ${message}`);
    },
    admit,
    news: ({ identity }, news) => void told.push(`${identity?.id} ${news}`),
    lastWords: (_connection, cause) => `bye ${cause.code}`,
  };
  const connections: Connections<string, Person> = new Connections({ clock: new VirtualClock(), random: new SeededBytes(1), hooks });
  const open = () => {
    const wire = new FakeWire();
    return { wire, peer: connections.open('plain', wire) };
  };
  return { connections, told, open };
}

test('CONN-32: a host without sessions decides who comes in and what a message means', async () => {
  const { connections, told, open } = startPlain((name) => Promise.resolve({ ok: true, identity: { id: name } }));
  const { wire, peer } = open();
  connections.receive(peer, 'ada');
  await settle();
  connections.receive(peer, 'hello');
  assert.equal(connections.send(peer.connection.id, 'hello ada'), true);
  connections.gone(peer);
  assert.equal(connections.send(peer.connection.id, 'are you there?'), false);
  assert.deepEqual(told, ['ada arrived', 'ada: hello', 'ada lost']);
  assert.deepEqual(wire.writes, [['hello ada']]);
});

test('CONN-32: whom the host refuses hears the host’s own last words; what it throws ends that connection alone', async () => {
  const { connections, told, open } = startPlain((name) =>
    name === 'eve' ? Promise.resolve({ ok: false, cause: causeOf('forbidden') }) : Promise.reject(new Error('a bug')),
  );
  const [eve, bob] = [open(), open()];
  connections.receive(eve.peer, 'eve');
  connections.receive(bob.peer, 'bob');
  await settle();
  assert.deepEqual(eve.wire.closed, { code: 'forbidden', last: 'bye forbidden' });
  assert.deepEqual(bob.wire.closed, { code: 'internal', last: 'bye internal' });
  assert.deepEqual(told, ['undefined refused', 'undefined refused']);
});

test('CONN-32: a peer that is gone before the host has decided is not let in', async () => {
  let decide: (admission: Admission<Person>) => void = () => undefined;
  const { connections, open } = startPlain(() => new Promise((resolve) => (decide = resolve)));
  const { peer } = open();
  connections.receive(peer, 'ada');
  connections.gone(peer);
  decide({ ok: true, identity: { id: 'ada' } });
  await settle();
  assert.deepEqual(connections.all(), []);
});
