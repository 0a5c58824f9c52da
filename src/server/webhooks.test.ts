import assert from 'node:assert/strict';
import { createServer as createReceiver, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { Store } from '../store/store.ts';
import { settle } from '../testing/settle-adapter.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { createServer, type Server } from './create-server.ts';
import { memoryStore } from './memory-store.ts';
import { operatorAuth } from './operator-auth.ts';
import { isPublicAddress } from './public-address-adapter.ts';
import type { WebhookOptions } from './webhook-options.ts';
import { webhookPost } from './webhook-post-adapter.ts';
import { verifyWebhook } from './webhook-signature.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const operators = operatorAuth({ secret: SECRET });

type Came = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly event: string; readonly path: string };

/** A receiver on this machine that answers as it is told, and remembers what came. */
async function receiver(t: TestContext) {
  const came: Came[] = [];
  const waiting: { count: number; go: () => void }[] = [];
  /** The status; 0: never. */
  let answer: (came: Came) => number = () => 204;
  const server = createReceiver((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const one = { headers: request.headers, body, event: String((JSON.parse(body) as { event: string }).event), path: request.url ?? '' };
      came.push(one);
      const status = answer(one);
      if (status > 0) response.writeHead(status, { location: '/elsewhere' }).end();
      for (const each of waiting) if (came.length >= each.count) each.go();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    came,
    url: `http://127.0.0.1:${port}/hook`,
    answerWith: (next: typeof answer) => void (answer = next),
    /** Resolves once so many came. */
    until: (count: number) => new Promise<void>((go) => (came.length >= count ? go() : void waiting.push({ count, go }))),
  };
}

async function start(t: TestContext, webhooks: readonly WebhookOptions[], more: { store?: Store; clock?: VirtualClock } = {}) {
  const { store = memoryStore(), clock } = more;
  const server = createServer({
    sessions: [tinyTabletop],
    store,
    dev: true,
    operators,
    port: null,
    logger: false,
    webhooks,
    ...(clock && { clock }),
  });
  await server.start();
  t.after(() => server.stop());
  return server;
}

async function life(server: Server): Promise<void> {
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', name: 'a name that nobody else may know' });
  assert.ok(made.ok);
  const { session } = made.row;
  for (const command of ['@pause', '@resume', '@end'])
    assert.ok((await server.sessions.run(session, { as: 'system', command, args: command === '@resume' ? null : { reason: 'tea' } })).ok);
}

test('WEBHOOK-1: a webhook is told of each turn in the life of a session, in order, and of no content', async (t) => {
  const { came, url, until } = await receiver(t);
  const server = await start(t, [{ url, secret: SECRET, allowPrivate: true }]);
  await life(server);
  await until(4);
  assert.deepEqual(
    came.map(({ event }) => event),
    ['create', 'pause', 'resume', 'end'],
  );
  const { id, session, at, ...told } = JSON.parse(came[1]?.body ?? '') as Record<string, unknown>;
  assert.deepEqual(told, {
    event: 'pause',
    type: 'tabletop',
    campaign: null,
    seq: 2,
    by: 'system',
    from: 'active',
    to: 'paused',
    reason: 'tea',
  });
  assert.deepEqual([typeof id, typeof session, typeof at], ['string', 'string', 'number']);
  assert.doesNotMatch(came.map(({ body }) => body).join(), /nobody else/);
});

test('WEBHOOK-1: a webhook is told of the events that it names, and words of people are kept from it', async (t) => {
  const { came, url, until } = await receiver(t);
  const server = await start(t, [{ url, secret: SECRET, allowPrivate: true, events: ['end'] }]);
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', name: 'x', access: 'open' });
  assert.ok(made.ok);
  const ada = { id: 'ada' as never, name: 'Ada', claims: {} };
  const { session } = made.row;
  await server.sessions.run(session, { as: ada, command: '@join', args: {} });
  await server.sessions.run(session, { as: 'system', command: '@role', args: { participant: 'ada', role: 'gm' } });
  assert.ok((await server.sessions.end(session, ada, 'we fell out with each other')).ok);
  await until(1);
  assert.deepEqual(
    came.map(({ event }) => event),
    ['end'],
  );
  assert.doesNotMatch(came[0]?.body ?? '', /fell out/);
});

test('WEBHOOK-1: a webhook is told that a session is about to be given up, and until when there is time', async (t) => {
  const { came, url, until } = await receiver(t);
  const clock = new VirtualClock();
  const server = await start(t, [{ url, secret: SECRET, allowPrivate: true, events: ['warn'] }], { clock });
  const made = await turn(clock, server.sessions.create({ type: 'tabletop', by: 'system', name: 'x' }));
  assert.ok(made.ok);
  clock.sleep(6 * 24 * 3_600_000);
  assert.equal((await turn(clock, server.sessions.sweeper.sweep())).steps.warn, 1);
  await turn(clock, until(1));
  const { session, reason, until: end } = JSON.parse(came[0]?.body ?? '') as Record<string, unknown>;
  assert.deepEqual([session, reason, end], [made.row.session, 'no command for 6 d, policy 7 d', clock.now() + 24 * 3_600_000]);
});

test('WEBHOOK-2: a delivery is signed, and has an id of its own', async (t) => {
  const { came, url, until } = await receiver(t);
  const server = await start(t, [{ url, secret: SECRET, allowPrivate: true }]);
  await life(server);
  await until(4);
  const [first] = came;
  assert.ok(first !== undefined);
  const signature = String(first.headers['holdfast-signature']);
  const now = Date.now();
  assert.equal(verifyWebhook(SECRET, signature, first.body, now), true);
  assert.equal(verifyWebhook(SECRET, signature, `${first.body} `, now), false);
  assert.equal(verifyWebhook('another', signature, first.body, now), false);
  assert.equal(verifyWebhook(SECRET, signature, first.body, now + 301_000), false);
  assert.equal(verifyWebhook(SECRET, 'nothing', first.body, now), false);
  assert.equal(new Set(came.map(({ headers }) => headers['holdfast-event-id'])).size, 4);
});

test('WEBHOOK-2: what fails comes again before anything behind it, others do not wait', async (t) => {
  const [slow, quick] = [await receiver(t), await receiver(t)];
  const clock = new VirtualClock();
  let failures = 3;
  slow.answerWith(() => (failures-- > 0 ? 503 : 200));
  const server = await start(
    t,
    [
      { name: 'slow', url: slow.url, secret: SECRET, allowPrivate: true },
      { url: quick.url, secret: SECRET, allowPrivate: true },
    ],
    { clock },
  );
  const living = life(server);
  await turn(clock, living);
  await turn(clock, quick.until(4));
  assert.equal(slow.came.length, 1);
  for (const [waitMs, count] of [
    [6_000, 2],
    [12_000, 3],
    [24_000, 7],
  ] as const) {
    clock.advance(waitMs);
    await turn(clock, slow.until(count));
  }
  assert.deepEqual(
    slow.came.map(({ event }) => event),
    ['create', 'create', 'create', 'create', 'pause', 'resume', 'end'],
  );
  assert.equal(new Set(slow.came.slice(0, 4).map(({ headers }) => headers['holdfast-event-id'])).size, 1);
});

test('WEBHOOK-2: what waited when the server stopped comes when it runs again', async (t) => {
  const { came, url, until, answerWith } = await receiver(t);
  const store = memoryStore();
  answerWith(() => 500);
  const first = await start(t, [{ name: 'one', url, secret: SECRET, allowPrivate: true }], { store });
  await life(first);
  await until(1);
  await first.stop();
  answerWith(() => 200);
  const clock = new VirtualClock({ startedAt: Date.now() + 3_600_000 });
  await start(t, [{ name: 'one', url, secret: SECRET, allowPrivate: true }], { store, clock });
  await turn(clock, until(5));
  assert.deepEqual(
    came.map(({ event }) => event),
    ['create', 'create', 'pause', 'resume', 'end'],
  );
});

test('WEBHOOK-2: a receiver that never answers does not hold up a stop', async (t) => {
  const { came, url, until, answerWith } = await receiver(t);
  answerWith(() => 0);
  const store = memoryStore();
  const server = await start(t, [{ name: 'one', url, secret: SECRET, allowPrivate: true, events: ['create'] }], { store });
  await life(server);
  await until(1);
  await server.stop();
  await store.open();
  assert.deepEqual(
    (await store.outbox()).map(({ attempts }) => attempts),
    [0],
  );
  assert.equal(came.length, 1);
});

test('WEBHOOK-3: what is hopeless is set aside, the rest goes on; operators see it and have it delivered again', async (t) => {
  const { came, url, until, answerWith } = await receiver(t);
  const store = memoryStore();
  answerWith(({ event }) => (event === 'create' ? 410 : 200));
  const server = await start(t, [{ name: 'ledger', url, secret: SECRET, allowPrivate: true }], { store });
  await life(server);
  await until(4);
  const token = await operators.issue({ sub: 'sam', scopes: ['read', 'recover'] }, 60);
  const ask = (method: string, path: string, body?: object): Promise<Response> =>
    Promise.resolve(
      server.fetch(
        new Request(`http://localhost/v1/admin/${path}`, {
          method,
          headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
          ...(body && { body: JSON.stringify(body) }),
        }),
      ),
    );
  const { dead } = (await (await ask('GET', 'webhooks')).json()) as { dead: { id: string; webhook: string; failure: string }[] };
  assert.deepEqual(
    dead.map(({ webhook, failure }) => [webhook, failure]),
    [['ledger', 'answered 410']],
  );
  assert.equal((await ask('POST', 'webhooks/retry', { id: 'nothing' })).status, 404);
  answerWith(() => 200);
  assert.deepEqual(await (await ask('POST', 'webhooks/retry', { id: dead[0]?.id })).json(), { retried: 1 });
  await until(5);
  assert.equal(came[4]?.headers['holdfast-event-id'], dead[0]?.id);
});

test('WEBHOOK-4: no address that is not public is reached', async () => {
  const privates =
    '127.0.0.1 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 198.18.0.1 ::1 :: fe80::1 fc00::1 fd12::1 ff02::1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::a00:1 2002:a00:1::1 2001:0:a00:1::1 2001:db8::1 localhost';
  for (const address of privates.split(' ')) assert.equal(isPublicAddress(address), false, address);
  for (const address of '8.8.8.8 172.32.0.1 93.184.216.34 2606:4700::1111 2a00:1450:4001:80b::200e'.split(' '))
    assert.equal(isPublicAddress(address), true, address);
});

const delivery = { headers: {}, body: '{}', allowPrivate: false, timeoutMs: 2_000 };

test('WEBHOOK-4: however a private address is written, and wherever a name leads, nothing is sent', async (t) => {
  const { came, url } = await receiver(t);
  const { port } = new URL(url);
  const post = webhookPost(() =>
    Promise.resolve([
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]),
  );
  for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'rebinds.example.org'])
    await assert.rejects(post({ ...delivery, url: `http://${host}:${port}/` }), /no public address/, host);
  assert.deepEqual(came, []);
});

test('WEBHOOK-4: a name is looked up once, and the connection goes to what was checked', async (t) => {
  const { came, url } = await receiver(t);
  const { port } = new URL(url);
  let asked = 0;
  const post = webhookPost(() => Promise.resolve([{ address: (asked += 1) === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }]));
  // Allowed here, so that something can be reached: the second answer would lead elsewhere.
  const status = await post({ ...delivery, url: `http://rebinds.example.org:${port}/`, allowPrivate: true, body: '{"event":"x"}' });
  assert.deepEqual([status, asked, came.length, came[0]?.headers.host], [204, 1, 1, `rebinds.example.org:${port}`]);
});

test('WEBHOOK-4: a redirect is a failure, and is not followed', async (t) => {
  const { came, url, answerWith, until } = await receiver(t);
  answerWith(() => 302);
  const server = await start(t, [{ url, secret: SECRET, allowPrivate: true, events: ['create'] }]);
  await life(server);
  await until(1);
  assert.deepEqual(
    came.map(({ path }) => path),
    ['/hook'],
  );
});

test('WEBHOOK-5: webhooks that are not safe keep the server from starting, each with its place', async () => {
  const webhooks: WebhookOptions[] = [
    { url: 'http://example.org/hook', secret: SECRET },
    { url: 'https://ann:pass@example.org/', secret: 'short' },
    { name: 'a', url: 'https://example.org/', secret: SECRET, events: ['explode' as never] },
    { name: 'a', url: 'https://example.net/', secret: SECRET },
  ];
  const server = createServer({ sessions: [tinyTabletop], store: memoryStore(), dev: true, port: null, logger: false, webhooks });
  const error = await server.start().then(
    () => undefined,
    (reason: Error) => reason,
  );
  for (const words of [
    /webhooks\[0\]\.url: an https address/,
    /webhooks\[1\]\.url: no user/,
    /webhooks\[1\]\.secret/,
    /webhooks\[2\]\.events: no such event 'explode'/,
    /webhooks\[3\]: two/,
  ])
    assert.match(error?.message ?? '', words);
});

/** Lets a virtual clock's server work until something real has happened. */
async function turn<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  void work.finally(() => (isDone = true)).catch(() => undefined);
  while (!isDone) {
    clock.advance(0);
    await settle();
  }
  return work;
}
