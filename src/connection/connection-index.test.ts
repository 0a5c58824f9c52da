import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { FakeWire } from '../testing/delivery-harness.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { settle } from '../testing/settle-adapter.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Connections } from './connections.ts';

const [KITCHEN, CELLAR] = ['kitchen' as SessionId, 'cellar' as SessionId];

/** A host that believes every login: `ada kitchen`. */
function startTrusting() {
  const connections: Connections<string, { readonly id: string }> = new Connections({
    clock: new VirtualClock(),
    random: new SeededBytes(1),
    hooks: {
      receive: (connection, message) => void connections.login(connection, message),
      admit: (login) => {
        const [id = '', session] = login.split(' ');
        return Promise.resolve({ ok: true, identity: { id }, session: session as SessionId | undefined });
      },
    },
  });
  const logIn = async (login: string) => {
    const peer = connections.open('plain', new FakeWire());
    connections.receive(peer, login);
    await settle();
    return peer.connection;
  };
  return { connections, logIn };
}

test('CONN-11: the connections of one identity to one session are found among those to its other sessions', async () => {
  const { connections, logIn } = startTrusting();
  const phone = await logIn('ada kitchen');
  const other = await logIn('ada cellar');
  const laptop = await logIn('ada kitchen');
  await logIn('bob kitchen');
  assert.deepEqual(connections.all({ identity: 'ada', session: KITCHEN }), [phone, laptop]);
  assert.deepEqual(connections.all({ identity: 'ada', session: CELLAR }), [other]);
  assert.deepEqual(connections.all({ identity: 'bob', session: CELLAR }), []);
  assert.deepEqual(new Set(connections.ofIdentity('ada')), new Set([phone, other, laptop]));
});

test('CONN-11: a connection that is over is found in no way any more, the others still in every way', async () => {
  const { connections, logIn } = startTrusting();
  const [first, second] = [await logIn('ada kitchen'), await logIn('ada kitchen')];
  connections.evict(first.id, 'forbidden');
  for (const filter of [{}, { identity: 'ada' }, { session: KITCHEN }, { identity: 'ada', session: KITCHEN }]) {
    assert.deepEqual(connections.all(filter), [second]);
  }
  connections.evict(second.id, 'forbidden');
  for (const filter of [{}, { identity: 'ada' }, { session: KITCHEN }, { identity: 'ada', session: KITCHEN }]) {
    assert.deepEqual(connections.all(filter), []);
  }
});

test('CONN-11: a connection without a session is found by its identity', async () => {
  const { connections, logIn } = startTrusting();
  const ada = await logIn('ada');
  assert.deepEqual(connections.ofIdentity('ada'), [ada]);
  assert.deepEqual(connections.all({ identity: 'ada', session: KITCHEN }), []);
});
