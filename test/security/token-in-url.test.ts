import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasTokenInUrl } from '../../src/transport/bearer-token.ts';
import { hello, LiveServer, routesOf } from './live.ts';

test('CONN-23: every route refuses a token in its URL, and says where it belongs', async (t) => {
  const live = await LiveServer.start(t);
  const token = await live.token('ada');
  for (const [method, path] of await routesOf(live)) {
    const place = path.replace('{id}', 'x'.repeat(22)).replace(/\{\w+\}/, 'i1');
    const { status, text } = await live.as('ada', method, `${place}?access_token=${token}`, method === 'POST' ? { body: {} } : {});
    assert.equal(status, 400, `${method} ${path}`);
    assert.match(text, /never travels in the URL/, `${method} ${path}`);
    assert.ok(!text.includes(token));
  }
});

test('CONN-15: a WebSocket with a token in its URL is refused before it opens', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const token = await live.token('ada');
  for (const name of ['token', 'access_token', 'jwt', '%74oken']) {
    const { status } = await live.socket([hello(table, token)], {}, `/v1/connect?${name}=${token}`);
    assert.equal(status, 400, name);
  }
});

test('CONN-15: a credential in a URL is known under any of its names, however they are written', () => {
  for (const query of [
    'token=x',
    'TOKEN=x',
    'a=1&access_token=x',
    'id_token=x',
    'auth-token=x',
    'jwt=x',
    'bearer=x',
    'authorization=x',
    '%74%6Fken=x',
    'x=?token=1&token=2',
  ])
    assert.ok(hasTokenInUrl(`/v1/sessions?${query}`), query);
  for (const query of ['', 'text=token', 'tokens=3', 'ticket=x', 'after=token', 'text=a%26token%3Db'])
    assert.ok(!hasTokenInUrl(`/v1/sessions?${query}`), query);
  assert.ok(!hasTokenInUrl('/v1/sessions'));
});

test('SERVER-17: no credential stands in any line of the log, wherever it was sent', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const token = await live.token('ada');
  const { text: answer } = await live.as('ada', 'POST', `/v1/sessions/${table}/invites`, { body: {} });
  const invite = String(Object(JSON.parse(answer)).token);
  const { socket, frames } = await live.socket([hello(table, token)]);
  const reconnect = String(frames[0]?.['reconnect']);
  const { text: issued } = await live.as('ada', 'POST', `/v1/sessions/${table}/watch-ticket`, { body: {} });
  const ticket = String(Object(JSON.parse(issued)).ticket);
  const stream = await fetch(`${live.url}/v1/sessions/${table}/stream?ticket=${ticket}`);
  await stream.body?.cancel();
  await live.call('GET', `/v1/sessions?token=${token}`);
  await live.call('POST', '/v1/invites/preview', { body: { token: invite } });
  const redeemed = await live.call('POST', '/v1/invites/redeem', { body: { token: invite, name: 'Otto' } });
  const guest = String(Object(JSON.parse(redeemed.text)).token);
  socket.send(JSON.stringify({ t: 'renew', token }));
  socket.send('{"t":"nonsense"}');
  await new Promise((resolve) => socket.once('close', resolve));
  const secrets = { token, invite, reconnect, ticket, guest, signature: token.split('.')[2] ?? '' };
  const log = live.lines.join('\n');
  assert.ok(log.includes(table) && live.lines.length > 10);
  for (const [what, secret] of Object.entries(secrets)) {
    assert.ok(secret.length > 20, what);
    assert.ok(!log.includes(secret), what);
  }
});
