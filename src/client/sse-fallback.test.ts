import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import type { Fetch } from './fetch-adapter.ts';
import { ClientHarness, firstFrames, snapshot, TABLE, tail, welcome } from '../testing/client-harness.ts';
import { HandStreams } from '../testing/hand-stream.ts';
import { settle } from '../testing/settle-adapter.ts';

function harnessWithStreams() {
  const streams = new HandStreams();
  return { streams, harness: new ClientHarness({ transports: 'websocket-and-sse', fetch: streams.fetch }) };
}

async function pass(harness: ClientHarness, ms: number): Promise<void> {
  await import('./sse-fallback.ts');
  for (let passed = 0; passed < ms; passed += 50) {
    harness.clock.advance(50);
    await settle();
  }
}

async function joinedByStream() {
  const { streams, harness } = harnessWithStreams();
  const joining = harness.client.join(TABLE);
  await settle();
  await pass(harness, 4_200);
  streams.say(...firstFrames());
  const session = await joining;
  return { streams, harness, session };
}

test('CLIENT-30: where a WebSocket does not come through, the session is joined over an event stream within 5 s, and says so', async () => {
  const { streams, harness, session } = await joinedByStream();
  assert.ok(session.status.state === 'live');
  assert.equal(session.status.transport, 'sse');
  assert.equal(session.state['title'], 'table');
  assert.equal(harness.network.connections.length, 1);
  const [opened] = streams.posts;
  assert.equal(opened?.route, 'stream');
  assert.equal(opened.headers['authorization'], 'Bearer token-1');
  assert.deepEqual(Object(opened.body).token, undefined);
  assert.deepEqual(Object(opened.body).session, TABLE);
});

test('CLIENT-30: commands go up by POST in order, naming the connection of the welcome', async () => {
  const { streams, session } = await joinedByStream();
  const rolled = session.commands['roll']?.({ sides: 6 });
  void session.commands['rest']?.();
  await settle();
  const commands = streams.frames.filter((frame) => Object(frame).t === 'command');
  assert.deepEqual(
    commands.map((frame) => [Object(frame).n, Object(frame).name]),
    [
      [1, 'roll'],
      [2, 'rest'],
    ],
  );
  assert.equal(streams.posts.at(-1)?.headers['holdfast-connection'], 'connection-1');
  streams.say([11, [['title'], 'rolled']], { t: 'ack', n: 1, seq: 11, result: 4 });
  assert.equal(await rolled, 4);
  assert.equal(session.state['title'], 'rolled');
});

test('CLIENT-30: a packed frame comes as text of bytes, and comments say nothing', async () => {
  const { streams, harness } = harnessWithStreams();
  const joining = harness.client.join(TABLE);
  await settle();
  await pass(harness, 4_200);
  const packed = deflateRawSync(JSON.stringify(snapshot(10))).toString('base64');
  streams.say(welcome());
  streams.write(`: still here\n\nevent: packed\ndata: ${packed}\n\n`);
  streams.say(tail(10));
  assert.equal((await joining).state['title'], 'table');
});

test('CLIENT-30: it returns to WebSocket as soon as one comes through', async () => {
  const { harness, session } = await joinedByStream();
  await pass(harness, 10_000);
  assert.equal(harness.network.connections.length, 2);
  harness.connection.accept();
  await settle();
  const probe = harness.network.connections[1];
  assert.deepEqual(probe?.received, []);
  assert.notEqual(probe?.closedByClient, undefined);
  assert.equal(harness.network.connections.length, 3);
  harness.connection.accept();
  assert.equal(harness.connection.hello?.reconnect, 'token-1');
  harness.connection.say(welcome({ resumed: true }), tail(10));
  assert.ok(session.status.state === 'live');
  assert.equal(session.status.transport, 'websocket');
});

test('CLIENT-30: as long as WebSocket stays away it is looked for ever more rarely', async () => {
  const { harness, session, streams } = await joinedByStream();
  const looks: number[] = [];
  for (let second = 0; second < 120; second += 1) {
    const before = harness.network.connections.length;
    harness.clock.advance(1_000);
    if (second % 5 === 0) streams.say({ t: 'pong', at: harness.clock.monotonic(), now: 0 });
    await settle();
    if (harness.network.connections.length > before) {
      looks.push(second + 1);
      harness.connection.drop();
    }
  }
  assert.deepEqual(looks, [10, 30, 70]);
  assert.ok(session.status.state === 'live');
});

test('CLIENT-30: a stream that ends is opened again where it was', async () => {
  const { streams, harness, session } = await joinedByStream();
  streams.end();
  await settle();
  assert.equal(session.status.state, 'waiting');
  await pass(harness, 200);
  const opened = streams.posts.filter(({ route }) => route === 'stream');
  assert.equal(opened.length, 2);
  assert.equal(Object(opened[1]?.body).reconnect, 'token-1');
  streams.say(welcome(), tail(10));
  await settle();
  assert.equal(session.status.state, 'live');
});

test('CLIENT-30: a refused stream says what the server says', async () => {
  const { streams, harness } = harnessWithStreams();
  streams.refusal = { status: 403, error: { code: 'forbidden', message: 'Not you.', then: 'stop' } };
  const rejected = assert.rejects(harness.client.join(TABLE), { code: 'forbidden', message: 'Not you.' });
  await settle();
  await pass(harness, 4_200);
  await rejected;
  assert.equal(harness.clock.timers, 0);
});

test('CLIENT-30: where only the event stream is wanted, no WebSocket is ever tried, whatever fails', async () => {
  const streams = new HandStreams();
  const harness = new ClientHarness({ transports: 'sse', fetch: streams.fetch });
  const joining = harness.client.join(TABLE);
  await pass(harness, 100);
  streams.say(...firstFrames());
  const session = await joining;
  for (let loss = 1; loss <= 4; loss += 1) {
    streams.end();
    await pass(harness, 10_000);
  }
  assert.ok(streams.posts.filter(({ route }) => route === 'stream').length > 1);
  streams.say(welcome(), tail(10));
  await pass(harness, 20_000);
  assert.ok(session.status.state === 'live');
  assert.equal(session.status.transport, 'sse');
  assert.deepEqual(harness.network.connections, []);
});

test('CLIENT-30: up to four requests are under way at once, and say their order; what waits then goes up together', async () => {
  const streams = new HandStreams();
  const underWay: (() => void)[] = [];
  const fetch: Fetch = async (url, init) => {
    const answer = await streams.fetch(url, init);
    if (url.endsWith('/frames')) await new Promise<void>((resolve) => underWay.push(resolve));
    return answer;
  };
  const harness = new ClientHarness({ transports: 'sse', fetch });
  const joining = harness.client.join(TABLE);
  await pass(harness, 100);
  streams.say(...firstFrames());
  const session = await joining;
  for (let n = 1; n <= 6; n += 1) {
    await settle();
    void session.commands['rest']?.();
  }
  await settle();
  const sent = () => streams.posts.filter(({ route }) => route === 'frames');
  // The first was a ping.
  assert.deepEqual(
    sent().map(({ headers }) => headers['holdfast-request']),
    ['1', '2', '3', '4'],
  );
  underWay[2]?.();
  await settle();
  const last = sent().at(-1);
  assert.equal(last?.headers['holdfast-request'], '5');
  assert.deepEqual(
    (last.body as { n: number }[]).map(({ n }) => n),
    [4, 5, 6],
  );
});

test('CLIENT-30: a server that restarts is not taken for one without WebSocket', async () => {
  const { streams, harness } = harnessWithStreams();
  const session = await harness.join();
  harness.connection.drop(1012);
  await pass(harness, 100);
  harness.connection.drop();
  await pass(harness, 200);
  harness.connection.drop();
  await pass(harness, 400);
  assert.deepEqual(streams.posts, []);
  harness.connection.accept();
  harness.connection.say(welcome(), tail(10));
  assert.ok(session.status.state === 'live');
  assert.equal(session.status.transport, 'websocket');
});
