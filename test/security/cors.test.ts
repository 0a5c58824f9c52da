import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveServer, routesOf } from './live.ts';

const FRIEND = 'https://play.example.org';
const STRANGERS = [
  'https://evil.test',
  'null',
  'http://play.example.org',
  'https://play.example.org:444',
  'https://sub.play.example.org',
  'https://play.example.org.evil.test',
];
const ALLOWING = [
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-allow-credentials',
];

function placeOf(path: string): string {
  return path.replace('{id}', 'x'.repeat(22)).replace(/\{\w+\}/, 'i1');
}

test('SERVER-13: answers are readable by the listed origin alone: never by all, never with cookies', async (t) => {
  const live = await LiveServer.start(t, { origins: [FRIEND] });
  for (const [method, path] of await routesOf(live)) {
    if (path.endsWith('/watch')) continue;
    const call = (origin: string) =>
      live.as('ada', method, placeOf(path), { headers: { origin }, ...(method === 'POST' ? { body: {} } : {}) });
    const { headers } = await call(FRIEND);
    assert.equal(headers.get('access-control-allow-origin'), FRIEND, path);
    assert.match(headers.get('vary') ?? '', /origin/i, path);
    assert.equal(headers.get('access-control-allow-credentials'), null, path);
    for (const origin of STRANGERS) {
      const got = await call(origin);
      for (const name of ALLOWING) assert.equal(got.headers.get(name), null, `${path} ${origin} ${name}`);
    }
  }
});

test('SERVER-13: a preflight lets listed pages ask, and nobody else', async (t) => {
  const live = await LiveServer.start(t, { origins: [FRIEND] });
  const ask = (origin: string, path = '/v1/sessions') =>
    live.call('OPTIONS', path, {
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
  const { status, headers } = await ask(FRIEND);
  assert.deepEqual(
    [status, headers.get('access-control-allow-origin'), headers.get('access-control-allow-methods')],
    [204, FRIEND, 'GET, POST'],
  );
  assert.match(headers.get('access-control-allow-headers') ?? '', /authorization/);
  for (const origin of STRANGERS) {
    for (const path of ['/v1/sessions', '/v1/admin/sessions', '/nothing/here']) {
      const refused = await ask(origin, path);
      assert.equal(refused.status, 403, `${origin} ${path}`);
      for (const name of ALLOWING) assert.equal(refused.headers.get(name), null, `${origin} ${path} ${name}`);
    }
  }
});

test('SERVER-13: an origin that cannot be one is refused at the start', async (t) => {
  for (const origin of ['*', 'https://*.example.org', 'https://play.example.org/', 'null', 'play.example.org'])
    await assert.rejects(LiveServer.start(t, { origins: [origin] }), /origins: expected exact origins/, origin);
});

test('SERVER-13: refusals are as closed as answers', async (t) => {
  const live = await LiveServer.start(t, { origins: [FRIEND] });
  for (const path of ['/v1/sessions', '/nothing/here', '/v1/sessions?token=x']) {
    const { headers } = await live.call('GET', path, { headers: { origin: 'https://evil.test' } });
    assert.equal(headers.get('access-control-allow-origin'), null, path);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
  }
});
