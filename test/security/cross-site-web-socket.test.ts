import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hello, LiveServer } from './live.ts';

const OUTSIDERS = [
  'https://evil.test',
  'null',
  'https://play.example.org.evil.test',
  'https://evil.test/https://play.example.org',
  'http://play.example.org',
  'https://play.example.org:8443',
  'https://xplay.example.org',
  'https://PLAY.example.org.',
  'http://localhost:4700',
  'file://',
  'not an origin',
];

test('CONN-14: a page of another site opens no WebSocket, not even with a good credential', async (t) => {
  const live = await LiveServer.start(t, { origins: ['https://play.example.org'] });
  const table = await live.table('ada');
  const token = await live.token('ada');
  for (const origin of OUTSIDERS) {
    const { status, frames } = await live.socket([hello(table, token)], { origin, authorization: `Bearer ${token}` });
    assert.deepEqual([status, frames], [403, []], origin);
  }
  assert.deepEqual(live.server.connections.all(), []);
});

test('CONN-14: the server’s own pages, listed ones and programs connect', async (t) => {
  const live = await LiveServer.start(t, { origins: ['https://play.example.org'] });
  const table = await live.table('ada');
  const token = await live.token('ada');
  for (const headers of [{ origin: live.url }, { origin: 'https://play.example.org' }, {}]) {
    const { status, frames, socket } = await live.socket([hello(table, token)], headers as Record<string, string>);
    assert.deepEqual([status, frames[0]?.['t']], [101, 'welcome']);
    socket.close();
  }
});

test('CONN-14: what a proxy may say of the host does not make a page the server’s own', async (t) => {
  const live = await LiveServer.start(t);
  const claims = { 'x-forwarded-host': 'evil.test', 'forwarded': 'host=evil.test', 'x-original-host': 'evil.test' };
  const { status } = await live.socket([], { origin: 'https://evil.test', ...claims });
  assert.equal(status, 403);
});

test('IDENTITY-19: a browser’s cookies sign nobody in', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const token = await live.token('ada');
  const cookie = `token=${token}; authorization=Bearer ${token}; holdfast=${token}`;
  const { frames } = await live.socket([hello(table, undefined)], { origin: live.url, cookie });
  assert.deepEqual([frames[0]?.['t'], frames[0]?.['code']], ['error', 'unauthenticated']);
});
