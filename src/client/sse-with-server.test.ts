import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { createClient } from './create-client.ts';
import type { OpenSocket } from './socket.ts';

/** A network in which no WebSocket comes through. */
const noWebSocket: OpenSocket = (_url, _protocol, events) => {
  queueMicrotask(() => events.closed(1006, ''));
  return { send: () => undefined, close: () => undefined };
};

async function table(t: TestContext) {
  const live = await createTestServer({ sessions: [tinyTabletop] });
  const [ada, otto] = [await live.signIn('Ada'), await live.signIn('Otto')];
  const { id } = await ada.client.sessions.create('tabletop', { access: 'open' });
  const client = createClient({ url: live.url, token: otto.token, webSocket: noWebSocket });
  t.after(async () => {
    client.close();
    await live.stop();
  });
  const gm = await ada.client.join<typeof tinyTabletop>(id);
  const session = await client.join<typeof tinyTabletop>(id);
  return { live, gm, session, otto };
}

test('CLIENT-30: over an event stream a client plays as over a WebSocket, and says so', async (t) => {
  const { live, gm, session, otto } = await table(t);
  assert.ok(session.status.state === 'live');
  assert.equal(session.status.transport, 'sse');
  const n = await session.commands.roll({ sides: 6 });
  assert.deepEqual(session.state.rolls, [{ by: otto.participant.id, n }]);
  const rolled = new Promise((resolve) => session.on('rolled', resolve));
  await gm.commands.roll({ sides: 6 });
  await rolled;
  assert.deepEqual(session.state.rolls, gm.state.rolls);
  assert.deepEqual(
    live.server.connections.ofIdentity(otto.participant.id).map(({ transport }) => transport),
    ['sse'],
  );
});

test('CLIENT-30: a stream that is lost is opened again under the same connection, with nothing lost or doubled', async (t) => {
  const { live, session, otto } = await table(t);
  const [before] = live.server.connections.ofIdentity(otto.participant.id);
  await session.commands.roll({ sides: 6 });
  const connection = live.server.connections.get(before?.id ?? assert.fail());
  const back = new Promise<void>((resolve) => session.on('status', (status) => status.state === 'live' && resolve()));
  assert.ok(connection !== undefined);
  live.server.connections.drop(connection, { code: 'too-slow', message: 'Slow.', then: 'reconnect' });
  const rolls = [session.commands.roll({ sides: 6 }), session.commands.roll({ sides: 6 })];
  await back;
  await Promise.all(rolls);
  assert.equal(session.state.rolls.length, 3);
  assert.deepEqual(
    live.server.connections.ofIdentity(otto.participant.id).map(({ id, status }) => [id, status.state]),
    [[before?.id, 'live']],
  );
});

test('CLIENT-30: however much waits, it goes up, in requests that the server takes', async (t) => {
  const { live, session, otto } = await table(t);
  const [known] = live.server.connections.ofIdentity(otto.participant.id);
  const connection = live.server.connections.get(known?.id ?? assert.fail());
  assert.ok(connection !== undefined);
  live.server.connections.drop(connection, { code: 'too-slow', message: 'Slow.', then: 'reconnect' });
  const cards = Array.from({ length: 12 }, (_, n) => `${n} `.padEnd(60_000, 'x'));
  await Promise.all(cards.map((card) => session.commands.draw({ card })));
  assert.deepEqual(session.state.hands[otto.participant.id], cards);
});
