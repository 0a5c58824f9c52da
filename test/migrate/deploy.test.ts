import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { z } from 'zod';
import { createClient } from '../../src/client/index.ts';
import { defineSession } from '../../src/definition/define-session.ts';
import { createServer, jwtAuth, sqliteStore, type Server, type ServerOptions } from '../../src/server/index.ts';
import { until } from '../reconnect/until.ts';

const auth = jwtAuth({ secret: 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs' });
const by = z.object({ by: z.number() });

const first = defineSession('score', {
  version: 1,
  initial: () => ({ points: 0 }),
  policies: { access: 'open' },
  commands: (command) => ({ add: command(by, (state, args) => (state.points += args.by)) }),
});

/** The same game, deployed later: it keeps every addition. */
const second = defineSession('score', {
  version: 2,
  migrate: {
    1: (state: { points?: number; added?: number[] }) => {
      state.added = [state.points ?? 0];
      delete state.points;
    },
  },
  initial: () => ({ added: [] as number[] }),
  policies: { access: 'open' },
  commands: (command) => ({
    add: command(by, (state, args) => {
      state.added.push(args.by);
      return state.added.reduce((sum, each) => sum + each, 0);
    }),
  }),
});

async function deploy(t: TestContext, dir: string, port: number, definition: ServerOptions['sessions'][number]): Promise<Server> {
  const server = createServer({ sessions: [definition], store: sqliteStore({ dir }), auth, port, logger: false });
  await server.start();
  t.after(() => server.stop());
  return server;
}

test('MIGRATE-6: a client that was there before a deploy plays on after it, with what it sent meanwhile done once', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const before = await deploy(t, dir, 0, first);
  const port = Number(new URL(before.url).port);
  const client = createClient({ url: before.url, token: await auth.issue({ sub: 'ada', name: 'Ada' }, 3_600) });
  t.after(() => client.close());
  const { id } = await client.sessions.create('score', { access: 'open' });
  const session = await client.join<typeof first>(id);
  assert.equal(await session.commands.add({ by: 2 }), 2);
  assert.equal(await session.commands.add({ by: 3 }), 5);
  await before.drain({ deadlineMs: 5_000 });
  await until(() => session.status.state === 'waiting', 'the client waits');
  const kept = [session.commands.add({ by: 10 }), session.commands.add({ by: 20 })];
  const after = await deploy(t, dir, port, second);
  assert.deepEqual(await Promise.all(kept), [15, 35]);
  assert.deepEqual(session.state, { added: [5, 10, 20] });
  const read = await after.sessions.read(id, 'system');
  assert.deepEqual(read.ok && read.state, { added: [5, 10, 20] });
  assert.equal((await after.sessions.get(id))?.definitionVersion, 2);
});
