import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createServer, jwtAuth, operatorAuth, sqliteStore, type Scope, type Server, type SessionId } from '../server/index.ts';
import { readStoredEvents } from '../server/stored-sessions.ts';
import { runCommand as run } from '../testing/command-run.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const OPERATOR_SECRET = 'Zk7Rm5Yc8Ne2Bh6Jd4Lf0GspT3q9vXw1';
const GAME = fileURLToPath(new URL('../testing/tiny-tabletop.ts', import.meta.url));
const operators = operatorAuth({ secret: OPERATOR_SECRET });

async function started(dir: string): Promise<Server> {
  const server = createServer({
    sessions: [tinyTabletop],
    store: sqliteStore({ dir }),
    auth: jwtAuth({ secret: SECRET }),
    operators,
    port: 0,
    logger: false,
  });
  await server.start();
  return server;
}

/** A data directory with one session that is not listed, its server still running. */
async function withServer(t: TestContext) {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-'));
  const dir = join(parent, 'data');
  const server = await started(dir);
  t.after(async () => {
    await server.stop();
    await rm(parent, { recursive: true, force: true });
  });
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', name: 'Friday night', listed: false });
  assert.ok(made.ok);
  await server.sessions.run(made.row.session, { as: 'system', command: 'moveToken', args: { id: 'marlin', x: 1, y: 2 } });
  const as = async (...scopes: Scope[]) => ({
    HOLDFAST_URL: server.url,
    HOLDFAST_TOKEN: await operators.issue({ sub: 'sam', scopes }, 60),
  });
  return { dir, server, session: made.row.session, as };
}

/** Who did what, as the files say. */
async function actsIn(dir: string): Promise<unknown[][]> {
  const store = sqliteStore({ dir, readOnly: true });
  await store.open();
  const read = await readStoredEvents(store, 'operators' as SessionId, 2, 100);
  await store.close();
  return (read?.events ?? []).map(({ who, input }) => [who, Object(input).what, Object(input).session, Object(input).outcome]);
}

test('CLI-9: a token for an operator is made with their own secret, for the scopes that are named', async () => {
  const env = { HOLDFAST_SECRET: SECRET, HOLDFAST_OPERATOR_SECRET: OPERATOR_SECRET };
  const made = await run(['token', '--operator', '--sub', 'sam', '--scope', 'read,evict', '--json'], env);
  const { token, scopes } = JSON.parse(made.out);
  assert.deepEqual(scopes, ['read', 'evict']);
  const answer = await operators.verify(token);
  assert.ok(answer.ok);
  assert.deepEqual([answer.operator.id, [...answer.operator.scopes]], ['sam', ['read', 'evict']]);
  assert.equal((await jwtAuth({ secret: OPERATOR_SECRET }).verify(token)).ok, false);
});

test('CLI-9: without the operators’ secret, or with an unknown scope, no token is made', async () => {
  const token = ['token', '--operator', '--sub', 'sam'];
  assert.equal((await run(token, { HOLDFAST_SECRET: SECRET })).exitCode, 2);
  assert.equal((await run([...token, '--scope', 'everything'], { HOLDFAST_OPERATOR_SECRET: OPERATOR_SECRET })).exitCode, 2);
  assert.equal((await run(['token', '--sub', 'sam', '--scope', 'read'], { HOLDFAST_SECRET: SECRET })).exitCode, 2);
});

test('CLI-9: one secret for players and operators is refused', async () => {
  const { exitCode, notes } = await run(['serve', GAME], { HOLDFAST_SECRET: SECRET, HOLDFAST_OPERATOR_SECRET: SECRET });
  assert.deepEqual([exitCode, /one of their own/.test(notes)], [2, true]);
});

test('BUDGET-16: a running server tells operators of the health and memory of every session', async (t) => {
  const { session, as } = await withServer(t);
  const env = await as('read');
  const [heads = '', row = ''] = (await run(['sessions'], env)).out.split('\n');
  assert.match(heads, /^id +type +status +seats +health +memory +changed +name$/);
  assert.match(row, new RegExp(`^${session}  tabletop +active +0/\\d+ +ok +\\d+ KiB `));
  const { uses } = JSON.parse((await run(['show', session, '--json'], env)).out).status.budget;
  assert.deepEqual(uses.map(({ budget }: { budget: string }) => budget).slice(0, 3), ['handlerMs', 'cpuMsPerS', 'eventsPerS']);
});

test('CLI-10: with an operator’s token a running server tells of every session and connection', async (t) => {
  const { session, as } = await withServer(t);
  const env = await as('read');
  assert.match((await run(['sessions'], env)).out, new RegExp(`${session}  tabletop`));
  assert.equal(JSON.parse((await run(['show', session, '--json'], env)).out).status.health, 'ok');
  const connections = await run(['connections', '--json'], env);
  assert.deepEqual([connections.exitCode, JSON.parse(connections.out)], [0, []]);
  assert.match(connections.notes, /server at http/);
  assert.equal((await run(['evict', 'nobody'], env)).exitCode, 1);
  assert.equal((await run(['evict', 'nobody'], await as('evict'))).exitCode, 3);
});

test('CLI-10: dump and end ask a running server, which records who did it', async (t) => {
  const { session, as, dir } = await withServer(t);
  const env = await as('dump', 'end');
  const dump = await run(['dump', session, '--json'], env);
  assert.deepEqual(JSON.parse(dump.out).state.tokens, { marlin: { x: 1, y: 2 } });
  assert.match(dump.notes, /server at http.*recorded/);
  assert.deepEqual(JSON.parse((await run(['dump', session, '--at', '1', '--json'], env)).out).state.tokens, {});
  assert.match((await run(['end', session, '--reason', 'Over.'], env)).out, /has ended, with seq 3/);
  assert.notEqual((await run(['end', session], env)).exitCode, 0);
  const acts = await actsIn(dir);
  assert.notEqual(acts[3]?.[3], 'done');
  assert.deepEqual(acts.slice(0, 3), [
    ['operator:sam', 'dump', session, 'done'],
    ['operator:sam', 'dump', session, 'done'],
    ['operator:sam', 'end', session, 'done'],
  ]);
});

test('CLI-10: on a stopped server dump and end use the files, and are recorded there with the user of the machine', async (t) => {
  const { session, server, dir } = await withServer(t);
  await server.stop();
  const dump = await run(['dump', session, '--dir', dir, '--json']);
  assert.deepEqual(JSON.parse(dump.out).state.tokens, { marlin: { x: 1, y: 2 } });
  assert.match(dump.notes, /files in .*recorded/);
  assert.equal((await run(['dump', 'x'.repeat(22), '--dir', dir])).exitCode, 3);
  assert.equal((await run(['end', session, '--dir', dir])).exitCode, 2);
  const ended = await run(['end', session, '--dir', dir, '--sessions', GAME, '--reason', 'Over.']);
  assert.deepEqual([ended.exitCode, ended.out], [0, `${session} has ended, with seq 3.`]);
  const acts = await actsIn(dir);
  assert.deepEqual(
    acts.map(([, ...act]) => act),
    [
      ['dump', session, 'done'],
      ['dump', 'x'.repeat(22), 'not-found'],
      ['end', session, 'done'],
    ],
  );
  for (const [who] of acts) assert.match(String(who), /^operator:cli:./);
  assert.match((await run(['events', 'operators', '--dir', dir])).out, /operator:cli:\S+ +act +\{"what":"dump"/);
  assert.doesNotMatch((await run(['sessions', '--dir', dir])).out, /operators/);
});

test('CLI-15: the audit says who did what to whom and when: asked of a running server, which records it, and of the files', async (t) => {
  const { session, as, dir, server } = await withServer(t);
  await server.sessions.run(session, { as: 'system', command: '@add', args: { participant: 'tom', name: 'Tom' } });
  await server.sessions.run(session, { as: 'system', command: '@kick', args: { participant: 'tom' } });
  const env = await as('read');
  const asked = await run(['audit', '--session', session, '--json'], env);
  const told = (out: string) => (JSON.parse(out) as { what: string; subject: string }[]).map(({ what, subject }) => [what, subject]);
  assert.deepEqual(told(asked.out), [
    ['kick', 'tom'],
    ['add', 'tom'],
  ]);
  assert.deepEqual((await actsIn(dir)).at(-1), ['operator:sam', 'audit', session, 'done']);
  assert.deepEqual(told((await run(['audit', '--subject', 'tom', '--limit', '1', '--json'], env)).out), [['kick', 'tom']]);
  assert.deepEqual(told((await run(['audit', '--session', session, '--from', '2999-01-01', '--json'], env)).out), []);
  assert.deepEqual(told((await run(['audit', '--session', session, '--who', 'ada', '--json'], env)).out), []);
  assert.equal((await run(['audit', '--from', 'yesterday'], env)).exitCode, 2);
  assert.equal(
    (await run(['audit'], { HOLDFAST_URL: server.url, HOLDFAST_TOKEN: await jwtAuth({ secret: SECRET }).issue({ sub: 'ada' }, 60) }))
      .exitCode,
    2,
  );
  await server.stop();
  const stopped = await run(['audit', '--dir', dir, '--session', session]);
  assert.match(stopped.out, /system +kick +tom/);
  assert.match(stopped.notes, /files in .*read-only/);
});

test('CLI-10: while a server holds the files, nothing is done to them', async (t) => {
  const { session, dir } = await withServer(t);
  const dump = await run(['dump', session, '--dir', dir]);
  assert.deepEqual([dump.exitCode, dump.out], [4, '']);
});

test('CLI-10: a player’s token, or none, gets no further than the command', async (t) => {
  const { session, server } = await withServer(t);
  const player = { HOLDFAST_URL: server.url, HOLDFAST_TOKEN: await jwtAuth({ secret: SECRET }).issue({ sub: 'ada' }, 60) };
  for (const args of [['connections'], ['evict', 'c1'], ['dump', session], ['end', session]]) {
    assert.equal((await run(args, player)).exitCode, 2, args.join(' '));
    assert.equal((await run(args, { HOLDFAST_URL: server.url })).exitCode, 2, args.join(' '));
  }
  assert.equal((await run(['connections'])).exitCode, 2);
});

test('ACTOR-31: a snapshot is stored at a running server by those who may, and in the files of a stopped one', async (t) => {
  const { dir, server, session, as } = await withServer(t);
  assert.equal((await run(['snapshot', session], await as('read'))).exitCode, 1);
  const stored = await run(['snapshot', session, '--json'], await as('recover'));
  assert.deepEqual(JSON.parse(stored.out), { session, seq: 2 });
  await server.sessions.run(session, { as: 'system', command: 'moveToken', args: { id: 'marlin', x: 3, y: 4 } });
  await server.stop();
  assert.equal((await run(['snapshot', session, '--dir', dir])).exitCode, 2);
  const inFiles = await run(['snapshot', session, '--dir', dir, '--sessions', GAME]);
  assert.match(inFiles.out, /has a snapshot at seq 3/);
  assert.deepEqual(
    (await actsIn(dir))
      .map(([who, ...act]) => [String(who).replace(/^operator:cli:.*/, 'cli'), ...act])
      .filter(([, what]) => what === 'snapshot'),
    [
      ['operator:sam', 'snapshot', session, 'done'],
      ['cli', 'snapshot', session, 'done'],
    ],
  );
});
