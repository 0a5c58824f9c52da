import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { defineSession } from '../definition/define-session.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { StoreError } from '../store/store.ts';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { createServer } from './create-server.ts';
import { jwtAuth } from './jwt-auth-adapter.ts';
import type { Logger } from './logger-adapter.ts';
import type { ServerOptions } from './server-options.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';

function options(more: Partial<ServerOptions> = {}): ServerOptions {
  return { sessions: [tinyTabletop], store: new MemoryStore(), dev: true, port: 0, logger: false, ...more };
}

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A store that says whether it is open. */
class WatchedStore extends MemoryStore {
  isOpen = false;
  fails = false;
  override async open(): ReturnType<MemoryStore['open']> {
    if (this.fails) throw new StoreError('locked', 'in use by another server');
    this.isOpen = true;
    return super.open();
  }
  override async close(): Promise<void> {
    this.isOpen = false;
    return super.close();
  }
}

test('SERVER-1: a start names every fault of options and definitions at once', async () => {
  const broken = defineSession('broken', { version: 0, initial: () => ({ a: 1 }) });
  const server = createServer(
    options({
      sessions: [broken, tinyTabletop, tinyTabletop],
      dev: false,
      port: 99_999,
      prefix: 'live/',
      origins: ['x'],
      limits: { maxConnections: 0 },
      heartbeatMs: -1,
      trustedProxies: ['proxy'],
    }),
  );
  await assert.rejects(server.start(), (error: Error) => {
    for (const place of [
      /broken\.version/,
      /two definitions are named 'tabletop'/,
      /auth: nobody could sign in/,
      /port: expected/,
      /prefix: expected/,
      /origins: expected/,
      /limits: maxConnections must be more than 0/,
      /heartbeatMs must be/,
      /trustedProxies: expected .*'proxy'/,
    ]) {
      assert.match(error.message, place);
    }
    return true;
  });
});

test('SERVER-1: a failed start leaves nothing open, and a later one works', async (t) => {
  const taken = createHttpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const store = new WatchedStore();
  const server = createServer(options({ store, port }));
  await assert.rejects(server.start(), /is in use by another program/);
  assert.equal(store.isOpen, false);
  assert.deepEqual(server.connections.all(), []);
  assert.throws(() => server.url, /no address/);
  taken.close();
  await once(taken, 'close');
  await server.start();
  t.after(() => server.stop());
  assert.equal(server.url, `http://127.0.0.1:${port}`);
});

test('SERVER-1: a store that cannot open stops the start with its own words', async () => {
  const store = new WatchedStore();
  store.fails = true;
  await assert.rejects(createServer(options({ store })).start(), /in use by another server/);
});

test('SERVER-2: stop and start may follow each other, twice as well as once', async () => {
  const store = new WatchedStore();
  const server = createServer(options({ store }));
  await server.stop();
  await server.start();
  await server.start();
  const first = server.url;
  await server.stop();
  await server.stop();
  assert.equal(store.isOpen, false);
  await assert.rejects(fetch(`${first}/healthz`));
  await server.start();
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  await server.stop();
});

test('SERVER-2: a stop asked for while starting happens after the start', async () => {
  const store = new WatchedStore();
  const server = createServer(options({ store }));
  const starting = server.start();
  await server.stop();
  await starting;
  assert.equal(store.isOpen, false);
});

test('SERVER-3: a command under way when the server stops still gets its answer', async (t) => {
  const live = await createTestServer({ sessions: [tinyTabletop] });
  t.after(() => live.stop());
  const ada = await live.signIn('Ada');
  const { id } = await ada.client.sessions.create('tabletop', { access: 'open' });
  const table = await ada.client.join<typeof tinyTabletop>(id);
  const rolling = table.commands.roll({ sides: 20 });
  while (live.server.sessions.counts().commands === 0) await new Promise((resolve) => setImmediate(resolve));
  await live.server.stop();
  assert.ok((await rolling) >= 1);
});

test('SERVER-7: without dev there is no development sign-in, and its tokens are refused', async (t) => {
  const dev = createServer(options());
  await dev.start();
  const { token } = await dev.signIn({ name: 'Ada' });
  await dev.stop();
  const server = createServer(options({ dev: false, auth: jwtAuth({ secret: SECRET }) }));
  await server.start();
  t.after(() => server.stop());
  assert.equal((await fetch(`${server.url}/v1/dev/token`, { method: 'POST', body: '{"name":"Ada"}' })).status, 404);
  assert.equal((await fetch(`${server.url}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } })).status, 401);
});

test('SERVER-7: a development token is good over a restart; its secret is for its owner’s eyes only', async (t) => {
  const secretDir = await directory(t);
  const server = createServer(options({ dev: { secretDir } }));
  await server.start();
  const { token } = await server.signIn({ name: 'Ada' });
  await server.stop();
  await server.start();
  t.after(() => server.stop());
  assert.equal((await fetch(`${server.url}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  assert.equal((await stat(join(secretDir, 'dev-secret'))).mode & 0o777, 0o600);
  assert.equal(Buffer.from(await readFile(join(secretDir, 'dev-secret'), 'utf8'), 'base64url').length, 32);
});

test('SERVER-8: a development server listens on this machine only, unless told otherwise', async () => {
  await assert.rejects(createServer(options({ host: '0.0.0.0' })).start(), /this machine only/);
  const told = createServer(options({ host: '0.0.0.0', dev: { anyHost: true } }));
  await told.start();
  await told.stop();
});

test('SERVER-15: a built page is served with its own cache rules; unknown addresses get the page, unknown files nothing', async (t) => {
  const dir = await directory(t);
  await writeFile(join(dir, 'index.html'), '<h1>table</h1>');
  await writeFile(join(dir, 'app.js'), 'run()');
  await writeFile(join(dir, '.env'), 'SECRET=1');
  const live = await createTestServer({ sessions: [tinyTabletop], static: dir });
  t.after(() => live.stop());
  const page = await fetch(`${live.url}/`);
  assert.equal(await page.text(), '<h1>table</h1>');
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const etag = page.headers.get('etag') ?? '';
  assert.equal((await fetch(`${live.url}/`, { headers: { 'if-none-match': etag } })).status, 304);
  assert.match((await fetch(`${live.url}/app.js`)).headers.get('content-type') ?? '', /^text\/javascript/);
  assert.equal(await (await fetch(`${live.url}/table/7`, { headers: { accept: 'text/html' } })).text(), '<h1>table</h1>');
  for (const path of ['/missing.js', '/.env', '/..%2f..%2fetc%2fpasswd', '/%00', '/%zz']) {
    assert.equal((await fetch(`${live.url}${path}`, { headers: { accept: 'text/html' } })).status, 404, path);
  }
  assert.equal((await fetch(`${live.url}/v1/nowhere`, { headers: { accept: 'text/html' } })).status, 404);
});

test('SERVER-17: logs name what happened to whom, never tokens, arguments or state; a failing handler comes with its stack', async (t) => {
  const lines: string[] = [];
  const write = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.stack : value))}`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const live = await createTestServer({ sessions: [tinyTabletop], logger });
  t.after(() => live.stop());
  const ada = await live.signIn('Ada');
  const { id } = await ada.client.sessions.create('tabletop', { access: 'open' });
  const table = await ada.client.join<typeof tinyTabletop>(id);
  await table.commands.hide({ key: 'trap', text: 'under the rug' });
  await assert.rejects(table.commands.break({}), { code: 'handler-failed' });
  await live.stop();
  const all = lines.join('\n');
  assert.doesNotMatch(all, /under the rug/);
  assert.ok(!all.includes(ada.token));
  assert.match(all, /handler-failed .*broken on purpose.*tiny-tabletop\.ts/);
  for (const step of [
    'store open',
    'server ready',
    'connection arrived',
    'session created',
    'session joined',
    'connection ended',
    'server stopped',
  ]) {
    assert.ok(
      lines.some((line) => line.startsWith(step)),
      step,
    );
  }
  const live1 = lines.find((line) => line.startsWith('connection arrived')) ?? '';
  assert.ok(live1.includes(id) && live1.includes(ada.participant.id));
});
