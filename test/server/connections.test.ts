import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { defineSession } from 'holdfast';
import { createClient, type Client } from 'holdfast/client';
import { createServer, memoryStore, type ServerOptions } from 'holdfast/server';
import { FaultProxy } from 'holdfast/testing';
import { z } from 'zod';

const wall = defineSession('wall', {
  version: 1,
  policies: { access: 'open' },
  initial: () => ({ text: '' }),
  commands: (command) => ({ write: command(z.object({ text: z.string() }), (state, { text }) => void (state.text = text)) }),
});

const patience = { timeout: 30_000 };

/** A server behind a bad network. */
async function setUp(t: TestContext, options: Partial<ServerOptions> = {}) {
  const server = createServer({ sessions: [wall], store: memoryStore(), dev: true, port: 0, logger: false, ...options });
  await server.start();
  const proxy = await FaultProxy.start({ port: Number(new URL(server.url).port) });
  const clients: Client[] = [];
  t.after(async () => {
    for (const client of clients) client.close();
    await proxy.stop();
    await server.stop();
  });
  const made = await server.sessions.create({ type: 'wall', by: 'system', access: 'open' });
  const id = made.ok ? made.row.session : assert.fail(made.message);
  const come = async (name: string) => {
    const { token, participant } = await server.signIn({ name });
    const client = createClient({ url: `http://127.0.0.1:${proxy.port}`, token });
    clients.push(client);
    const arriving = proxy.nextConnection();
    const place = await client.join<typeof wall>(id);
    return { wall: place, participant, line: await arriving };
  };
  return { server, proxy, come };
}

/** The next step of that kind of any connection. */
function nextStep(server: Awaited<ReturnType<typeof setUp>>['server'], kind: string): Promise<string> {
  return new Promise((resolve) => {
    const stop = server.connections.observe((event) => {
      if (event.kind !== kind) return;
      stop();
      resolve(event.connection.id);
    });
  });
}

test('CONN-26: a client that is cut off returns as the same connection, and plays on', patience, async (t) => {
  const { server, come } = await setUp(t);
  const ada = await come('Ada');
  const [before] = server.connections.all();
  const returned = nextStep(server, 'returned');
  ada.line.cut();
  assert.equal(await returned, before?.id);
  await ada.wall.commands.write({ text: 'here again' });
  assert.equal(ada.wall.state.text, 'here again');
  assert.deepEqual(server.connections.all(), [before]);
});

test('CONN-7: of three players one falls silent and one is evicted; the third plays on and is still found', patience, async (t) => {
  const { server, come } = await setUp(t, { heartbeatMs: 200 });
  const [silent, evicted, third] = [await come('Eve'), await come('Bob'), await come('Ada')];
  const evictedId = server.connections.all({ identity: evicted.participant.id })[0]?.id ?? assert.fail('Bob is not there');
  const lost = nextStep(server, 'lost');
  silent.line.change({ swallowing: true });
  server.connections.evict(evictedId, 'forbidden', 'You were removed.');
  assert.equal(server.connections.all({ identity: silent.participant.id })[0]?.id, await lost);
  await third.wall.commands.write({ text: 'still here' });
  assert.deepEqual(server.connections.all({ identity: third.participant.id, state: 'live' }).length, 1);
  assert.equal(server.connections.get(evictedId), undefined);
});

test('CONN-28: a reader who stops for a while is brought up to date without being thrown out', patience, async (t) => {
  const { server, come } = await setUp(t, { suspendAbove: 20_000 });
  const [slow, fast] = [await come('Eve'), await come('Ada')];
  slow.line.change({ stalled: true }, 'toClient');
  const text = 'x'.repeat(30_000);
  const writes = () => server.connections.counts().writesTotal;
  // Until what is written goes to one of the two only.
  for (let step = 0, alone = 0; alone < 3; step += 1) {
    const before = writes();
    await fast.wall.commands.write({ text: `${step} ${text}` });
    alone = writes() - before === 1 ? alone + 1 : 0;
  }
  assert.equal(server.connections.all({ identity: slow.participant.id })[0]?.status.state, 'live');
  slow.line.change({ stalled: false }, 'toClient');
  await slow.wall.commands.write({ text: 'the end' });
  assert.equal(slow.wall.state.text, 'the end');
  assert.deepEqual(server.connections.counts().closedTotal, {});
});
