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

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const taken = createHttpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}
