import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import { SESSION, startDelivery, type FakePeer } from '../testing/delivery-harness.ts';
import { settle } from '../testing/settle-adapter.ts';

const SECOND = 1_000;

/** Tokens say who they are of, and for how many seconds from the beginning: `ada 60`. */
function setUp(more: Partial<Identity> = {}) {
  const delivery = startDelivery();
  const began = delivery.clock.now();
  delivery.host.answer = async (token) => {
    const [id = '', seconds] = token.split(' ');
    if (id === 'bad') return { ok: false, message: 'no' };
    if (id === 'nobody-knows') return { ok: false, code: 'unavailable', message: 'later' };
    const ends = seconds === undefined ? {} : { expiresAt: began + Number(seconds) * SECOND };
    return { ok: true, identity: { id: id as ParticipantId, name: id, claims: {}, ...ends, ...more } };
  };
  const renew = async ({ peer }: FakePeer, token: string): Promise<void> => {
    delivery.connections.receive(peer, JSON.stringify({ t: 'renew', token }));
    await settle();
  };
  return { ...delivery, began, renew };
}

function codeOf({ wire }: FakePeer): string | undefined {
  return wire.closed?.code;
}

test('IDENTITY-6: a connection ends with its credential, within a second', async () => {
  const { clock, login } = setUp();
  const ada = await login('ada 30');
  clock.advance(29 * SECOND);
  assert.equal(codeOf(ada), undefined);
  clock.advance(2 * SECOND);
  assert.equal(codeOf(ada), 'expired');
  assert.match(ada.wire.closed?.last ?? '', /"code":"expired","message":"The credential has expired; sign in again."/);
});

test('IDENTITY-6: a credential without an end ends nothing, and each connection ends with its own', async () => {
  const { clock, connections, login } = setUp();
  const [short, long, endless] = [await login('ada 5'), await login('ada 8'), await login('otto')];
  const talk = () => [short, long, endless].forEach(({ peer }) => connections.heard(peer));
  const ended: (string | undefined)[][] = [];
  for (let second = 0; second < 10; second += 1) {
    clock.advance(SECOND);
    talk();
    ended.push([short, long, endless].map(codeOf));
  }
  assert.deepEqual(ended[6], ['expired', undefined, undefined]);
  assert.deepEqual(ended[9], ['expired', 'expired', undefined]);
});

test('IDENTITY-6: time that the machine slept counts', async () => {
  const { clock, login } = setUp();
  const ada = await login('ada 60');
  clock.sleep(62 * SECOND);
  clock.advance(2 * SECOND);
  assert.equal(codeOf(ada), 'expired');
});

test('IDENTITY-6: the place of a connection that ends so is kept, and a new credential brings it back', async () => {
  const { clock, connections, login, comeBack, host } = setUp();
  const ada = await login('ada 5');
  clock.advance(7 * SECOND);
  assert.equal(connections.get(ada.connection.id)?.status.state, 'reconnecting');
  const back = await comeBack('ada 60', ada.connection.id);
  assert.equal(back.connection.id, ada.connection.id);
  assert.equal(back.connection.status.state, 'live');
  clock.advance(20 * SECOND);
  assert.equal(codeOf(back), undefined);
  assert.deepEqual(
    host.calls.map(([what]) => what),
    ['attach', 'detach', 'attach'],
  );
});

test('IDENTITY-5: a new credential of the same person keeps the connection, and its session hears of it', async () => {
  const { clock, connections, host, login, renew, began } = setUp();
  const ada = await login('ada 60');
  await renew(ada, 'ada 120');
  assert.deepEqual(ada.wire.writes.at(-1), [`{"t":"renewed","expiresAt":${began + 120 * SECOND}}`]);
  assert.deepEqual(host.calls.at(-1), ['renew', SESSION, ada.connection.id, 'ada']);
  for (let second = 0; second < 119; second += 1) {
    clock.advance(SECOND);
    connections.heard(ada.peer);
  }
  assert.equal(codeOf(ada), undefined);
  clock.advance(3 * SECOND);
  assert.equal(codeOf(ada), 'expired');
});

test('IDENTITY-5: with a credential that has no end the connection has none', async () => {
  const { clock, connections, login, renew } = setUp();
  const ada = await login('ada 10');
  await renew(ada, 'ada');
  assert.deepEqual(ada.wire.writes.at(-1), ['{"t":"renewed"}']);
  for (let second = 0; second < 30; second += 1) {
    clock.advance(SECOND);
    connections.heard(ada.peer);
  }
  assert.equal(codeOf(ada), undefined);
});

test('IDENTITY-5: another person’s credential, or a wrong one, ends the connection', async () => {
  for (const token of ['otto 120', 'bad']) {
    const { login, renew, host } = setUp();
    const ada = await login('ada 60');
    await renew(ada, token);
    assert.equal(codeOf(ada), 'unauthenticated', token);
    assert.ok(!host.calls.some(([what]) => what === 'renew'));
  }
});

test('IDENTITY-5: where nobody can tell, the credential of before goes on', async () => {
  const { clock, login, renew, began } = setUp();
  const ada = await login('ada 10');
  await renew(ada, 'nobody-knows');
  assert.deepEqual(ada.wire.writes.at(-1), [`{"t":"renewed","expiresAt":${began + 10 * SECOND}}`]);
  clock.advance(12 * SECOND);
  assert.equal(codeOf(ada), 'expired');
});

test('IDENTITY-5: credentials are judged one at a time, and none before the welcome', async () => {
  const { connections, login, knock } = setUp();
  const ada = await login('ada 60');
  for (const token of ['ada 70', 'ada 80']) connections.receive(ada.peer, JSON.stringify({ t: 'renew', token }));
  await settle();
  assert.equal(codeOf(ada), 'bad-frame');
  const otto = await knock('otto');
  connections.receive(otto.peer, '{"t":"renew","token":"otto"}');
  assert.equal(codeOf(otto), 'bad-frame');
});

test('IDENTITY-5: what comes of a renewal after the transport is gone changes nothing', async () => {
  const { connections, login, host } = setUp();
  const ada = await login('ada 60');
  connections.receive(ada.peer, '{"t":"renew","token":"ada 120"}');
  connections.gone(ada.peer);
  await settle();
  assert.deepEqual(ada.wire.writes, []);
  assert.ok(!host.calls.some(([what]) => what === 'renew'));
});

test('IDENTITY-8: a guest is nobody in any other session', async () => {
  const elsewhere = { guest: { session: 'T'.repeat(22) as SessionId, invite: 'i1' } };
  const { knock, host } = setUp(elsewhere);
  const guest = await knock('guest-1');
  assert.equal(codeOf(guest), 'not-found');
  assert.deepEqual(host.calls, []);
});

test('IDENTITY-5: a renewal that was under way over an earlier transport is not in the way of the next one', async () => {
  const { connections, host, login, comeBack, renew, began } = setUp();
  const ada = await login('ada 60');
  const answer = host.answer;
  host.answer = () => Promise.withResolvers<never>().promise;
  await renew(ada, 'ada 90');
  host.answer = answer;
  const again = await comeBack('ada 60', ada.connection.id);
  await renew(again, 'ada 120');
  assert.equal(codeOf(again), undefined);
  assert.equal(connections.get(ada.connection.id)?.lifecycle.state, 'live');
  assert.deepEqual(again.wire.writes.at(-1), [`{"t":"renewed","expiresAt":${began + 120 * SECOND}}`]);
});
