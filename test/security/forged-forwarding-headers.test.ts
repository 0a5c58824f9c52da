import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hello, LiveServer } from './live.ts';

const FORGED = {
  'x-forwarded-for': '203.0.113.9, 198.51.100.7',
  'forwarded': 'for=203.0.113.9;proto=https;by=10.0.0.1',
  'x-real-ip': '203.0.113.9',
  'x-client-ip': '203.0.113.9',
  'cf-connecting-ip': '203.0.113.9',
  'true-client-ip': '203.0.113.9',
};

async function addressOf(live: LiveServer, headers: Record<string, string>): Promise<string | undefined> {
  const table = await live.table('ada');
  const { frames, socket } = await live.socket([hello(table, await live.token('ada'))], headers);
  assert.equal(frames[0]?.['t'], 'welcome');
  const [connection] = live.server.connections.all({ session: table as never });
  socket.close();
  return connection?.remoteAddress;
}

test('CONN-33: what a client says of its own address is not believed', async (t) => {
  const live = await LiveServer.start(t);
  assert.match((await addressOf(live, FORGED)) ?? '', /^(::ffff:)?127\.0\.0\.1$/);
});

test('CONN-33: behind a trusted proxy its own word counts, and nothing that came to it', async (t) => {
  const live = await LiveServer.start(t, { trustedProxies: ['127.0.0.1', '::1'] });
  assert.equal(await addressOf(live, { ...FORGED, 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }), '203.0.113.9');
  assert.match((await addressOf(live, { ...FORGED, 'x-forwarded-for': 'evil, not-an-address' })) ?? '', /127\.0\.0\.1$/);
});

test('CONN-33: bounds of one address are not escaped by naming others', async (t) => {
  const live = await LiveServer.start(t, { trustedProxies: ['127.0.0.1'], limits: { addressOpens: { perSecond: 0.001, burst: 3 } } });
  const codes: unknown[] = [];
  for (let at = 0; at < 6; at += 1) {
    // The last one is what the proxy saw; all before it the client made up.
    const { frames } = await live.socket([{}], { 'x-forwarded-for': `198.51.100.${at}, 203.0.113.7`, 'x-real-ip': `198.51.100.${at}` });
    codes.push(frames[0]?.['code']);
  }
  const [bad, limited] = ['bad-frame', 'rate-limited'];
  assert.deepEqual(codes, [bad, bad, bad, limited, limited, limited]);
});

test('CONN-33: guessing at invitations is bounded whatever address is named', async (t) => {
  const live = await LiveServer.start(t);
  const tries = Array.from({ length: 40 }, (_, at) =>
    live.call('POST', '/v1/invites/preview', {
      body: { token: `wrong${at}` },
      headers: { ...FORGED, 'x-forwarded-for': `203.0.113.${at}` },
    }),
  );
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  assert.deepEqual([statuses.filter((status) => status === 404).length <= 31, statuses.includes(429)], [true, true]);
});
