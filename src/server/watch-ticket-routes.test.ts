import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { TestServerOptions } from '../testing/create-test-server.ts';
import { HttpHarness } from '../testing/http-harness.ts';
import { requestOver } from '../testing/request-adapter.ts';
import { StreamReader } from '../testing/stream-reader.ts';

async function setUp(t: TestContext, options: Partial<TestServerOptions> = {}) {
  const http = await HttpHarness.start(t, options);
  const ada = await http.live.signIn('Ada');
  const { token } = ada;
  const id = (await http.create(token)) as SessionId;
  const session = await ada.client.join(id);
  const askTicket = (as = token) => http.call('POST', `/v1/sessions/${id}/watch-ticket`, { token: as, body: {} });
  const newTicket = async () => (await askTicket()).json['ticket'] as string;
  const watch = async (query: string, lastEventId?: string) => {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await requestOver(`${http.live.url}/v1/sessions/${id}/stream?${query}`, { headers });
    const stream = new StreamReader(response);
    t.after(() => stream.cancel());
    return { response, stream };
  };
  /** What an `EventSource` knows after a stream's first three frames. */
  const begin = async () => {
    const ticket = await newTicket();
    const { stream } = await watch(`ticket=${ticket}`);
    const kinds: unknown[] = [];
    let lastEventId = '';
    while (kinds.length < 3) {
      const event = (await stream.next()) ?? assert.fail('the stream ended');
      kinds.push(JSON.parse(event.data).t);
      lastEventId = event.id;
    }
    return { ticket, stream, kinds, lastEventId };
  };
  const roll = () => http.live.server.sessions.run(id, { as: 'system', command: 'roll', args: {} });
  return { http, ada, token, id, session, askTicket, newTicket, watch, begin, roll };
}

test('CONN-22: a ticket alone opens a stream with everything that its participant may see, each event with its place', async (t) => {
  const { begin, roll } = await setUp(t);
  const { stream, kinds } = await begin();
  assert.deepEqual(kinds, ['welcome', 'snapshot', 'tail']);
  const rolled = await roll();
  let event = await stream.next();
  // Who is here is told beside everything else, and moves nobody further.
  while (event?.data.startsWith('{"t":"presence"')) event = await stream.next();
  assert.equal(JSON.parse(event?.data ?? '')[0], rolled.ok && rolled.seq);
  assert.match(event?.id ?? '', new RegExp(`^[\\w-]{16}\\.${rolled.ok && rolled.seq}\\.`));
});

test('CONN-22: who comes back with the last id gets exactly what came after it', async (t) => {
  const { begin, roll, watch } = await setUp(t);
  const { ticket, stream, lastEventId } = await begin();
  await stream.cancel();
  await roll();
  const second = await roll();
  const again = (await watch(`ticket=${ticket}`, lastEventId)).stream;
  assert.equal((await again.frame())['t'], 'welcome');
  const tail = await again.frame();
  assert.equal(tail['t'], 'tail');
  assert.ok(second.ok && Number(tail['seq']) >= second.seq);
  assert.equal((JSON.stringify(tail['events']).match(/"rolled"/g) ?? []).length, 2);
});

test('VIEW-17: an EventSource that comes back after a change of role begins anew, and then goes on from there', async (t) => {
  const { http, ada, id, begin, roll, watch } = await setUp(t);
  const { ticket, stream, lastEventId } = await begin();
  await stream.cancel();
  const args = { participant: ada.participant.id, role: 'player' };
  assert.ok((await http.live.server.sessions.run(id, { as: 'system', command: '@role', args })).ok);
  const again = (await watch(`ticket=${ticket}`, lastEventId)).stream;
  assert.equal((await again.frame())['t'], 'welcome');
  const snapshot = await again.next();
  assert.equal(JSON.parse(snapshot?.data ?? '').reason, 'sight-changed');
  const tail = await again.next();
  await again.cancel();
  await roll();
  const third = (await watch(`ticket=${ticket}`, tail?.id)).stream;
  assert.deepEqual([(await third.frame())['t'], (await third.frame())['t']], ['welcome', 'tail']);
});

test('CONN-22: a new ticket goes on from where another stream ended', async (t) => {
  const { begin, roll, watch, newTicket } = await setUp(t);
  const { stream, lastEventId } = await begin();
  await stream.cancel();
  await roll();
  const fresh = await newTicket();
  const again = (await watch(`ticket=${fresh}&after=${encodeURIComponent(lastEventId)}`)).stream;
  await again.frame();
  assert.equal((await again.frame())['t'], 'tail');
});

test('CONN-21: used once, a ticket is refused without an id of its stream', async (t) => {
  const { begin, watch } = await setUp(t);
  const { ticket, lastEventId } = await begin();
  for (const id of [undefined, `${'x'.repeat(16)}${lastEventId.slice(16)}`, 'new']) {
    const { response } = await watch(`ticket=${ticket}`, id);
    assert.equal(response.status, 401);
  }
});

test('CONN-22: coming back ends the stream before, so that there is one', async (t) => {
  const { begin, watch, http, ada } = await setUp(t);
  const { ticket, stream, lastEventId } = await begin();
  const again = (await watch(`ticket=${ticket}`, lastEventId)).stream;
  await again.frame();
  const last = (await stream.rest()).at(-1);
  assert.equal(JSON.parse(last?.data ?? '').code, 'replaced');
  const streams = http.live.server.connections.ofIdentity(ada.participant.id).filter(({ transport }) => transport === 'sse');
  assert.equal(streams.length, 1);
});

test('CONN-22: watching makes nobody a participant', async (t) => {
  const { http, id, askTicket } = await setUp(t);
  const otto = await http.live.signIn('Otto');
  assert.equal((await askTicket(otto.token)).status, 404);
  const read = await http.live.server.sessions.read(id, otto.participant.id);
  assert.equal(read.ok, false);
});

test('CONN-22: who has left can watch no more, and does not come back by watching', async (t) => {
  const { begin, watch, session, http, id, ada } = await setUp(t);
  const { ticket, stream, lastEventId } = await begin();
  await session.leave();
  assert.equal(JSON.parse((await stream.rest()).at(-1)?.data ?? '').code, 'left');
  assert.equal((await watch(`ticket=${ticket}`, lastEventId)).response.status, 401);
  assert.equal((await http.live.server.sessions.read(id, ada.participant.id)).ok, false);
});

test('CONN-21: a ticket is no credential: not in the header, not in a hello, not for posting', async (t) => {
  const { http, id, begin, newTicket } = await setUp(t);
  const ticket = await newTicket();
  assert.deepEqual(await http.refusal('GET', '/v1/sessions', { token: ticket }), [401, 'unauthenticated']);
  const body = { t: 'hello', version: 1, session: id, token: ticket };
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${id}/stream`, { token: ticket, body }), [401, 'unauthenticated']);
  const { stream } = await begin();
  assert.equal(stream.text.includes(ticket), false);
});

test('CONN-22: not even the participant can post for a watcher', async (t) => {
  const { http, id, token, begin } = await setUp(t);
  const { stream } = await begin();
  const { connection } = JSON.parse(/data: (\{"t":"welcome".*\})/.exec(stream.text)?.[1] ?? '{}') as { connection: string };
  const call = { token, body: [{ t: 'ping', at: 1 }], headers: { 'holdfast-connection': connection } };
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${id}/frames`, call), [404, 'not-found']);
});

test('CONN-22: a watcher needs to say nothing to stay', async (t) => {
  const { begin } = await setUp(t, { heartbeatMs: 60 });
  const { stream } = await begin();
  for (let pongs = 0; pongs < 4; pongs += 1) await stream.frameOf('pong');
});

test('CONN-21: no log line holds a ticket', async (t) => {
  const lines: string[] = [];
  const write = (fields: object, message: string): void => void lines.push(JSON.stringify(fields) + message);
  const { begin } = await setUp(t, { logger: { debug: write, info: write, warn: write, error: write } });
  const { ticket, stream, lastEventId } = await begin();
  await stream.cancel();
  assert.ok(lines.some((line) => line.includes('/stream') && line.includes('GET')));
  const secrets = [ticket, lastEventId.slice(0, 16)];
  assert.deepEqual(
    lines.filter((line) => secrets.some((secret) => line.includes(secret))),
    [],
  );
});

test('CONN-23: a page of another origin cannot watch, one that is listed can', async (t) => {
  const { http, id, newTicket } = await setUp(t, { origins: ['https://play.example.org'] });
  const path = `/v1/sessions/${id}/stream?ticket=${await newTicket()}`;
  assert.deepEqual(await http.refusal('GET', path, { headers: { origin: 'https://evil.test' } }), [403, 'forbidden']);
  const response = await requestOver(http.live.url + path, { headers: { origin: 'https://play.example.org' } });
  assert.equal(response.headers.get('access-control-allow-origin'), 'https://play.example.org');
  await response.body?.cancel();
});
