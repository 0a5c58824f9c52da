import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createServer, jwtAuth, sqliteStore, type SessionId } from '../server/index.ts';
import { runCommand as run } from '../testing/command-run.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { flipBitOf, settleDatabases } from '../../test/damage/flip.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A data directory with one session of three events, its server stopped. */
async function dataDirectory(t: TestContext): Promise<{ dir: string; id: string }> {
  const dir = join(await directory(t), 'data');
  const server = createServer({
    sessions: [tinyTabletop],
    store: sqliteStore({ dir }),
    auth: jwtAuth({ secret: SECRET }),
    port: 0,
    logger: false,
  });
  await server.start();
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', name: 'Friday night' });
  assert.ok(made.ok);
  const { session } = made.row;
  await server.sessions.run(session, { as: 'system', command: 'moveToken', args: { id: 'marlin', x: 1, y: 2 } });
  await server.sessions.run(session, { as: 'system', command: 'roll', args: { sides: 20 } });
  await server.stop();
  return { dir, id: session };
}

test('CLI-2: a misspelt command or flag gets a suggestion and exits with 2', async () => {
  const command = await run(['serv']);
  assert.deepEqual([command.exitCode, /Did you mean serve\?/.test(command.notes)], [2, true]);
  const flag = await run(['serve', '--prot', '1']);
  assert.deepEqual([flag.exitCode, /Did you mean --port\?/.test(flag.notes)], [2, true]);
});

test('CLI-2: a wrong setting exits with 2 and says where it stands', async () => {
  assert.deepEqual(await run(['config'], { HOLDFAST_PORT: 'abc' }), {
    exitCode: 2,
    out: '',
    notes: 'port in HOLDFAST_PORT: expected 0..65535, got "abc"',
  });
});

test('CLI-1: serving without definitions says what to give', async (t) => {
  const nothing = await run(['serve']);
  assert.deepEqual([nothing.exitCode, /holdfast serve mygame\.ts/.test(nothing.notes)], [2, true]);
  const dir = await directory(t);
  await writeFile(join(dir, 'empty.ts'), 'export const x: number = 1;');
  const empty = await run(['serve', join(dir, 'empty.ts')]);
  assert.deepEqual([empty.exitCode, /exports no session definition/.test(empty.notes)], [2, true]);
  const missing = await run(['serve', join(dir, 'missing.ts')]);
  assert.equal(missing.exitCode, 3);
  await writeFile(join(dir, 'broken.ts'), 'throw new Error("my own mistake")');
  const broken = await run(['serve', join(dir, 'broken.ts')]);
  assert.deepEqual([broken.exitCode, /my own mistake/.test(broken.notes)], [1, true]);
});

test('CLI-3: a token made here is accepted by a server with the same secret', async () => {
  const made = await run(['token', '--sub', 'ada', '--name', 'Ada', '--ttl', '5m', '--json'], { HOLDFAST_SECRET: SECRET });
  const { token, ttlSeconds } = JSON.parse(made.out);
  assert.equal(ttlSeconds, 300);
  const answer = await jwtAuth({ secret: SECRET }).verify(token);
  assert.ok(answer.ok);
  assert.deepEqual([answer.identity.id, answer.identity.name], ['ada', 'Ada']);
});

test('CLI-3: without a good secret, a good id or a good time no token is made', async () => {
  const env = { HOLDFAST_SECRET: SECRET };
  assert.equal((await run(['token', '--sub', 'ada'])).exitCode, 2);
  assert.equal((await run(['token', '--sub', 'ada'], { HOLDFAST_SECRET: 'short' })).exitCode, 2);
  assert.equal((await run(['token', '--sub', 'a b'], env)).exitCode, 2);
  assert.equal((await run(['token', '--sub', 'ada', '--ttl', '5'], env)).exitCode, 2);
});

test('CLI-4: sessions, show and events read the files of a stopped server and say so', async (t) => {
  const { dir, id } = await dataDirectory(t);
  const sessions = await run(['sessions', '--dir', dir]);
  assert.match(sessions.out, new RegExp(`${id}  tabletop  active  .*Friday night`));
  assert.match(sessions.notes, /files in .*read-only/);
  const shown = JSON.parse((await run(['show', id, '--dir', dir, '--json'])).out);
  assert.deepEqual([shown.headSeq, shown.soundSeq, shown.state.tokens], [3, 3, { marlin: { x: 1, y: 2 } }]);
  const events = await run(['events', id, '--dir', dir, '--from', '2', '--limit', '1']);
  assert.match(events.out, /^2 .*system {2}moveToken {2}\{"id":"marlin","x":1,"y":2\}$/m);
  assert.equal(events.out.split('\n').length, 2);
});

test('CLI-4: no file is changed by reading, and a running server does not mind', async (t) => {
  const { dir, id } = await dataDirectory(t);
  const server = createServer({
    sessions: [tinyTabletop],
    store: sqliteStore({ dir }),
    auth: jwtAuth({ secret: SECRET }),
    port: 0,
    logger: false,
  });
  await server.start();
  t.after(() => server.stop());
  const run1 = await server.sessions.run(id as SessionId, { as: 'system', command: 'roll', args: {} });
  assert.ok(run1.ok);
  assert.equal(JSON.parse((await run(['show', id, '--dir', dir, '--json'])).out).headSeq, 4);
  assert.ok((await server.sessions.run(id as SessionId, { as: 'system', command: 'roll', args: {} })).ok);
});

test('CLI-4: a running server is asked over HTTP', async (t) => {
  const { dir, id } = await dataDirectory(t);
  const auth = jwtAuth({ secret: SECRET });
  const server = createServer({ sessions: [tinyTabletop], store: sqliteStore({ dir }), auth, port: 0, logger: false });
  await server.start();
  t.after(() => server.stop());
  const place = { HOLDFAST_URL: server.url, HOLDFAST_TOKEN: await auth.issue({ sub: 'ada' }, 60) };
  const sessions = await run(['sessions', '--json'], place);
  assert.deepEqual(
    JSON.parse(sessions.out).map((each: { id: string }) => each.id),
    [id],
  );
  assert.match(sessions.notes, /server at http/);
  assert.equal(JSON.parse((await run(['show', id, '--json'], place)).out).session.name, 'Friday night');
  assert.equal((await run(['show', 'x'.repeat(22)], place)).exitCode, 3);
  assert.equal((await run(['sessions'], { ...place, HOLDFAST_URL: 'http://127.0.0.1:9' })).exitCode, 4);
  assert.equal((await run(['sessions'], { HOLDFAST_URL: server.url })).exitCode, 2);
});

test('CLI-5: a changed bit in a stored event is named with its seq and exits with 5', async (t) => {
  const { dir, id } = await dataDirectory(t);
  const copy = join(await directory(t), 'copy');
  await cp(dir, copy, { recursive: true });
  settleDatabases(copy);
  assert.ok(flipBitOf(copy, 'marlin') > 0);
  const events = await run(['events', id, '--dir', copy]);
  assert.equal(events.exitCode, 5);
  assert.match(events.notes, /seq 2: /);
  const shown = await run(['show', id, '--dir', copy, '--json']);
  assert.equal(shown.exitCode, 5);
  assert.equal(JSON.parse(shown.out).soundSeq, 1);
});

test('CLI-6: config shows values and where they were found, secrets hidden', async () => {
  const { out } = await run(['config'], { HOLDFAST_SECRET: SECRET, HOLDFAST_PORT: '9000' });
  assert.match(out, /^port +9000 +HOLDFAST_PORT/m);
  assert.match(out, /^secret +\(hidden\) +HOLDFAST_SECRET/m);
  assert.doesNotMatch(out, /pT3q9/);
});

test('CLI-7: what is not there exits with 3', async (t) => {
  const { dir } = await dataDirectory(t);
  assert.equal((await run(['show', 'x'.repeat(22), '--dir', dir])).exitCode, 3);
  assert.equal((await run(['events', 'x'.repeat(22), '--dir', dir])).exitCode, 3);
  assert.equal((await run(['sessions', '--dir', join(dir, 'missing')])).exitCode, 3);
  assert.equal((await run(['show', 'short', '--dir', dir])).exitCode, 2);
});

test('CLI-7: help and version exit with 0; help lists the exit codes', async () => {
  const help = await run(['--help']);
  assert.equal(help.exitCode, 0);
  assert.match(help.out, /5 {2}stored data failed its check/);
  assert.deepEqual((await run(['--version'])).exitCode, 0);
});
