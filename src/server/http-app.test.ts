import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { test } from 'node:test';
import { CODES } from '../protocol/codes.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HttpHarness } from '../testing/http-harness.ts';
import { PassingStore } from '../testing/passing-store.ts';

test('SERVER-9: an unknown route and a wrong method answer as JSON', async (t) => {
  const http = await HttpHarness.start(t);
  assert.deepEqual(await http.refusal('GET', '/nowhere'), [404, 'not-found']);
  assert.deepEqual(await http.refusal('GET', '/v1/nowhere'), [404, 'not-found']);
  const wrong = await http.call('DELETE', '/v1/sessions');
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, POST']);
  assert.equal(Object(wrong.json['error']).code, 'bad-request');
});

test('SERVER-9: every error says what happened and what to do', async (t) => {
  const http = await HttpHarness.start(t);
  const { status, json } = await http.call('GET', '/v1/sessions');
  assert.equal(status, 401);
  assert.deepEqual(json, {
    error: { code: 'unauthenticated', message: 'No credential: send `Authorization: Bearer <token>`.', then: 'sign-in' },
  });
  assert.deepEqual(await http.refusal('GET', '/v1/sessions', { token: 'wrong' }), [401, 'unauthenticated']);
});

test('SERVER-9: what is wrong in a request is named with its place', async (t) => {
  const http = await HttpHarness.start(t);
  const token = await http.token('Ada');
  const wrong = await http.call('POST', '/v1/sessions', { token, body: { type: 'tabletop', maxParticipants: 0, extra: 1 } });
  assert.equal(wrong.status, 400);
  assert.match(String(Object(wrong.json['error']).message), /body\.maxParticipants: .*extra/s);
  assert.deepEqual(await http.refusal('GET', '/v1/sessions?limit=abc', { token }), [400, 'bad-request']);
  assert.deepEqual(await http.refusal('GET', '/v1/sessions?limit=1001', { token }), [400, 'bad-request']);
  assert.deepEqual(await http.refusal('GET', '/v1/sessions/short', { token }), [400, 'bad-request']);
});

test('SERVER-9: a body that is not JSON, not declared as JSON, or too large is refused', async (t) => {
  const http = await HttpHarness.start(t);
  const token = await http.token('Ada');
  assert.deepEqual(await http.refusal('POST', '/v1/sessions', { token, body: '{"type":' }), [400, 'bad-request']);
  assert.deepEqual(await http.refusal('POST', '/v1/sessions', { token }), [400, 'bad-request']);
  const plain = { token, body: '{"type":"tabletop"}', headers: { 'content-type': 'text/plain' } };
  assert.deepEqual(await http.refusal('POST', '/v1/sessions', plain), [400, 'bad-request']);
  const large = { token, body: { type: 'tabletop', name: 'x'.repeat(70_000) } };
  assert.deepEqual(await http.refusal('POST', '/v1/sessions', large), [413, 'too-large']);
});

test('SERVER-9: a body without a length is cut off at the limit', async (t) => {
  const http = await HttpHarness.start(t);
  const token = await http.token('Ada');
  const chunk = new TextEncoder().encode('x'.repeat(10_000));
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) });
  const headers = { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' };
  const sending: RequestInit & { duplex: 'half' } = { method: 'POST', body, headers, duplex: 'half' };
  const response = await fetch(`${http.live.url}/v1/sessions`, sending);
  assert.equal(response.status, 413);
});

/** Fails as code fails, and not as stores do. */
class BrokenStore extends PassingStore {
  broken = false;

  override async list(...args: Parameters<PassingStore['list']>): ReturnType<PassingStore['list']> {
    if (this.broken) throw new TypeError('cannot read the owner of /var/lib/secret-place/holdfast.db');
    return super.list(...args);
  }
}

test('SERVER-9: a request that fails inside the server is answered without a word of why', async (t) => {
  const store = new BrokenStore(new MemoryStore());
  const http = await HttpHarness.start(t, { store });
  const token = await http.token('Ada');
  store.broken = true;
  const { status, text, json } = await http.call('GET', '/v1/sessions', { token });
  assert.deepEqual([status, Object(json['error']).code, Object(json['error']).message], [500, 'internal', CODES.internal.message]);
  assert.doesNotMatch(text, /secret-place|TypeError|owner of/);
});

test('SERVER-13: answers carry a request id, their own or the caller’s sensible one', async (t) => {
  const http = await HttpHarness.start(t);
  assert.match((await http.call('GET', '/healthz')).headers.get('x-request-id') ?? '', /^[\w-]{16}$/);
  const given = await http.call('GET', '/healthz', { headers: { 'x-request-id': 'trace-12345' } });
  assert.equal(given.headers.get('x-request-id'), 'trace-12345');
  const odd = await http.call('GET', '/healthz', { headers: { 'x-request-id': 'a b' } });
  assert.notEqual(odd.headers.get('x-request-id'), 'a b');
});

test('SERVER-13: every answer carries the security headers and is not cached', async (t) => {
  const http = await HttpHarness.start(t);
  for (const path of ['/healthz', '/nowhere', '/v1/sessions']) {
    const { headers } = await http.call('GET', path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('x-frame-options'), 'DENY', path);
    assert.equal(headers.get('cache-control'), 'no-store', path);
  }
});

test('SERVER-13: pages of other origins get nothing unless they are listed', async (t) => {
  const http = await HttpHarness.start(t, { origins: ['https://play.example.org'] });
  const asked = { 'origin': 'https://evil.test', 'access-control-request-method': 'GET' };
  const refused = await http.call('OPTIONS', '/v1/sessions', { headers: asked });
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.get('access-control-allow-origin'), null);
  assert.equal(
    (await http.call('GET', '/healthz', { headers: { origin: 'https://evil.test' } })).headers.get('access-control-allow-origin'),
    null,
  );
  const allowed = await http.call('OPTIONS', '/v1/sessions', { headers: { ...asked, origin: 'https://play.example.org' } });
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://play.example.org');
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /authorization/);
});

test('SERVER-14: health says alive, readiness proves a write, metrics count without content', async (t) => {
  const http = await HttpHarness.start(t);
  const token = await http.token('Ada');
  await http.create(token, { name: 'Secret plans' });
  assert.deepEqual((await http.call('GET', '/healthz')).json, { status: 'alive' });
  assert.equal((await http.call('GET', '/readyz')).json['status'], 'ready');
  const { text, headers } = await http.call('GET', '/metrics');
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^holdfast_sessions_awake 1$/m);
  assert.match(text, /^# TYPE holdfast_connections_opened_total counter$/m);
  assert.doesNotMatch(text, /Secret plans/);
});

test('SERVER-14: a store that cannot write makes the server unready', async (t) => {
  const http = await HttpHarness.start(t);
  await http.live.server.stop();
  const response = await http.live.server.fetch(new Request('http://x/readyz'));
  assert.equal(response.status, 503);
  assert.equal((await http.live.server.fetch(new Request('http://x/healthz'))).status, 200);
});

test('SERVER-9: an offer to upgrade to something else than a WebSocket is answered as a plain request', async (t) => {
  const http = await HttpHarness.start(t);
  const { hostname, port } = new URL(http.live.url);
  const request = get({
    hostname,
    port,
    path: '/healthz',
    headers: { 'connection': 'Upgrade, HTTP2-Settings', 'upgrade': 'h2c', 'http2-settings': '' },
  });
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 200);
  response.destroy();
});
