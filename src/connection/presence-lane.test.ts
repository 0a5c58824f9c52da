import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionNotice, PresenceDelivery } from '../protocol/ports.ts';
import { SESSION, startDelivery, type FakePeer } from '../testing/delivery-harness.ts';

async function lane() {
  const harness = startDelivery();
  const [gm, ada] = [await harness.login('mira', 1), await harness.login('ada', 2)];
  const tell = (presence: PresenceDelivery) => harness.delivery.deliver({ session: SESSION, upTo: 1, records: [], frames: [], presence });
  tell({
    own: [
      { connection: gm.connection.id, group: 'gm', frame: 'whole for gm' },
      { connection: ada.connection.id, group: 'others', frame: 'whole' },
    ],
  });
  const notices = () => harness.host.calls.flatMap(([kind, , notice]) => (kind === 'notice' ? [notice as ConnectionNotice] : []));
  return { ...harness, gm, ada, tell, notices };
}

const presenceOf = ({ wire }: FakePeer) => wire.writes.flat();

test('PRESENCE-10: what is for those who run the session reaches nobody else', async () => {
  const { gm, ada, tell } = await lane();
  tell({ all: 'changed', gm: 'more', own: [] });
  assert.deepEqual(presenceOf(gm), ['whole for gm', 'changed', 'more']);
  assert.deepEqual(presenceOf(ada), ['whole', 'changed']);
});

test('PRESENCE-16: who is in no group any more is told nothing', async () => {
  const { ada, tell } = await lane();
  tell({ own: [{ connection: ada.connection.id, group: null }] });
  tell({ all: 'changed', own: [] });
  assert.deepEqual(presenceOf(ada), ['whole']);
});

test('PRESENCE-8: a connection that is over is told nothing, and does not begin again by itself', async () => {
  const { connections, ada, tell, comeBack } = await lane();
  connections.gone(ada.peer);
  tell({ all: 'changed', own: [{ connection: ada.connection.id, group: 'others', frame: 'whole' }] });
  assert.deepEqual(presenceOf(ada), ['whole']);
  const again = await comeBack('ada', ada.connection.id, 2);
  tell({ all: 'changed', own: [] });
  assert.deepEqual(again.wire.writes.flat(), ['welcome back']);
});

test('PRESENCE-11: a peer that has much to read gets no presence; when it has read it is told to be behind, once', async () => {
  const { clock, gm, ada, tell, notices } = await lane();
  ada.wire.unsent = 70_000;
  for (let n = 0; n < 3; n += 1) tell({ all: `changed ${n}`, own: [] });
  clock.advance(1_000);
  assert.deepEqual([presenceOf(ada), presenceOf(gm).length], [['whole'], 4]);
  assert.deepEqual(
    notices().filter(({ kind }) => kind === 'behind'),
    [],
  );
  ada.wire.unsent = 0;
  clock.advance(3_000);
  assert.deepEqual(
    notices().filter(({ kind }) => kind === 'behind'),
    [{ kind: 'behind', connection: ada.connection.id }],
  );
});

test('PRESENCE-11: a stream that stands still gets no presence, and events are never dropped for it', async () => {
  const { deliver, ada, tell } = await lane();
  ada.wire.keepsUp = false;
  deliver([], [[2, 'event']]);
  tell({ all: 'changed', own: [] });
  assert.deepEqual(presenceOf(ada), ['whole', 'event']);
});

test('PRESENCE-10: how connections are is told every two seconds where it changed, and only where a GM is', async () => {
  const { clock, connections, ada, gm, notices } = await lane();
  connections.receive(ada.peer, JSON.stringify({ t: 'ping', at: 1, rtt: 42 }));
  clock.advance(2_000);
  const details = () => notices().flatMap((notice) => (notice.kind === 'details' ? notice.rows : []));
  const rowOf = (peer: FakePeer) => details().findLast(({ connection }) => connection === peer.connection.id);
  assert.equal(rowOf(ada)?.rttMs, 42);
  assert.equal(rowOf(gm)?.rttMs, null);
  const told = details().length;
  clock.advance(4_000);
  assert.equal(details().length, told);
  ada.wire.unsent = 5;
  clock.advance(2_000);
  assert.deepEqual([rowOf(ada)?.unsentBytes, details().length], [5, told + 1]);
  connections.gone(gm.peer);
  ada.wire.unsent = 6;
  clock.advance(4_000);
  assert.equal(details().length, told + 1);
});

test('PRESENCE-12: of a connection that is silent for one and a half heartbeats the session is told, and when it is heard again', async () => {
  const { clock, connections, ada, gm, notices } = await lane();
  for (let second = 0; second < 24; second += 1) {
    connections.receive(gm.peer, JSON.stringify({ t: 'ping', at: second }));
    clock.advance(1_000);
  }
  const told = () => notices().filter(({ kind }) => kind === 'silent' || kind === 'heard');
  assert.deepEqual(told(), [{ kind: 'silent', connection: ada.connection.id }]);
  connections.heard(ada.peer);
  assert.deepEqual(told().at(-1), { kind: 'heard', connection: ada.connection.id });
});
