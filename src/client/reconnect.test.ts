import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Code } from '../protocol/codes.ts';
import { CODES } from '../protocol/codes.ts';
import { ClientHarness, firstFrames, HEARTBEAT_MS, snapshot, TABLE, tail, welcome } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';
import type { ConnectionStatus } from '../connection/lifecycle-states.ts';
import type { SessionStatus } from './session-status.ts';

type WithStatus = { readonly status: SessionStatus };

function stateOf({ status }: WithStatus): string {
  return status.state;
}

/** Why it waits or is closed. */
function codeOf({ status }: WithStatus): string | undefined {
  return status.state === 'waiting' || status.state === 'closed' ? status.reason.code : undefined;
}

const BACK = [welcome(), tail(10)];

test('CLIENT-8: a session that loses its connection waits, says so, and is live again by itself', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const states: string[] = [];
  session.on('status', (status) => states.push(status.state));
  harness.clock.advance(6_000);
  harness.connection.drop();
  const { status } = session;
  assert.ok(status.state === 'waiting');
  assert.deepEqual([status.attempt, status.kept, status.reason.code], [1, 0, 'unavailable']);
  assert.equal(status.nextTryAt, harness.clock.now() + 75);
  harness.clock.advance(75);
  await settle();
  assert.equal(harness.network.connections.length, 2);
  assert.ok(session.status.state === 'waiting' && session.status.nextTryAt === undefined);
  harness.connection.accept();
  harness.connection.say(...BACK);
  assert.equal(session.status.state, 'live');
  assert.deepEqual(states, ['waiting', 'waiting', 'live']);
});

test('CLIENT-8: since when it is waiting stays the same over many tries', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop();
  const { since } = session.status;
  for (let attempt = 2; attempt <= 4; attempt += 1) {
    harness.clock.advance(attempt * 400);
    await settle();
    harness.connection.drop();
    assert.ok(session.status.state === 'waiting');
    assert.deepEqual([session.status.since, session.status.attempt], [since, attempt]);
  }
});

test('CLIENT-8: a server that keeps closing at once is not tried in a hot loop', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const waits: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    harness.connection.drop(1012);
    assert.ok(session.status.state === 'waiting');
    waits.push((session.status.nextTryAt ?? 0) - harness.clock.now());
    await harness.comeBack(BACK);
  }
  assert.deepEqual(waits, [75, 150, 300, 600]);
});

test('CLIENT-8: the server’s word on when to come back is kept', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.say({ t: 'error', code: 'shutting-down', message: 'Restarting.', retryAfterMs: 3_000 });
  assert.ok(session.status.state === 'waiting');
  assert.equal(session.status.nextTryAt, harness.clock.now() + 3_000);
  assert.equal(session.status.reason.message, 'Restarting.');
});

test('CLIENT-9: a waiting client tries at once when the network comes back', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.wake();
  await settle();
  assert.equal(harness.network.connections.length, 1);
  harness.connection.drop();
  harness.wake();
  await settle();
  assert.equal(harness.network.connections.length, 2);
  harness.connection.accept();
  harness.connection.say(...BACK);
  assert.equal(session.status.state, 'live');
  harness.clock.advance(60);
  assert.equal(harness.network.connections.length, 2);
});

test('CLIENT-10: it pings when live, tells what it measured, and pings at every heartbeat', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const pings = () => harness.connection.received.filter((frame) => frame.t === 'ping');
  assert.equal(pings().length, 1);
  assert.equal(session.rtt, undefined);
  harness.clock.advance(24);
  harness.connection.say({ t: 'pong', at: pings()[0]?.at ?? -1, now: 0 });
  assert.equal(session.rtt, 24);
  assert.deepEqual(
    pings().map((ping) => ping.t === 'ping' && ping.rtt),
    [undefined, 24],
  );
  harness.clock.advance(HEARTBEAT_MS);
  assert.equal(pings().length, 3);
});

test('CLIENT-10: silence makes a connection suspect, and then lost; any frame is a sign of life', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.clock.advance(1.4 * HEARTBEAT_MS);
  harness.connection.say([11]);
  harness.clock.advance(1.4 * HEARTBEAT_MS);
  assert.equal(stateOf(session), 'live');
  harness.clock.advance(0.2 * HEARTBEAT_MS);
  assert.equal(stateOf(session), 'suspect');
  void session.commands.roll({}).catch(() => undefined);
  assert.equal(harness.connection.commands.length, 1);
  harness.connection.say([12]);
  assert.equal(stateOf(session), 'live');
  harness.clock.advance(2.6 * HEARTBEAT_MS);
  assert.deepEqual([stateOf(session), codeOf(session)], ['waiting', 'timed-out']);
});

test('CLIENT-10: a device that slept asks before it takes the connection for lost', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const pings = () => harness.connection.received.filter((frame) => frame.t === 'ping').length;
  const before = pings();
  harness.clock.sleep(60_000);
  harness.wake();
  assert.equal(stateOf(session), 'suspect');
  assert.equal(pings(), before + 1);
  harness.connection.say({ t: 'pong', at: harness.clock.monotonic(), now: 0 });
  assert.equal(stateOf(session), 'live');
});

test('CLIENT-10: after a wake neither what lay in the buffer nor an older pong shows that the server is there', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const asleep = harness.clock.monotonic();
  harness.clock.sleep(60_000);
  harness.connection.say([11]);
  harness.wake();
  harness.connection.say([12], { t: 'pong', at: asleep, now: 0 });
  harness.clock.advance(0.2 * HEARTBEAT_MS);
  assert.equal(stateOf(session), 'suspect');
  harness.connection.say([13]);
  assert.equal(stateOf(session), 'live');
});

test('CLIENT-8: an answer that takes long because the link is slow is waited for as long as something comes', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop();
  const second = await harness.comeBack(BACK.slice(0, 1));
  harness.clock.advance(30_000);
  assert.equal(second.closedByClient, undefined);
  second.say(...BACK.slice(1));
  assert.equal(stateOf(session), 'live');
});

test('CLIENT-10: distance and clock of the server are medians of the latest round trips', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  assert.equal(session.clock, undefined);
  for (const rttMs of [20, 40, 500, 30, 20]) {
    const at = harness.clock.monotonic();
    const now = harness.clock.now() + 7_000 + rttMs / 2;
    harness.clock.advance(rttMs);
    harness.connection.say({ t: 'pong', at, now });
  }
  await import('./inspection.ts');
  await settle();
  assert.deepEqual(session.clock, { rttMs: 30, jitterMs: 460, offsetMs: 7_000 });
  assert.equal(session.rtt, 20);
});

test('CLIENT-11: every code does what the table says, as an error frame and as a close', async () => {
  for (const [code, row] of Object.entries(CODES) as [Code, { then: string; close?: number }][]) {
    for (const how of ['error', 'close'] as const) {
      if (how === 'close' && row.close === undefined) continue;
      const harness = new ClientHarness();
      const session = await harness.join();
      if (how === 'error') harness.connection.say({ t: 'error', code, message: 'Because.' });
      else harness.connection.drop(row.close, code);
      await settle();
      const expected = row.then === 'stop' || row.then === 'sign-in' ? (code === 'ended' ? 'ended' : 'closed') : 'waiting';
      assert.equal(session.status.state, expected, `${code} as ${how}`);
      const message = how === 'error' ? 'Because.' : `The connection to the server ended: ${code}.`;
      if (session.status.state === 'closed') assert.deepEqual(session.status.reason, { code, message, then: row.then });
    }
  }
});

test('CLIENT-9: a device that is offline waits and says so', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.wake('offline');
  assert.ok(session.status.state === 'waiting');
  assert.equal(session.status.reason.message, 'This device is offline.');
  assert.notEqual(harness.connection.closedByClient, undefined);
  harness.wake();
  await settle();
  assert.equal(harness.network.connections.length, 2);
});

test('CLIENT-27: a returning client presents the token of the last welcome', async () => {
  const harness = new ClientHarness();
  await harness.join();
  assert.equal(harness.connection.hello?.reconnect, undefined);
  harness.connection.drop();
  const second = await harness.comeBack([welcome({ reconnect: 'token-2', resumed: true }), tail(10)]);
  assert.deepEqual([second.hello?.connection, second.hello?.reconnect], ['connection-1', 'token-1']);
  second.drop();
  assert.equal((await harness.comeBack(BACK)).hello?.reconnect, 'token-2');
});

test('CLIENT-27: a connection that is resumed says only what is new; the rest is as it was', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop();
  const second = await harness.comeBack([{ t: 'resumed', reconnect: 'token-2' }, tail(10)]);
  assert.deepEqual([session.status.state, session.self.id], ['live', 'mira']);
  second.drop();
  const { hello } = await harness.comeBack(BACK);
  assert.deepEqual([hello?.connection, hello?.reconnect, hello?.instance], ['connection-1', 'token-2', 'instance-1']);
});

test('CLIENT-27: a token that was replaced already is not presented again; instance and position stay', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.say({ t: 'error', code: 'token-reused', message: 'Used before.' });
  assert.ok(session.status.state === 'waiting');
  const { hello } = await harness.comeBack(BACK);
  assert.deepEqual([hello?.reconnect, hello?.instance, hello?.position?.seq], [undefined, 'instance-1', 10]);
});

test('CLIENT-28: the connection shows in the words of the lifecycle, in wall-clock time', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const { connection } = session;
  assert.ok(connection.state === 'live');
  assert.equal(connection.loggedInAt, harness.clock.now());
  assert.equal(session.connection, connection);
  harness.connection.drop();
  const after = session.connection as ConnectionStatus;
  assert.ok(after.state === 'reconnecting');
  assert.equal(after.retryAt, harness.clock.now() + 75);
});

test('CLIENT-11: a code of a newer server that this client does not know means to stop and say so', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const refused = session.commands.refuse();
  harness.connection.say('{"t":"reject","n":1,"seq":10,"code":"too-tired","message":"Rest first."}');
  await assert.rejects(refused, { code: 'too-tired', then: 'stop', message: 'Rest first.' });
  assert.equal(stateOf(session), 'live');
  harness.connection.say('{"t":"error","code":"toString","message":"Odd."}');
  assert.deepEqual([stateOf(session), codeOf(session)], ['closed', 'toString']);
});

test('CLIENT-11: a close that no table names is a lost connection', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop(1001, 'going away');
  assert.equal(session.status.state, 'waiting');
});

test('CLIENT-11: a refused credential is renewed once, and the session goes on', async () => {
  const tokens = ['old', 'new', 'newer'];
  const harness = new ClientHarness({ token: async () => tokens.shift() ?? 'none left' });
  const session = await harness.join();
  assert.equal(harness.connection.hello?.token, 'old');
  harness.connection.say({ t: 'error', code: 'unauthenticated', message: 'Expired.' });
  await settle();
  harness.connection.accept();
  assert.equal(harness.connection.hello?.token, 'new');
  harness.connection.say(...BACK);
  assert.equal(session.status.state, 'live');
});

test('CLIENT-11: a credential refused twice in a row closes the session and says so', async () => {
  let asked = 0;
  const harness = new ClientHarness({ token: () => `token-${(asked += 1)}` });
  const joining = harness.client.join(TABLE);
  const rejected = assert.rejects(joining, { code: 'unauthenticated', then: 'sign-in' });
  for (let round = 0; round < 2; round += 1) {
    await settle();
    harness.connection.accept();
    harness.connection.say({ t: 'error', code: 'unauthenticated', message: 'No.' });
  }
  await rejected;
  assert.equal(asked, 2);
});

test('CLIENT-11: a token function that fails is asked again later', async () => {
  let asked = 0;
  const harness = new ClientHarness({
    token: () => {
      asked += 1;
      if (asked === 1) throw new Error('offline');
      return 'token';
    },
  });
  const joining = harness.client.join(TABLE);
  await settle();
  harness.clock.advance(100);
  await settle();
  harness.connection.accept();
  harness.connection.say(...firstFrames());
  assert.equal((await joining).status.state, 'live');
});

test('CLIENT-14: a frame that makes no sense changes nothing; the next connection asks for a snapshot', async () => {
  const odd = [
    'not json',
    '{"t":"what"}',
    '[11,[["nowhere","x"],1]]',
    '[11,[99,1]]',
    '{"t":"tail","position":{"logId":"log-1","seq":11,"tag":"tag-1"},"events":[11],"paths":{"id":1,"list":[],"after":5}}',
    '{"t":"ack"}',
    '[11,["z",1]]',
  ];
  for (const text of odd) {
    const harness = new ClientHarness();
    const session = await harness.join();
    const { state } = session;
    harness.connection.say(text);
    assert.equal(session.state, state);
    assert.equal(session.status.state, 'waiting', text);
    assert.equal(harness.log.length, 1);
    const connection = await harness.comeBack([welcome(), snapshot(30, { state: { title: 'fresh' } }), tail(30)]);
    assert.deepEqual([connection.hello?.instance, connection.hello?.position], ['instance-1', undefined]);
    assert.deepEqual(session.state, { title: 'fresh' });
  }
});

test('CLIENT-14: an event that comes twice is not applied twice', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.say([11, ['p', ['rolls'], 0, 0, { by: 'otto', n: 3 }]]);
  harness.connection.say([11, ['p', ['rolls'], 0, 0, { by: 'otto', n: 3 }]]);
  assert.equal(session.state.rolls.length, 1);
  assert.equal(session.status.state, 'waiting');
});

test('CLIENT-14: the sixth within a minute closes the session', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  for (let round = 0; round < 5; round += 1) {
    harness.connection.say('nonsense');
    assert.equal(session.status.state, 'waiting');
    await harness.comeBack([welcome(), snapshot(30), tail(30)]);
  }
  harness.connection.say('nonsense');
  assert.ok(session.status.state === 'closed');
  assert.equal(session.status.reason.code, 'bad-frame');
  assert.equal(harness.clock.timers, 0);
});

test('CLIENT-17: leaving settles what was sent before, tells the server and closes', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const rolled = session.commands.roll({});
  const left = session.leave();
  assert.equal(stateOf(session), 'leaving');
  assert.deepEqual(
    harness.connection.commands.map(({ name }) => name),
    ['roll', '@leave'],
  );
  await assert.rejects(session.commands.roll({}), { code: 'left' });
  harness.connection.say(
    [11],
    { t: 'ack', n: 1, seq: 11, result: 3 },
    { t: 'ack', n: 2, seq: 12 },
    { t: 'error', code: 'left', message: 'You left.' },
  );
  await left;
  assert.equal(await rolled, 3);
  assert.deepEqual([stateOf(session), codeOf(session)], ['closed', 'left']);
  assert.equal(harness.clock.timers, 0);
  await session.leave();
});

test('CLIENT-17: leaving ends after five seconds even when the server says nothing', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const left = session.leave();
  harness.clock.advance(5_000);
  await left;
  assert.equal(session.status.state, 'closed');
  assert.equal(harness.clock.timers, 0);
});

test('CLIENT-17: leaving while there is no connection ends at once; what was kept says that it was not sent', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const sent = session.commands.roll({});
  harness.connection.drop();
  const kept = session.commands.rest();
  const [sentFails, keptFails] = [
    assert.rejects(sent, { code: 'left', details: { outcome: 'unknown' } }),
    assert.rejects(kept, { code: 'left', details: { outcome: 'not-sent' } }),
  ];
  await session.leave();
  await Promise.all([sentFails, keptFails]);
});

test('CLIENT-18: an ended session stays readable, refuses commands and does not reconnect', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.say([11, [[0, 'status'], 'ended'], [[0, 'endedBy'], 'otto'], [[0, 'reason'], 'late']]);
  assert.deepEqual({ ...session.status, since: 0 }, { state: 'ended', since: 0, by: 'otto', reason: 'late' });
  assert.equal(session.state.title, 'table');
  await assert.rejects(session.commands.roll({}), { code: 'ended' });
  harness.connection.drop();
  harness.clock.advance(60_000);
  assert.equal(harness.network.connections.length, 1);
  assert.equal(harness.clock.timers, 0);
  assert.equal(session.status.state, 'ended');
});

test('CLIENT-35: a client that its own given-up login replaces comes back', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop();
  harness.clock.advance(75);
  await settle();
  harness.connection.accept();
  assert.ok(harness.connection.hello, 'the login is on its way when its connection is lost');
  harness.connection.drop();
  await harness.comeBack(BACK);
  harness.connection.say({ t: 'error', code: 'replaced', message: 'The connection goes on over another transport.' });
  assert.deepEqual([stateOf(session), codeOf(session)], ['waiting', 'replaced']);
  await harness.comeBack(BACK);
  assert.equal(stateOf(session), 'live');
  harness.connection.say({ t: 'error', code: 'replaced', message: 'The connection goes on over another transport.' });
  assert.deepEqual([stateOf(session), codeOf(session)], ['closed', 'replaced']);
});

test('CLIENT-35: a client that gave up nothing and is replaced is another copy’s, and stops', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop();
  await harness.comeBack(BACK);
  harness.connection.say({ t: 'error', code: 'replaced', message: 'The connection goes on over another transport.' });
  assert.deepEqual([stateOf(session), codeOf(session)], ['closed', 'replaced']);
});
