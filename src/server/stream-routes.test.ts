import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { JsonObject } from '../protocol/json.ts';
import type { TestServerOptions } from '../testing/create-test-server.ts';
import { HttpHarness, type Call } from '../testing/http-harness.ts';
import { requestOver } from '../testing/request-adapter.ts';
import { StreamReader } from '../testing/stream-reader.ts';

async function setUp(t: TestContext, options: Partial<TestServerOptions> = {}) {
  const http = await HttpHarness.start(t, options);
  const token = await http.token('Ada');
  const id = await http.create(token);
  const hello = { t: 'hello', version: 1, session: id };
  const open = async (as = token, more: JsonObject = {}) => {
    const response = await requestOver(`${http.live.url}/v1/sessions/${id}/stream`, {
      method: 'POST',
      headers: { 'authorization': `Bearer ${as}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...hello, ...more }),
    });
    const stream = new StreamReader(response);
    t.after(() => stream.cancel());
    const welcome = await stream.frame();
    return { response, stream, connection: welcome['connection'] as string, instance: welcome['instance'] as string };
  };
  const post = (connection: string, body: unknown, as = token, headers: Record<string, string> = {}) =>
    http.call('POST', `/v1/sessions/${id}/frames`, { token: as, body, headers: { 'holdfast-connection': connection, ...headers } });
  const refusal = (path: string, call: Call) => http.refusal('POST', `/v1/sessions/${id}/${path}`, call);
  return { http, token, id, hello, open, post, refusal };
}

const ROLL = { t: 'command', n: 1, low: 1, name: 'roll', args: {} };

test('CONN-18: a hello that is posted is answered with welcome, snapshot and tail, as on a WebSocket', async (t) => {
  const { open } = await setUp(t);
  const { response, stream } = await open();
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.match(response.headers.get('cache-control') ?? '', /no-transform/);
  assert.equal(response.headers.get('x-accel-buffering'), 'no');
  assert.deepEqual([(await stream.frame())['t'], (await stream.frame())['t']], ['snapshot', 'tail']);
});

test('CONN-19: posted frames are run in order, and their answers come down the stream', async (t) => {
  const { open, post } = await setUp(t);
  const { stream, connection } = await open();
  const posted = await post(connection, [ROLL, { ...ROLL, n: 2 }, { t: 'ping', at: 7 }]);
  assert.deepEqual([posted.status, posted.text], [204, '']);
  assert.equal((await stream.frameOf('ack'))['n'], 1);
  assert.equal((await stream.frameOf('ack'))['n'], 2);
});

test('CONN-19: requests that count themselves are taken in that order, however they overtook each other, and each once', async (t) => {
  const { open, post } = await setUp(t);
  const { stream, connection } = await open();
  const request = (number: number | string, ...frames: unknown[]) =>
    post(connection, frames, undefined, { 'holdfast-request': String(number) });
  assert.equal((await request(2, { ...ROLL, n: 2 })).status, 204);
  assert.equal((await request(3, { ...ROLL, n: 3 })).status, 204);
  assert.equal((await request(1, ROLL)).status, 204);
  assert.equal((await request(2, { ...ROLL, n: 2 })).status, 204);
  for (const n of [1, 2, 3]) assert.equal((await stream.frameOf('ack'))['n'], n);
  assert.deepEqual([(await request(9)).status, (await request(0)).status, (await request('one')).status], [404, 400, 400]);
});

test('CONN-18: what is refused before the welcome is an HTTP error with the code’s status', async (t) => {
  const { http, id, hello, refusal, token } = await setUp(t);
  assert.deepEqual(await refusal('stream', { body: hello }), [401, 'unauthenticated']);
  assert.deepEqual(await refusal('stream', { body: hello, token: 'wrong' }), [401, 'unauthenticated']);
  assert.deepEqual(await refusal('stream', { token, body: { ...hello, version: 99 } }), [426, 'unsupported-version']);
  assert.deepEqual(await refusal('stream', { token, body: { ...hello, instance: 'made-up' } }), [409, 'unknown-instance']);
  assert.deepEqual(await refusal('stream', { token, body: { ...hello, padding: 'x'.repeat(5_000) } }), [413, 'too-large']);
  assert.deepEqual(await refusal('stream', { token, body: { ...hello, session: 'S'.repeat(22) } }), [400, 'bad-request']);
  const nowhere = 'N'.repeat(22);
  const call = { token, body: { ...hello, session: nowhere } };
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${nowhere}/stream`, call), [404, 'not-found']);
  assert.equal(http.live.server.connections.counts().open, 0);
  assert.match(id, /^.{22}$/);
});

test('CONN-19: only the connection’s own identity may post for it, and who names none is told to reconnect', async (t) => {
  const { http, open, post } = await setUp(t);
  const { connection } = await open();
  const otto = await http.token('Otto');
  for (const answer of [await post(connection, [ROLL], otto), await post('0'.repeat(24), [ROLL])]) {
    const { code, then } = Object(answer.json['error']);
    assert.deepEqual([answer.status, code, then], [404, 'not-found', 'reconnect']);
  }
});

test('CONN-19: a connection of another transport takes no posts', async (t) => {
  const { http, id, post, token } = await setUp(t);
  const ada = await http.live.signIn('Ada');
  const session = await ada.client.join(id);
  const { id: connection = '' } = http.live.server.connections.ofIdentity(ada.participant.id)[0] ?? {};
  assert.equal((await post(connection, [ROLL], ada.token)).status, 404);
  assert.equal((await post(connection, [ROLL], token)).status, 404);
  await session.leave();
});

test('CONN-19: a frame that cannot be read ends its connection with the code, as on a WebSocket', async (t) => {
  const { open, post } = await setUp(t);
  for (const [frame, code] of [
    ['[{"t":"command","n":1,"low":1,"name":"roll","args":{"__proto__":1}}]', 'bad-frame'],
    ['[{"t":"command","n":1,"n":1,"low":1,"name":"roll","args":{}}]', 'bad-frame'],
    [`[{"t":"command","n":1,"low":1,"name":"roll","args":"${'x'.repeat(70_000)}"}]`, 'too-large'],
    ['[{"t":"command"', 'none'],
  ] as const) {
    const { stream, connection } = await open();
    const answer = await post(connection, frame);
    if (code === 'none') {
      assert.equal(answer.status, 400);
      continue;
    }
    const last = (await stream.rest()).at(-1);
    assert.equal(last?.event, 'error');
    assert.equal(JSON.parse(last.data).code, code);
    assert.equal((await post(connection, [ROLL])).status, 404);
  }
});

test('CONN-19: a body above 256 KiB is refused whole, and the connection goes on', async (t) => {
  const { open, post } = await setUp(t);
  const { stream, connection } = await open();
  assert.equal((await post(connection, ['x'.repeat(270_000)])).status, 413);
  assert.equal((await post(connection, [ROLL])).status, 204);
  assert.equal((await stream.frameOf('ack'))['n'], 1);
});

test('CONN-18: leaving ends the stream with the code `left`', async (t) => {
  const { open, post } = await setUp(t);
  const { stream, connection } = await open();
  await post(connection, [{ ...ROLL, name: '@leave', args: null }]);
  const last = (await stream.rest()).at(-1);
  assert.deepEqual([last?.event, JSON.parse(last?.data ?? '')], ['error', { code: 'left', close: 1000, then: 'stop' }]);
});

test('CONN-18: a reader that hangs up is gone at once', async (t) => {
  const { http, open } = await setUp(t);
  const gone = new Promise((resolve) =>
    http.live.server.connections.observe((event) => event.kind === 'lost' && resolve(event.cause.code)),
  );
  const { stream } = await open();
  await stream.cancel();
  assert.equal(await gone, 'gone');
});

test('CONN-18: the connection knows where its peer is', async (t) => {
  const { http, open } = await setUp(t);
  await open();
  const [connection] = http.live.server.connections.all();
  assert.deepEqual([connection?.transport, connection?.remoteAddress], ['sse', '127.0.0.1']);
});

test('CONN-18: a host that hands requests over itself gets a stream too, and ends it by hanging up', async (t) => {
  const { http, id, hello, token } = await setUp(t);
  const headers = { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' };
  const request = new Request(`http://host.test/v1/sessions/${id}/stream`, { method: 'POST', headers, body: JSON.stringify(hello) });
  const { server } = http.live;
  const stream = new StreamReader(await server.fetch(request));
  assert.equal((await stream.frame())['t'], 'welcome');
  const gone = new Promise((resolve) => server.connections.observe((event) => event.kind === 'lost' && resolve(event.cause.code)));
  await stream.cancel();
  assert.equal(await gone, 'gone');
});

test('CONN-17: a stream is alive by comments where there is nothing to tell', async (t) => {
  const { open } = await setUp(t, { heartbeatMs: 60 });
  const { stream } = await open();
  await stream.untilText(': here\n\n');
});

test('CONN-18: a stop tells the streams to come back, ends them and does not wait for anyone', async (t) => {
  const { http, open } = await setUp(t);
  const { stream } = await open();
  await Promise.all([http.live.server.stop(), stream.untilText('event: error')]);
  const last = (await stream.rest()).at(-1);
  assert.deepEqual(JSON.parse(last?.data ?? ''), { code: 'shutting-down', close: 1012, then: 'reconnect' });
});

test('CONN-23: pages of other origins can neither post nor open streams; a body must be declared as JSON', async (t) => {
  const { hello, token, refusal } = await setUp(t);
  const evil = { origin: 'https://evil.test' };
  assert.deepEqual(await refusal('stream', { token, body: hello, headers: evil }), [403, 'forbidden']);
  assert.deepEqual(await refusal('frames', { token, body: [], headers: evil }), [403, 'forbidden']);
  assert.deepEqual(await refusal('commands', { token, body: { name: 'roll' }, headers: evil }), [403, 'forbidden']);
  assert.deepEqual(await refusal('watch-ticket', { token, body: {}, headers: evil }), [403, 'forbidden']);
  const plain = { 'content-type': 'text/plain' };
  for (const path of ['stream', 'frames', 'commands', 'watch-ticket'])
    assert.deepEqual(await refusal(path, { token, body: '{}', headers: plain }), [400, 'bad-request'], path);
});

test('CONN-23: a token in the URL is refused on every route', async (t) => {
  const { http, id, token } = await setUp(t);
  for (const path of ['/v1/sessions', `/v1/sessions/${id}/stream`, `/v1/sessions/${id}`, '/healthz']) {
    assert.deepEqual(await http.refusal('GET', `${path}?token=${token}`), [400, 'bad-request'], path);
    assert.deepEqual(await http.refusal('GET', `${path}?a=1&access_token=${token}`), [400, 'bad-request'], path);
  }
});

test('CONN-18: a stream is not opened for who asks without wanting its body', async (t) => {
  const { http, id, token } = await setUp(t);
  for (const path of [`/v1/sessions/${id}/stream?ticket=${'x'.repeat(43)}`, '/v1/sessions/watch']) {
    assert.equal((await http.call('HEAD', path, { token })).status, 405, path);
  }
});

test('CONN-20: a single command answers with its seq, its result and what may be sent again', async (t) => {
  const { http, id, token, open } = await setUp(t);
  const { stream } = await open();
  await stream.frameOf('tail');
  const run = (body: unknown, as = token) => http.call('POST', `/v1/sessions/${id}/commands`, { token: as, body });
  const plain = await run({ name: 'roll', args: { sides: 6 } });
  assert.equal(plain.status, 200);
  assert.deepEqual([plain.json['seq'], plain.json['retry'], plain.json['durability']], [3, 'none', 'memory']);
  assert.ok(Number(plain.json['result']) >= 1);
  assert.equal(Object(await stream.frameOf('live'))[0], 3);
  const refused = await run({ name: 'refuse', args: {} });
  assert.deepEqual([refused.status, Object(refused.json['error']).code, refused.json['retry']], [409, 'rejected', 'none']);
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${id}/commands`, { token, body: { name: 'roll', number: 1 } }), [
    400,
    'bad-request',
  ]);
});

test('CONN-20: with instance and number the same request again gets the first answer', async (t) => {
  const { http, id, token, open, post } = await setUp(t);
  const { stream, connection, instance } = await open();
  await post(connection, [ROLL]);
  await stream.frameOf('ack');
  const run = () =>
    http.call('POST', `/v1/sessions/${id}/commands`, { token, body: { name: 'roll', args: { sides: 1000 }, instance, number: 2 } });
  const first = await run();
  assert.equal(first.json['retry'], 'exactly-once');
  assert.deepEqual((await run()).json, first.json);
});

test('CONN-20: who is no participant may not send, nor learn of an unlisted session', async (t) => {
  const { http, id, token } = await setUp(t);
  const otto = await http.token('Otto');
  const body = { name: 'roll', args: {} };
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${id}/commands`, { token: otto, body }), [403, 'forbidden']);
  const hidden = await http.create(token, { listed: false });
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${hidden}/commands`, { token: otto, body }), [404, 'not-found']);
});
