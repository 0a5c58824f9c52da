import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveFrame } from '../protocol/frames.ts';
import { ClientHarness, metaOf, positionAt, snapshot, tail, TABLE_STATE, welcome } from '../testing/client-harness.ts';

const ROLLED: LiveFrame = [11, [['title'], 'rolled'], ['m', 'rolled', { n: 4 }, 'mira']];

test('CLIENT-2: state, message, subscriber, promise, in this order', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const heard: string[] = [];
  session.on('rolled', ({ n }, { seq, by }) => heard.push(`message ${n} at ${seq} by ${by}, state ${session.state.title}`));
  session.subscribe(() => heard.push(`subscriber, state ${session.state.title}, pending ${session.pending.length}`));
  const rolled = session.commands.roll({ sides: 6 }).then((n) => heard.push(`promise ${n}, state ${session.state.title}`));
  heard.length = 0;
  harness.connection.say(ROLLED, { t: 'ack', n: 1, seq: 11, result: 4 });
  await rolled;
  assert.deepEqual(heard, [
    'message 4 at 11 by mira, state rolled',
    'subscriber, state rolled, pending 1',
    'subscriber, state rolled, pending 0',
    'promise 4, state rolled',
  ]);
});

test('CLIENT-3: an answer without any frame says that there is nothing to see: it settles at once, and what follows goes on', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const hidden = session.commands.hide({ key: 'a', text: 'b' });
  harness.connection.say({ t: 'ack', n: 1, seq: 12 });
  await hidden;
  assert.equal(session.seq, 12);
  harness.connection.say([13, [['title'], 'seen']]);
  assert.deepEqual([session.seq, session.state.title], [13, 'seen']);
});

test('CLIENT-3: a refusal says up to where its decision saw', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const refused = assert.rejects(session.commands.refuse());
  harness.connection.say([11, [['title'], 'seen'], 1], { t: 'reject', n: 1, seq: 14, code: 'rejected', message: 'no' });
  await refused;
  assert.equal(session.seq, 14);
});

test('CLIENT-3: who comes back after an answer to something unseen asks for what came after it', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const hidden = session.commands.hide({ key: 'a', text: 'b' });
  harness.connection.say({ t: 'ack', n: 1, seq: 12 });
  await hidden;
  harness.connection.drop();
  const connection = await harness.comeBack([welcome(), tail(12)]);
  assert.deepEqual(connection.hello?.position, positionAt(12));
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

test('CLIENT-13: after a log that went back, what is shown is where it went, and what has no answer is sent again', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const rolled = session.commands.roll({});
  harness.connection.say([40, [['title'], 'lost']]);
  harness.connection.drop();
  const connection = await harness.comeBack([welcome(), snapshot(5, { reason: 'regression' }), tail(6)]);
  assert.deepEqual([session.seq, session.state.title], [6, 'table']);
  assert.equal(connection.commands.length, 1);
  connection.say([7, [['title'], 'again']], { t: 'ack', n: 1, seq: 7, result: 2 });
  assert.equal(await rolled, 2);
});
