import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveFrame } from '../protocol/frames.ts';
import { ClientHarness, metaOf, snapshot, tail, TABLE_STATE, welcome } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';

const ROLLED: LiveFrame = [11, [['title'], 'rolled'], ['m', 'rolled', { n: 4 }, 'mira']];
const ACK = { t: 'ack', n: 1, seq: 11, result: 4 } as const;

for (const [order, first, second] of [
  ['before', ACK, ROLLED],
  ['after', ROLLED, ACK],
] as const) {
  test(`CLIENT-2: state, message, subscriber, promise, in this order, when the ack comes ${order} the frame`, async () => {
    const harness = new ClientHarness();
    const session = await harness.join();
    const heard: string[] = [];
    session.on('rolled', ({ n }, { seq, by }) => heard.push(`message ${n} at ${seq} by ${by}, state ${session.state.title}`));
    session.subscribe(() => heard.push(`subscriber, state ${session.state.title}, pending ${session.pending.length}`));
    const rolled = session.commands.roll({ sides: 6 }).then((n) => heard.push(`promise ${n}, state ${session.state.title}`));
    heard.length = 0;
    harness.connection.say(first, second);
    await rolled;
    const message = 'message 4 at 11 by mira, state rolled';
    const subscriber = 'subscriber, state rolled, pending ';
    const expected = order === 'before' ? [message, `${subscriber}0`] : [message, `${subscriber}1`, `${subscriber}0`];
    assert.deepEqual(heard, [...expected, 'promise 4, state rolled']);
  });
}

test('CLIENT-3: an ack waits for the frame that covers its event, however late it comes', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  let answered = false;
  const rolled = session.commands.roll({}).then(() => (answered = true));
  harness.connection.say({ t: 'ack', n: 1, seq: 12, result: 3 }, [11, [['title'], 'someone else']]);
  await settle();
  assert.equal(answered, false);
  assert.equal(session.pending.length, 1);
  harness.connection.say([12, [['title'], 'mine']]);
  await rolled;
  assert.equal(session.pending.length, 0);
});

test('CLIENT-3: a frame that only steps over events covers them', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const hidden = session.commands.hide({ key: 'a', text: 'b' });
  harness.connection.say({ t: 'ack', n: 1, seq: 12 }, [11, [['title'], 'x'], 1]);
  await hidden;
  assert.equal(session.seq, 12);
});

test('CLIENT-3: an event of which nothing is seen has no frame: the client asks for a sign of life, and then knows', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const hidden = session.commands.hide({ key: 'a', text: 'b' });
  harness.connection.say({ t: 'ack', n: 1, seq: 11 });
  const pings = () => harness.connection.received.filter((frame) => frame.t === 'ping');
  const before = pings().length;
  harness.clock.advance(5);
  const asked = pings().slice(before);
  assert.equal(asked.length, 1);
  harness.connection.say({ t: 'pong', at: asked[0]?.at ?? 0, now: 0 });
  await hidden;
  assert.equal(session.seq, 11);
});

test('CLIENT-3: a pong of a ping sent before the ack says nothing', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  let answered = false;
  void session.commands.hide({ key: 'a', text: 'b' }).then(() => (answered = true));
  harness.clock.advance(1);
  harness.connection.say({ t: 'ack', n: 1, seq: 11 }, { t: 'pong', at: 0, now: 0 });
  harness.clock.advance(5);
  harness.connection.say({ t: 'pong', at: 0, now: 0 });
  await settle();
  assert.equal(answered, false);
});

test('CLIENT-2: a refusal rejects with the code, message and details of the server', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const refused = session.commands.refuse();
  harness.connection.say({ t: 'reject', n: 1, seq: 10, code: 'rejected', message: 'not today', details: { why: 'rain' } });
  await assert.rejects(refused, { name: 'HoldfastError', code: 'rejected', message: 'not today', details: { why: 'rain' }, then: 'stop' });
});

test('CLIENT-4: a change makes new objects along its path and nowhere else', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const before = session.state;
  const { meta } = session;
  harness.connection.say([11, [['tokens', 'marlin', 'x'], 5]]);
  assert.notEqual(session.state, before);
  assert.notEqual(session.state.tokens, before.tokens);
  assert.equal(session.state.rolls, before.rolls);
  assert.equal(session.meta, meta);
  assert.equal(before.tokens['marlin']?.x, 1);
});

test('CLIENT-4: what says nothing new leaves every identity as it is', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const read = () => [session.state, session.meta, session.participants, session.pending, session.self, session.status];
  const before = read();
  harness.connection.say([11], [12, ['m', 'rolled', { n: 1 }, 'otto']]);
  assert.deepEqual(
    read().map((value, index) => value === before[index]),
    [true, true, true, true, true, true],
  );
  assert.equal(session.seq, 12);
});

test('CLIENT-4: a snapshot of unchanged content changes no identity; of changed content only what changed', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const { state, meta, participants } = session;
  harness.connection.drop();
  await harness.comeBack([welcome(), snapshot(90, { reason: 'cheaper' }), tail(90)]);
  assert.equal(session.state, state);
  assert.equal(session.meta, meta);
  assert.equal(session.participants, participants);
  harness.connection.drop();
  await harness.comeBack([
    welcome(),
    snapshot(99, { reason: 'cheaper', state: { ...TABLE_STATE, title: 'new' }, meta: metaOf() }),
    tail(99),
  ]);
  assert.notEqual(session.state, state);
  assert.equal(session.state.tokens, state.tokens);
});

test('CLIENT-13: a tail continues what is there, and its messages are delivered', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const heard: number[] = [];
  session.on('rolled', ({ n }, { seq }) => heard.push(seq, n));
  const { tokens } = session.state;
  harness.connection.drop();
  const events: LiveFrame = [11, ['m', 'rolled', { n: 6 }, 'otto'], 2, [['title'], 'after']];
  await harness.comeBack([welcome(), tail(13, { events, folded: true })]);
  assert.deepEqual(heard, [11, 6]);
  assert.equal(session.state.title, 'after');
  assert.equal(session.state.tokens, tokens);
  harness.connection.say([14, [['title'], 'live again']]);
  assert.equal(session.state.title, 'live again');
});

test('CLIENT-13: a snapshot replaces what is there and says whose messages were missed', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const missed: unknown[] = [];
  session.on('missed', (range) => missed.push([range, session.state.title]));
  harness.connection.drop();
  await harness.comeBack([welcome(), snapshot(90, { reason: 'cheaper', missed: [11, 90], state: { title: 'new' } }), tail(90)]);
  assert.deepEqual(session.state, { title: 'new' });
  assert.deepEqual(missed, [[{ from: 11, to: 90 }, 'new']]);
});

test('CLIENT-13: after a log that went back, what was acknowledged and never seen is refused', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const rolled = session.commands.roll({});
  harness.connection.say({ t: 'ack', n: 1, seq: 40, result: 1 });
  harness.connection.drop();
  const rejected = assert.rejects(rolled, { code: 'internal', details: { outcome: 'unknown' } });
  await harness.comeBack([welcome(), snapshot(5, { reason: 'regression' }), tail(6)]);
  await rejected;
  assert.equal(session.seq, 6);
});
