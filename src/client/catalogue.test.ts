import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClientHarness } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';
import type { SessionInfo } from './session-info.ts';
import { SseParser, type SseEvent } from './sse-parser.ts';

type Request = { url: string; method: string; authorization: string | undefined; body: unknown; signal: AbortSignal | undefined };

/** Answers each request with the next of `answers`; the last one stays. */
function serving(...answers: (() => Response | Promise<Response>)[]) {
  const requests: Request[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    requests.push({
      url,
      method: init.method ?? 'GET',
      authorization: headers.get('authorization') ?? undefined,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
      signal: init.signal ?? undefined,
    });
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    return answer === undefined ? Promise.reject(new Error('no answer')) : answer();
  };
  return { fetch, requests };
}

const json =
  (value: unknown, status = 200) =>
  () =>
    Response.json(value, { status });
const refusal = (code: string, status: number) => json({ error: { code, message: 'No.', then: 'stop', details: { at: 'name' } } }, status);

function session(id: string, rev: number, more: Partial<SessionInfo> = {}): SessionInfo {
  return { id, type: 'tabletop', name: id, status: 'active', createdAt: 1_000, rev, seats: 1, ...more } as SessionInfo;
}

/** An event stream that the test writes. */
class HandStream {
  readonly requests: Request[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.requests.push({ url, method: 'GET', authorization: undefined, body: undefined, signal: init.signal ?? undefined });
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) });
    init.signal?.addEventListener('abort', () => this.#controller?.error(new Error('aborted')));
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };

  async say(event: string, rev: number, data: unknown): Promise<void> {
    await this.write(`event: ${event}\nid: ${rev}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async write(text: string): Promise<void> {
    this.#controller?.enqueue(new TextEncoder().encode(text));
    await settle();
  }

  async end(): Promise<void> {
    this.#controller?.close();
    await settle();
  }
}

test('CLIENT-19: sessions are created, listed, read and ended with the credential in the header', async () => {
  const { fetch, requests } = serving(
    json({ session: session('a', 1) }, 201),
    json({ sessions: [session('a', 1)], rev: 1 }),
    json({ session: session('a', 1) }),
    json({ seq: 3 }),
  );
  const { sessions } = new ClientHarness({ fetch }).client;
  assert.equal((await sessions.create('tabletop', { name: 'Friday', access: 'open', maxParticipants: 6 })).id, 'a');
  assert.deepEqual(await sessions.list({ type: 'tabletop', seatsFree: true, text: 'a b', owner: undefined }), {
    sessions: [session('a', 1)],
    rev: 1,
  });
  assert.equal((await sessions.get('a')).name, 'a');
  assert.equal(await sessions.end('a', 'late'), undefined);
  assert.deepEqual(
    requests.map(({ method, url, body }) => [method, url, body]),
    [
      ['POST', 'http://server.test/v1/sessions', { type: 'tabletop', name: 'Friday', access: 'open', maxParticipants: 6 }],
      ['GET', 'http://server.test/v1/sessions?type=tabletop&seatsFree=true&text=a+b', undefined],
      ['GET', 'http://server.test/v1/sessions/a', undefined],
      ['POST', 'http://server.test/v1/sessions/a/end', { reason: 'late' }],
    ],
  );
  assert.deepEqual(new Set(requests.map(({ authorization }) => authorization)), new Set(['Bearer token-1']));
});

test('CLIENT-19: a refusal has the code, message and details of the server', async () => {
  const { fetch } = serving(refusal('unknown-type', 404));
  const { sessions } = new ClientHarness({ fetch }).client;
  await assert.rejects(sessions.create('chess'), {
    name: 'HoldfastError',
    code: 'unknown-type',
    message: 'No.',
    then: 'stop',
    details: { at: 'name' },
  });
});

test('CLIENT-19: whatever else goes wrong has a code of the table too', async () => {
  const cases: [() => Response | Promise<Response>, string, string][] = [
    [() => Promise.reject(new TypeError('fetch failed')), 'unavailable', 'retry'],
    [() => new Response('<html>Bad gateway', { status: 502 }), 'unavailable', 'retry'],
    [() => new Response('slow down', { status: 429 }), 'unavailable', 'retry'],
    [() => new Response('teapot', { status: 418 }), 'bad-request', 'stop'],
    [() => new Response('<html>not Holdfast'), 'unavailable', 'retry'],
  ];
  for (const [answer, code, then] of cases) {
    const { sessions } = new ClientHarness({ fetch: serving(answer).fetch }).client;
    await assert.rejects(sessions.get('a'), { name: 'HoldfastError', code, then });
  }
});

test('CLIENT-19: a refused credential is renewed once', async () => {
  const tokens = ['old', 'new'];
  const { fetch, requests } = serving(refusal('unauthenticated', 401), json({ session: session('a', 1) }));
  const { sessions } = new ClientHarness({ fetch, token: () => tokens.shift() ?? 'none left' }).client;
  assert.equal((await sessions.get('a')).id, 'a');
  assert.deepEqual(
    requests.map(({ authorization }) => authorization),
    ['Bearer old', 'Bearer new'],
  );
});

test('CLIENT-19: a fixed credential that is refused is not tried twice', async () => {
  const { fetch, requests } = serving(refusal('unauthenticated', 401));
  const { sessions } = new ClientHarness({ fetch }).client;
  await assert.rejects(sessions.get('a'), { code: 'unauthenticated', then: 'sign-in' });
  assert.equal(requests.length, 1);
});

test('CLIENT-19: many requests whose credential expired share one renewal', async () => {
  let asked = 0;
  const token = () => `token-${(asked += 1)}`;
  const fetch = async (_url: string, init: RequestInit) => {
    const current = new Headers(init.headers).get('authorization') === 'Bearer token-2';
    return current ? Response.json({ session: session('a', 1) }) : refusal('unauthenticated', 401)();
  };
  const { sessions } = new ClientHarness({ fetch, token }).client;
  await Promise.all([sessions.get('a'), sessions.get('b'), sessions.get('c')]);
  assert.equal(asked, 2);
});

test('CLIENT-19: a server is found at its address, under a path, and by its WebSocket scheme', async () => {
  for (const [url, expected] of [
    ['https://play.example/', 'https://play.example/v1/sessions/a'],
    ['wss://play.example/games/', 'https://play.example/games/v1/sessions/a'],
    ['http://play.example:8080/games?x=1#y', 'http://play.example:8080/games/v1/sessions/a'],
  ] as const) {
    const { fetch, requests } = serving(json({ session: session('a', 1) }));
    await new ClientHarness({ fetch, url }).client.sessions.get('a');
    assert.equal(requests[0]?.url, expected);
  }
});

type Told = [ids: string, state: string];

async function watching() {
  const stream = new HandStream();
  const harness = new ClientHarness({ fetch: stream.fetch });
  const told: Told[] = [];
  const lists: (readonly SessionInfo[])[] = [];
  const stop = harness.client.sessions.watch({ type: 'tabletop' }, (sessions, state) => {
    told.push([sessions.map(({ id }) => id).join(' '), state]);
    lists.push(sessions);
  });
  while (stream.requests.length === 0) await settle();
  await settle();
  return { stream, harness, told, lists, stop };
}

test('CLIENT-20: a watched list is whole, newest first, and follows every change', async () => {
  const { stream, told } = await watching();
  assert.equal(stream.requests[0]?.url, 'http://server.test/v1/sessions/watch?type=tabletop');
  await stream.say('reset', 5, { sessions: [session('a', 4), session('b', 5, { createdAt: 2_000 })], rev: 5 });
  await stream.say('change', 6, session('c', 6, { createdAt: 3_000 }));
  await stream.say('change', 7, session('a', 7, { seats: 2 }));
  await stream.say('remove', 8, { id: 'b', rev: 8 });
  assert.deepEqual(told, [
    ['b a', 'live'],
    ['c b a', 'live'],
    ['c b a', 'live'],
    ['c a', 'live'],
  ]);
});

test('CLIENT-20: what is not new is not told, and what did not change stays the same object', async () => {
  const { stream, told, lists } = await watching();
  await stream.say('reset', 5, { sessions: [session('a', 4), session('b', 5)], rev: 5 });
  await stream.say('change', 5, session('b', 5));
  await stream.say('change', 5, session('b', 3));
  await stream.say('remove', 6, { id: 'z', rev: 6 });
  await stream.write(': here\n\n');
  assert.equal(told.length, 1);
  await stream.say('reset', 7, { sessions: [session('a', 4), session('b', 7)], rev: 7 });
  assert.equal(lists[1]?.[0], lists[0]?.[0]);
});

test('CLIENT-20: it says that it waits, keeps the list, and resumes after the last rev', async () => {
  const { stream, harness, told } = await watching();
  await stream.say('reset', 5, { sessions: [session('a', 4)], rev: 5 });
  await stream.end();
  harness.clock.advance(100);
  await settle();
  assert.equal(stream.requests[1]?.url, 'http://server.test/v1/sessions/watch?type=tabletop&afterRev=5');
  await stream.say('change', 6, session('b', 6, { createdAt: 2_000 }));
  assert.deepEqual(told, [
    ['a', 'live'],
    ['a', 'waiting'],
    ['b a', 'live'],
  ]);
});

test('CLIENT-20: a stream that has gone silent is given up and opened again', async () => {
  const { stream, harness, told } = await watching();
  await stream.say('reset', 5, { sessions: [], rev: 5 });
  harness.clock.advance(39_000);
  await stream.write(': here\n\n');
  harness.clock.advance(39_000);
  await settle();
  assert.equal(told.length, 1);
  harness.clock.advance(1_000);
  await settle();
  assert.deepEqual(told.at(-1), ['', 'waiting']);
  harness.wake();
  await settle();
  assert.equal(stream.requests.length, 2);
});

test('CLIENT-20: stopping it ends the request and every timer, and nothing is told any more', async () => {
  const { stream, harness, told, stop } = await watching();
  await stream.say('reset', 5, { sessions: [], rev: 5 });
  stop();
  await settle();
  assert.equal(stream.requests[0]?.signal?.aborted, true);
  assert.equal(harness.clock.timers, 0);
  assert.equal(told.length, 1);
});

test('CLIENT-20: closing the client stops its watches', async () => {
  const { stream, harness } = await watching();
  harness.client.close();
  await settle();
  assert.equal(stream.requests[0]?.signal?.aborted, true);
  assert.equal(harness.clock.timers, 0);
});

test('CLIENT-20: a refusal that trying again cannot change is told with its error, and ends the watch', async () => {
  const { fetch, requests } = serving(refusal('forbidden', 403));
  const harness = new ClientHarness({ fetch });
  const told: unknown[] = [];
  harness.client.sessions.watch({}, (sessions, state, error) => told.push([sessions, state, error?.code]));
  while (told.length === 0) await settle();
  harness.clock.advance(60_000);
  await settle();
  assert.deepEqual(told, [[[], 'waiting', 'forbidden']]);
  assert.equal(requests.length, 1);
  assert.equal(harness.log.length, 1);
});

test('CLIENT-24: a listener of the list that throws is logged, and the watch goes on', async () => {
  const stream = new HandStream();
  const harness = new ClientHarness({ fetch: stream.fetch });
  let calls = 0;
  harness.client.sessions.watch({}, () => {
    calls += 1;
    throw new Error('a bug of the application');
  });
  while (stream.requests.length === 0) await settle();
  await settle();
  await stream.say('reset', 1, { sessions: [], rev: 1 });
  await stream.say('change', 2, session('a', 2));
  assert.equal(calls, 2);
  assert.equal(harness.log.length, 2);
});

const STREAM =
  ': hello\r\n\r\nevent: change\nid: 1\ndata: {"a":1}\n\nid: 2\rdata: one\rdata:two\r\rdata\n\nretry: 5\nevent: lost\n\ndata: x\r\n\r\n';
const EVENTS: SseEvent[] = [
  { event: 'change', data: '{"a":1}', id: '1' },
  { event: 'message', data: 'one\ntwo', id: '2' },
  { event: 'message', data: '', id: '2' },
  { event: 'message', data: 'x', id: '2' },
];

test('CLIENT-21: an event stream is read the same wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 12 }), (cuts) => {
      const events: SseEvent[] = [];
      const parser = new SseParser((event) => events.push(event));
      const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      for (const [index, place] of places.entries()) parser.push(STREAM.slice(place, places[index + 1] ?? place));
      assert.deepEqual(events, EVENTS);
    }),
  );
});
