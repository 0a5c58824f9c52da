import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { defineSession } from '../definition/define-session.ts';
import type { Migrations } from '../definition/migrations.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Store } from '../store/store.ts';
import { createServer } from './create-server.ts';
import type { Server } from './create-server.ts';
import { silentLogger } from './logger-adapter.ts';

const version = (number: number, migrate?: Migrations) =>
  defineSession('score', { version: number, initial: () => ({ points: 0 }), ...(migrate === undefined ? {} : { migrate }) });

/** A memory store forgets nothing between two servers. */
function serverOver(t: TestContext, store: Store, definition: ReturnType<typeof version>, lines: unknown[] = []): Server {
  const logger = { ...silentLogger, error: (_fields: object, message: string) => void lines.push(message) };
  const server = createServer({ sessions: [definition], store, dev: true, port: 0, logger });
  t.after(() => server.stop());
  return server;
}

async function stored(t: TestContext, count: number): Promise<Store> {
  const store = new MemoryStore();
  const server = serverOver(t, store, version(1));
  await server.start();
  for (let made = 0; made < count; made += 1) assert.ok((await server.sessions.create({ type: 'score', by: 'system' })).ok);
  await server.stop();
  return store;
}

test('MIGRATE-3: a server does not start over sessions that no migration leads on, and names type, version and count', async (t) => {
  const store = await stored(t, 3);
  await assert.rejects(serverOver(t, store, version(2)).start(), {
    name: 'ServerOptionsError',
    message: /score: 3 sessions are stored by version 1 and this is version 2: there is no migration of 'score' from version 1/,
  });
  const server = serverOver(t, store, version(2, { 1: () => undefined }));
  await server.start();
  assert.equal(server.isRunning, true);
});

test('MIGRATE-3: sessions of a newer version are named at the start of an older one, which serves all others', async (t) => {
  const store = await stored(t, 2);
  const newer = serverOver(t, store, version(2, { 1: () => undefined }));
  await newer.start();
  const [first, second] = await newer.sessions.list({});
  assert.ok(first && second && (await newer.sessions.read(first.session, 'system')).ok);
  await newer.stop();
  const lines: unknown[] = [];
  const older = serverOver(t, store, version(1), lines);
  await older.start();
  assert.match(JSON.stringify(lines), /score: 1 session is stored by version 2 and this is version 1.*not served/);
  assert.equal((await older.sessions.read(first.session, 'system')).ok, false);
  assert.equal((await older.sessions.read(second.session, 'system')).ok, true);
});
