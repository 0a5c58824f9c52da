import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ssePeers } from './sse-peer-adapter.ts';
import { commandOf, kindOf, positionOf, tailOf, TransportHarness, welcomeOf } from './transport-harness.ts';
import type { TransportPeer } from './transport-peer.ts';
import { webSocketPeers } from './web-socket-peer-adapter.ts';

/** What a returning client says. */
function returnOf(peer: TransportPeer, first = peer) {
  const { connection, instance, reconnect } = welcomeOf(peer);
  return { connection, instance, reconnect, position: { ...positionOf(first), seq: tailOf(peer)?.seq ?? 0 }, lowest: 1 };
}

async function until(harness: TransportHarness, peer: TransportPeer, kind: string): Promise<void> {
  await harness.until(kind, () => peer.frames.some((frame) => kindOf(frame) === kind));
}

test('CONN-26: a connection goes over to an event stream and back, under its old id; the transport before is replaced', async (t) => {
  const harness = await new TransportHarness(webSocketPeers, t.signal).start();
  try {
    const first = await harness.join('ada');
    const { connection } = welcomeOf(first);
    first.drop();
    const hello = { t: 'hello' as const, version: 1, session: harness.session, ...returnOf(first) };
    const second = ssePeers.dial(harness.server, hello, await harness.token('ada'));
    await until(harness, second, 'tail');
    second.send(commandOf(1, 'roll'));
    await until(harness, second, 'ack');
    const third = await harness.join('ada', returnOf(second, first));
    third.send(commandOf(2, 'roll'));
    await until(harness, third, 'ack');
    await harness.until('the end of the stream', () => second.ended !== undefined);
    assert.equal(second.ended, 'replaced');
    assert.deepEqual(
      [second, third].map((peer) => [welcomeOf(peer).connection, welcomeOf(peer).resumed]),
      [
        [connection, true],
        [connection, true],
      ],
    );
    assert.deepEqual(
      harness.server.connections.all().map(({ id, transport, status }) => [id, transport, status.state]),
      [[connection, 'websocket', 'live']],
    );
  } finally {
    await harness.stop();
  }
});
