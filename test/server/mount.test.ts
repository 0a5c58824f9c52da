import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { serve } from '@hono/node-server';
import { createClient } from 'holdfast/client';
import { createServer, memoryStore, type ServerOptions } from 'holdfast/server';
import { Hono } from 'hono';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';

function options(more: Partial<ServerOptions> = {}): ServerOptions {
  return { sessions: [tinyTabletop], store: memoryStore(), dev: true, port: 0, logger: false, ...more };
}

test('SERVER-4: mounted on a prefix of an HTTP server, the rest of that server stays as it was', async (t) => {
  const http = createHttpServer((_, response) => response.end('mine'));
  const server = createServer(options({ prefix: '/live', port: null }));
  const detach = server.attach(http);
  await server.start();
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => http.close());
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  assert.equal(server.url, `${base}/live`);
  assert.equal(await (await fetch(`${base}/`)).text(), 'mine');
  assert.equal(await (await fetch(`${base}/lively`)).text(), 'mine');
  assert.deepEqual(await (await fetch(`${base}/live/healthz`)).json(), { status: 'alive' });
  await playThrough(server.url, (await server.signIn({ name: 'Ada' })).token);
  await server.stop();
  detach();
  assert.equal(await (await fetch(`${base}/live/healthz`)).text(), 'mine');
});

test('SERVER-4: mounted into a Hono app by fetch and upgrade', async (t) => {
  const server = createServer(options({ prefix: '/live', port: null }));
  await server.start();
  const app = new Hono();
  app.get('/', (context) => context.text('mine'));
  app.all('/live/*', (context) => server.fetch(context.req.raw));
  const http = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  http.on('upgrade', (request, socket, head) => server.upgrade(request, socket, head));
  await once(http, 'listening');
  t.after(() => http.close());
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  assert.equal(await (await fetch(base)).text(), 'mine');
  await playThrough(`${base}/live`, (await server.signIn({ name: 'Ada' })).token);
  await server.stop();
});

async function playThrough(url: string, token: string): Promise<void> {
  const client = createClient({ url, token });
  const { id } = await client.sessions.create('tabletop', { access: 'open' });
  const table = await client.join<typeof tinyTabletop>(id);
  assert.ok((await table.commands.roll({ sides: 20 })) >= 1);
  client.close();
}
