import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSION, startDelivery, type FakePeer } from '../testing/delivery-harness.ts';

type Delivery = ReturnType<typeof startDelivery>;

/** From now on the peer does not read: that much waits for it. */
function stopReading({ wire }: FakePeer, unsent = 300_000): void {
  wire.keepsUp = false;
  wire.unsent = unsent;
}

function readAll({ wire }: FakePeer): void {
  wire.keepsUp = true;
  wire.unsent = 0;
  wire.drained();
}

async function twoPeers({ login }: Delivery): Promise<[slow: FakePeer, fast: FakePeer]> {
  return [await login('eve', 1), await login('ada', 1)];
}

test('CONN-10: the stream of a client that reads slowly stands still, the others get their frames', async () => {
  const delivery = startDelivery();
  const [slow, fast] = await twoPeers(delivery);
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  delivery.deliver([], [[1, '[6]']], 6);
  assert.deepEqual(slow.wire.writes, [['[5]']]);
  assert.deepEqual(fast.wire.writes, [['[5]'], ['[6]']]);
  assert.equal(slow.connection.status.state, 'live');
});

test('CONN-28: once a slow client has read what it has, its session is asked for what came after that', async () => {
  const delivery = startDelivery();
  const [slow] = await twoPeers(delivery);
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  delivery.deliver([], [[1, '[6]']], 6);
  assert.ok(!delivery.host.calls.some(([call]) => call === 'refresh'));
  readAll(slow);
  assert.deepEqual(delivery.host.calls.at(-1), ['refresh', SESSION, slow.connection.id, 5]);
  delivery.deliver([{ connection: slow.connection.id, frames: ['tail'], view: 1 }], [], 6);
  delivery.deliver([], [[1, '[7]']], 7);
  assert.deepEqual(slow.wire.writes, [['[5]'], ['tail'], ['[7]']]);
});

test('CONN-28: answers wait until everything that they rest on has been sent', async () => {
  const delivery = startDelivery();
  const [slow] = await twoPeers(delivery);
  const { id } = slow.connection;
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  delivery.deliver([{ connection: id, frames: [], answers: ['ack 1'] }], [[1, '[6]']], 6);
  readAll(slow);
  delivery.deliver([{ connection: id, frames: ['tail'], view: 1, answers: ['ack 2'] }], [], 7);
  assert.deepEqual(slow.wire.writes, [['[5]'], ['tail', 'ack 1', 'ack 2']]);
});

test('VIEW-23: a stream that begins anew while its client reads nothing does so when it is asked for, and answers are kept', async () => {
  const delivery = startDelivery();
  const [slow] = await twoPeers(delivery);
  const { id } = slow.connection;
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  delivery.deliver([{ connection: id, frames: ['another view'], view: 2, answers: ['ack 1'] }], [[2, '[7]']], 7);
  assert.deepEqual(slow.wire.writes, [['[5]']]);
  readAll(slow);
  assert.deepEqual(delivery.host.calls.at(-1), ['refresh', SESSION, id, 5]);
  delivery.deliver([{ connection: id, frames: ['snapshot'], view: 2 }], [], 7);
  delivery.deliver([], [[2, '[8]']], 8);
  assert.deepEqual(slow.wire.writes, [['[5]'], ['snapshot', 'ack 1'], ['[8]']]);
});

test('CONN-10: a client that reads nothing and goes on asking is closed beyond the bound, and may come back', async () => {
  const delivery = startDelivery();
  const [slow, fast] = await twoPeers(delivery);
  stopReading(slow, 4 * 1024 * 1024 + 1);
  delivery.deliver([], [[1, '[5]']], 5);
  assert.equal(slow.connection.status.state, 'live');
  delivery.connections.receive(slow.peer, '{"t":"ping","at":1}');
  assert.equal(slow.wire.closed?.code, 'too-slow');
  delivery.deliver([], [[1, '[6]']], 6);
  assert.equal(delivery.connections.all({ identity: 'eve' })[0]?.status.state, 'reconnecting');
  assert.deepEqual(fast.wire.writes, [['[5]'], ['[6]']]);
});

test('CONN-10: a transport that cannot say when it has drained is closed when too much is unsent', async () => {
  const delivery = startDelivery();
  const [slow] = await twoPeers(delivery);
  Object.assign(slow.wire, { whenDrained: undefined, keepsUp: false, unsent: 5_000_000 });
  delivery.deliver([], [[1, '[5]']], 5);
  assert.equal(slow.wire.closed?.code, 'too-slow');
});

test('CONN-10: a client whose stream stands still for more than 30 seconds is closed as too slow', async () => {
  const delivery = startDelivery();
  const [slow, fast] = await twoPeers(delivery);
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  for (let passed = 0; passed < 32_000; passed += 4_000) {
    for (const { peer } of [slow, fast]) delivery.connections.receive(peer, '{"t":"ping","at":1}');
    delivery.clock.advance(4_000);
  }
  assert.equal(slow.wire.closed?.code, 'too-slow');
  assert.equal(fast.connection.status.state, 'live');
});

test('CONN-10: answers that nobody reads are bounded too', async () => {
  const delivery = startDelivery({ slow: { maxUnsent: 400_000 } });
  const [slow] = await twoPeers(delivery);
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  delivery.deliver([{ connection: slow.connection.id, frames: [], answers: ['x'.repeat(400_001)] }], [], 5);
  assert.equal(slow.wire.closed?.code, 'too-slow');
});

test('CONN-10: many small answers that nobody reads are bounded as one large one is', async () => {
  const delivery = startDelivery({ slow: { maxUnsent: 400_000 } });
  const [slow, fast] = await twoPeers(delivery);
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  const { id } = slow.connection;
  for (let sent = 0; sent < 400; sent += 1) delivery.deliver([{ connection: id, frames: [], answers: ['x'.repeat(1_000)] }], [], 5);
  assert.equal(slow.connection.status.state, 'live');
  delivery.deliver([{ connection: id, frames: ['x'], answers: [] }], [], 5);
  assert.equal(slow.wire.closed?.code, 'too-slow');
  assert.equal(fast.wire.closed, undefined);
});

test('CONN-28: a client that comes back over another transport is not asked about for the old one', async () => {
  const delivery = startDelivery();
  const [slow] = await twoPeers(delivery);
  stopReading(slow);
  delivery.deliver([], [[1, '[5]']], 5);
  const again = await delivery.comeBack('eve', slow.connection.id, 1);
  slow.wire.drained();
  delivery.deliver([], [[1, '[6]']], 6);
  assert.ok(!delivery.host.calls.some(([call]) => call === 'refresh'));
  assert.deepEqual(again.wire.writes, [['welcome back'], ['[6]']]);
});
