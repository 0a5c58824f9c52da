import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createServer, jwtAuth, operatorAuth, sqliteStore, type Scope, type Server, type SessionId } from '../server/index.ts';
import { runCommand as run } from '../testing/command-run.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const operators = operatorAuth({ secret: 'Zk7Rm5Yc8Ne2Bh6Jd4Lf0GspT3q9vXw1' });

async function scratch(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  return parent;
}

async function started(t: TestContext, dir: string): Promise<Server> {
  const auth = jwtAuth({ secret: SECRET });
  const server = createServer({ sessions: [tinyTabletop], store: sqliteStore({ dir }), auth, operators, port: 0, logger: false });
  await server.start();
  t.after(() => server.stop());
  return server;
}

async function as(server: Server, ...scopes: Scope[]) {
  return { HOLDFAST_URL: server.url, HOLDFAST_TOKEN: await operators.issue({ sub: 'sam', scopes }, 60) };
}

async function table(server: Server): Promise<SessionId> {
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', name: 'Friday' });
  assert.ok(made.ok);
  await move(server, made.row.session, 1);
  return made.row.session;
}

async function move(server: Server, session: SessionId, x: number): Promise<void> {
  assert.ok((await server.sessions.run(session, { as: 'system', command: 'moveToken', args: { id: 'hero', x, y: 0 } })).ok);
}

async function heroIn(server: Server, session: SessionId): Promise<unknown> {
  const read = await server.sessions.read(session, 'system');
  return read.ok ? Object(read.state['tokens']).hero?.x : read.code;
}

for (const how of ['beside the running server', 'by the running server'] as const) {
  test(`CLI-12: a backup is made ${how}, and restored it is the state of that moment`, async (t) => {
    const parent = await scratch(t);
    const dir = join(parent, 'data');
    const server = await started(t, dir);
    const session = await table(server);
    const made =
      how === 'by the running server'
        ? await run(['backup', 'friday.db', '--json'], await as(server, 'backup'))
        : await run(['backup', join(parent, 'friday.db'), '--dir', dir, '--json']);
    assert.equal(made.exitCode, 0, made.notes);
    const { path, bytes } = JSON.parse(made.out);
    assert.equal(path, how === 'by the running server' ? join(dir, 'backups', 'friday.db') : join(parent, 'friday.db'));
    assert.ok(bytes > 0);
    await move(server, session, 2);
    await server.stop();
    const restored = join(parent, 'restored');
    const done = await run(['restore', path, '--dir', restored]);
    assert.equal(done.exitCode, 0, done.notes);
    assert.match(done.out, /sessions?, \d+ events, all verified/);
    const again = await started(t, restored);
    assert.equal(await heroIn(again, session), 1);
    assert.notEqual((await run(['restore', path, '--dir', restored])).exitCode, 0, 'never over a database');
  });
}

test('CLI-12: only an operator of that scope makes backups, and only in the directory for them', async (t) => {
  const dir = join(await scratch(t), 'data');
  const server = await started(t, dir);
  assert.equal((await run(['backup', 'friday.db'], await as(server, 'read', 'dump'))).exitCode, 1);
  for (const name of ['../friday.db', '/tmp/friday.db', '.friday', 'a/b']) {
    const refused = await run(['backup', name], await as(server, 'backup'));
    assert.deepEqual([refused.exitCode, existsSync(join(dir, 'backups'))], [1, false], name);
  }
  assert.equal((await run(['backup', 'friday.db'], await as(server, 'backup'))).exitCode, 0);
  const twice = await run(['backup', 'friday.db'], await as(server, 'backup'));
  assert.deepEqual([twice.exitCode, /already/.test(twice.notes)], [1, true]);
});

test('CLI-12: a session goes from one server to another, also while both run', async (t) => {
  const parent = await scratch(t);
  const here = await started(t, join(parent, 'here'));
  const session = await table(here);
  const file = join(parent, 'friday.session.gz');
  assert.equal((await run(['export', session, file, '--dir', join(parent, 'here')])).exitCode, 0);
  // Files of a stopped server.
  const there = join(parent, 'there');
  await (await started(t, there)).stop();
  const taken = await run(['import', file, '--dir', there, '--json']);
  assert.equal(taken.exitCode, 0, taken.notes);
  assert.equal(JSON.parse(taken.out).session, session);
  assert.notEqual((await run(['import', file, '--dir', there])).exitCode, 0, 'its id is in use');
  const server = await started(t, there);
  assert.equal(await heroIn(server, session), 1);
  // Through the routes of a running one, under another id.
  const env = await as(server, 'backup');
  assert.equal((await run(['export', session, 'one.gz'], env)).exitCode, 0);
  const copy = 'x'.repeat(22) as SessionId;
  const imported = await run(['import', 'one.gz', '--as', copy], env);
  assert.equal(imported.exitCode, 0, imported.notes);
  await move(server, copy, 9);
  assert.deepEqual([await heroIn(server, copy), await heroIn(server, session)], [9, 1]);
  assert.equal((await run(['import', 'none.gz'], env)).exitCode, 3);
});
