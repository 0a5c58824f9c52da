import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ViewHash } from '../state/view-hash.ts';
import { ClientHarness, metaOf, snapshot, TABLE_STATE, tail, welcome } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';

const RIGHT = new ViewHash().of({ meta: metaOf(), state: TABLE_STATE });

/** The module of the checks is loaded with the first of them. */
async function checked(): Promise<void> {
  await import('./inspection.ts');
  await settle();
}

function divergedOf({ connection }: ClientHarness) {
  return connection.received.filter((frame) => frame.t === 'diverged');
}

test('CLIENT-29: a view that is as the server says is not spoken of', async () => {
  const harness = new ClientHarness();
  await harness.join();
  harness.connection.say({ t: 'check', seq: 10, hash: RIGHT });
  await checked();
  assert.deepEqual(divergedOf(harness), []);
  assert.deepEqual(harness.log, []);
});

test('CLIENT-29: one value that went wrong is noticed, told once, and healed by a snapshot', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const { tokens } = session.state;
  Object.assign(session.state, { title: 'wrong' });
  harness.connection.say({ t: 'check', seq: 10, hash: RIGHT });
  await checked();
  harness.connection.say({ t: 'check', seq: 10, hash: RIGHT });
  await checked();
  assert.deepEqual(
    divergedOf(harness).map(({ seq }) => seq),
    [10],
  );
  assert.match(harness.log.join(), /view at 10 is not what the server says/);
  harness.connection.say(snapshot(10, { reason: 'diverged' }), tail(10));
  assert.equal(session.state.title, 'table');
  assert.equal(session.state.tokens, tokens);
  harness.connection.say({ t: 'check', seq: 10, hash: RIGHT });
  await checked();
  assert.equal(divergedOf(harness).length, 1);
});

test('CLIENT-29: a view that went wrong is not continued after a loss either', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  Object.assign(session.state, { title: 'wrong' });
  harness.connection.say({ t: 'check', seq: 10, hash: RIGHT });
  await checked();
  harness.connection.drop();
  const { hello } = await harness.comeBack([welcome(), snapshot(10), tail(10)]);
  assert.equal(hello?.position, undefined);
  assert.equal(session.state.title, 'table');
  harness.connection.drop();
  assert.notEqual((await harness.comeBack([welcome(), tail(10)])).hello?.position, undefined);
});

test('CLIENT-29: a check of another seq than the own one says nothing', async () => {
  const harness = new ClientHarness();
  await harness.join();
  harness.connection.say({ t: 'check', seq: 9, hash: 'ffff' });
  await checked();
  assert.deepEqual(divergedOf(harness), []);
});
