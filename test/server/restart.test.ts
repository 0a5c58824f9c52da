import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createClient } from 'holdfast/client';
import { createServer, memoryStore } from 'holdfast/server';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { scratchDir } from '../live-server/scratch.ts';

test('SERVER-3: clients come back by themselves after a restart and go on', async (t) => {
  const store = memoryStore();
  const port = await freePort();
  const server = createServer({ sessions: [tinyTabletop], store, dev: { secretDir: await scratchDir(t) }, port, logger: false });
  await server.start();
  const { token } = await server.signIn({ name: 'Ada' });
  const client = createClient({ url: server.url, token });
  t.after(async () => {
    client.close();
    await server.stop();
  });
  const { id } = await client.sessions.create('tabletop', { access: 'open' });
  const table = await client.join<typeof tinyTabletop>(id);
  await table.commands.moveToken({ id: 'a', x: 1, y: 1 });
  await server.stop();
  await server.start();
  await table.commands.moveToken({ id: 'a', x: 2, y: 2 });
  assert.deepEqual(table.state.tokens['a'], { x: 2, y: 2 });
});

test('SERVER-18: draining and starting again under load loses no command and runs none twice', { timeout: 30_000 }, async (t) => {
  const port = await freePort();
  const server = createServer({
    sessions: [tinyTabletop],
    store: memoryStore(),
    dev: { secretDir: await scratchDir(t) },
    port,
    logger: false,
  });
  await server.start();
  const { url } = server;
  const people = await Promise.all(['Ada', 'Bob', 'Eve'].map((name) => server.signIn({ name })));
  const clients = people.map(({ token }) => createClient({ url, token }));
  t.after(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', access: 'open' });
  const id = made.ok ? made.row.session : assert.fail(made.message);
  const tables = await Promise.all(clients.map((client) => client.join<typeof tinyTabletop>(id)));
  const rolling = tables.map(async (table) => {
    for (let rolled = 0; rolled < 150; rolled += 1) await table.commands.roll({ sides: 6 });
  });
  for (let restart = 0; restart < 3; restart += 1) {
    const wanted = (restart + 1) * 60;
    while ((tables[0]?.state.rolls.length ?? 0) < wanted) await new Promise((resolve) => setImmediate(resolve));
    await server.drain();
    await server.start();
  }
  await Promise.all(rolling);
  const read = await server.sessions.read(id, 'system');
  assert.ok(read.ok);
  assert.equal((read.state['rolls'] as unknown[]).length, 450);
  // Nobody was seen to leave.
  assert.deepEqual(server.connections.all().length, 3);
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const taken = createHttpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}
