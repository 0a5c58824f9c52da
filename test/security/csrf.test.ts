import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveServer, routesOf } from './live.ts';

/** What a form or a script of another site can send without asking first. */
const SIMPLE_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain; application/json',
  '',
];

function placeOf(path: string): string {
  return path.replace('{id}', 'x'.repeat(22)).replace(/\{\w+\}/, 'i1');
}

test('CONN-23: a body that is not declared as JSON changes nothing, on every route that takes one', async (t) => {
  const live = await LiveServer.start(t);
  const token = await live.token('ada');
  const posts = (await routesOf(live)).filter(([method]) => method === 'POST');
  assert.ok(posts.length > 30);
  for (const [, path] of posts) {
    for (const type of SIMPLE_TYPES) {
      const response = await fetch(`${live.url}${placeOf(path)}`, {
        method: 'POST',
        body: new Blob(['{"type":"tabletop","token":"x","name":"x"}'], { type }),
        headers: { authorization: `Bearer ${token}` },
      });
      const text = await response.text();
      assert.ok(response.status >= 400, `${path} ${type}`);
      if (!/leave/.test(path)) assert.match(text, /"bad-request"|"not-found"/, `${path} ${type}: ${text}`);
    }
  }
  assert.deepEqual(await live.server.sessions.list({}), []);
});

test('CONN-23: a page of another site can post nothing, with no credential and with one', async (t) => {
  const live = await LiveServer.start(t, { origins: ['https://play.example.org'] });
  for (const [, path] of (await routesOf(live)).filter(([method]) => method === 'POST')) {
    for (const origin of ['https://evil.test', 'null', 'https://play.example.org.evil.test']) {
      const { status } = await live.as('ada', 'POST', placeOf(path), { body: {}, headers: { origin } });
      assert.equal(status, 403, `${path} ${origin}`);
    }
  }
});

test('IDENTITY-19: cookies and basic credentials sign nobody in, on any route', async (t) => {
  const live = await LiveServer.start(t);
  const token = await live.token('ada');
  const basic = `Basic ${Buffer.from(`ada:${token}`).toString('base64')}`;
  const { paths } = JSON.parse((await live.call('GET', '/openapi.json')).text) as {
    paths: Record<string, Record<string, { security?: object }>>;
  };
  let tried = 0;
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      if (security === undefined) continue;
      const body = method === 'post' ? { body: path.endsWith('/frames') ? [] : { t: 'hello', version: 1, session: 'x'.repeat(22) } } : {};
      const ways: Record<string, string>[] = [
        { cookie: `token=${token}; Authorization=Bearer ${token}` },
        { authorization: basic },
        { authorization: token },
      ];
      for (const headers of ways) {
        const { status } = await live.call(method.toUpperCase(), placeOf(path), { ...body, headers });
        assert.equal(status, 401, `${method} ${path}`);
        tried += 1;
      }
    }
  }
  assert.ok(tried > 90);
});

test('CONN-23: other methods do nothing, and a method cannot be named in a header or field', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  for (const method of ['PUT', 'PATCH', 'DELETE'])
    assert.equal((await live.as('ada', method, `/v1/sessions/${table}`)).status, 405, method);
  await live.as('ada', 'GET', `/v1/sessions/${table}/end?_method=POST`, { headers: { 'x-http-method-override': 'POST' } });
  assert.notEqual((await live.server.sessions.get(table as never))?.status, 'ended');
});
