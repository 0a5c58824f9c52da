import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientHarness, firstFrames, metaOf, snapshot, TABLE, TABLE_STATE, tail, welcome } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';
import { HoldfastError } from './holdfast-error.ts';

test('CLIENT-1: joining gives a session whose present state is there', async () => {
  const harness = new ClientHarness();
  const session = await harness.join([welcome(), snapshot(8), tail(10, { events: [9, [['title'], 'harbour'], 1] })]);
  assert.equal(harness.connection.url, 'ws://server.test/v1/connect');
  assert.equal(harness.connection.protocol, 'holdfast.v1');
  assert.equal(session.id, TABLE);
  assert.deepEqual(session.state, { ...TABLE_STATE, title: 'harbour' });
  assert.equal(session.seq, 10);
  assert.deepEqual(session.self, { id: 'mira', name: 'mira', role: 'gm' });
  assert.deepEqual(session.participants, [{ id: 'mira', name: 'mira', role: 'gm', joinedSeq: 2 }]);
  assert.equal(session.meta.name, 'Friday night');
  assert.equal(session.status.state, 'live');
});

test('CLIENT-1: the first frame names session, credential and wished role, and no instance or position', async () => {
  const harness = new ClientHarness();
  const joining = harness.client.join(TABLE, { role: 'spectator' });
  await settle();
  harness.connection.accept();
  harness.connection.say(...firstFrames());
  await joining;
  const { accept, ...hello } = harness.connection.hello ?? assert.fail('no hello');
  assert.deepEqual(hello, { t: 'hello', version: 1, session: TABLE, token: 'token-1', role: 'spectator' });
  assert.deepEqual(accept, ['deflate']);
});

test('CLIENT-1: the promise waits for the tail that brings a kept snapshot up to the present', async () => {
  const harness = new ClientHarness();
  let joined = false;
  const joining = harness.client.join(TABLE).then(() => (joined = true));
  await settle();
  harness.connection.accept();
  harness.connection.say(welcome(), snapshot(8));
  await settle();
  assert.equal(joined, false);
  harness.connection.say(tail(10));
  await joining;
  assert.equal(joined, true);
});

test('CLIENT-1: a refused join rejects with code, message, details and what to do', async () => {
  for (const [code, then] of [
    ['not-found', 'stop'],
    ['forbidden', 'stop'],
    ['full', 'retry'],
    ['ended', 'stop'],
  ] as const) {
    const harness = new ClientHarness();
    const joining = harness.join([{ t: 'error', code, message: 'No.', details: { seats: 4 } }]);
    await assert.rejects(joining, (error) => {
      assert.ok(error instanceof HoldfastError);
      assert.deepEqual([error.code, error.message, error.details, error.then], [code, 'No.', { seats: 4 }, then]);
      return true;
    });
    assert.equal(harness.clock.timers, 0);
  }
});

test('CLIENT-1: a server that cannot be reached is tried for 15 seconds, then the join rejects and says why', async () => {
  const harness = new ClientHarness();
  const joining = harness.client.join(TABLE);
  const rejected = assert.rejects(
    joining,
    (error) => error instanceof HoldfastError && error.code === 'unavailable' && /15 seconds.*1006/.test(error.message),
  );
  for (let ms = 0; ms < 15_000; ms += 100) {
    await settle();
    harness.connection.drop();
    harness.clock.advance(100);
  }
  await rejected;
  assert.ok(harness.network.connections.length > 4);
  assert.equal(harness.clock.timers, 0);
});

test('CLIENT-1: a server that accepts and says nothing is given up on after ten seconds', async () => {
  const harness = new ClientHarness();
  const joining = harness.client.join(TABLE);
  await settle();
  harness.connection.accept();
  harness.clock.advance(10_000);
  assert.ok(harness.connection.closedByClient !== undefined);
  harness.clock.advance(100);
  await settle();
  assert.equal(harness.network.connections.length, 2);
  harness.connection.accept();
  harness.connection.say(...firstFrames());
  assert.equal((await joining).status.state, 'live');
});

test('CLIENT-15: of two sessions one is refused and one loses its connection, each on its own', async () => {
  const harness = new ClientHarness();
  const stays = await harness.join();
  const fails = await harness.join();
  const [first, second] = harness.network.connections;
  second?.say({ t: 'error', code: 'quarantined', message: 'Set aside.' });
  assert.equal(fails.status.state, 'closed');
  assert.equal(stays.status.state, 'live');
  first?.say([11, [['title'], 'still here']]);
  assert.equal(stays.state.title, 'still here');
  await assert.rejects(harness.join([{ t: 'error', code: 'not-found', message: 'No.' }]));
  assert.equal(stays.status.state, 'live');
});

test('CLIENT-15: closing the client ends every session without leaving it', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.client.close();
  assert.equal(session.status.state, 'closed');
  assert.deepEqual(harness.connection.closedByClient, { code: 1000, reason: 'left' });
  assert.deepEqual(harness.connection.commands, []);
  assert.equal(harness.clock.timers, 0);
});

test('CLIENT-23: who comes, goes and changes is told with the seq of the event', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const heard: unknown[] = [];
  session.on('participant', ({ kind, seq, participant }) => heard.push([kind, seq, participant.id, participant.role]));
  harness.connection.say([
    11,
    [[0, 'participants', 'otto'], { name: 'Otto', role: 'player', joinedSeq: 11 }],
    1,
    [[0, 'participants', 'otto', 'role'], 'gm'],
  ]);
  harness.connection.say([13, ['d', [0, 'participants', 'otto']]]);
  assert.deepEqual(heard, [
    ['joined', 11, 'otto', 'player'],
    ['changed', 12, 'otto', 'gm'],
    ['left', 13, 'otto', 'gm'],
  ]);
});

test('CLIENT-23: who is lost and returns is told as the server says it, with the reason', async () => {
  const harness = new ClientHarness();
  const session = await harness.join([welcome(), snapshot(10, { meta: metaOf({ mira: 'gm', otto: 'player' }) }), tail(10)]);
  const heard: unknown[] = [];
  session.on('participant', ({ kind, seq, participant, reason }) => heard.push([kind, seq, participant.id, participant.role, reason]));
  const said = (change: string, reason: string) => ['m', '@participant', { id: 'otto', name: 'otto', change, reason }, 'system'] as const;
  harness.connection.say([11, [[0, 'participants', 'otto', 'away'], true], [...said('lost', 'timed-out')]]);
  harness.connection.say([12, ['d', [0, 'participants', 'otto', 'away']], [...said('returned', 'reconnected')]]);
  harness.connection.say([13, ['d', [0, 'participants', 'otto']], [...said('left', 'left')]]);
  assert.deepEqual(heard, [
    ['lost', 11, 'otto', 'player', 'timed-out'],
    ['returned', 12, 'otto', 'player', 'reconnected'],
    ['left', 13, 'otto', 'player', 'left'],
  ]);
});

test('CLIENT-23: a change of the own role shows in self', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const before = session.self;
  harness.connection.say([11, [['title'], 'x']]);
  assert.equal(session.self, before);
  harness.connection.say([12, [[0, 'participants', 'mira', 'role'], 'player']]);
  assert.equal(session.self.role, 'player');
});

test('CLIENT-23: a snapshot that replaces the state tells who came and went meanwhile', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const heard: string[] = [];
  session.on('participant', ({ kind, participant }) => heard.push(`${kind} ${participant.id}`));
  harness.connection.drop();
  await harness.comeBack([welcome(), snapshot(90, { reason: 'cheaper', meta: metaOf({ mira: 'gm', nora: 'player' }) }), tail(90)]);
  assert.deepEqual(heard, ['joined nora']);
});

test('CLIENT-24: a listener that throws is logged and stops no other', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  let heard = 0;
  session.subscribe(() => {
    throw new Error('a bug of the application');
  });
  const stop = session.subscribe(() => (heard += 1));
  harness.connection.say([11, [['title'], 'x']]);
  assert.equal(heard, 1);
  assert.equal(session.state.title, 'x');
  assert.equal(session.status.state, 'live');
  assert.match(harness.log.join(), /listener of change threw/);
  stop();
  harness.connection.say([12, [['title'], 'y']]);
  assert.equal(heard, 1);
});
