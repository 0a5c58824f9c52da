import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { flipBitOf, settleDatabases } from '../../test/damage/flip.ts';
import { createServer, jwtAuth, operatorAuth, sqliteStore, type Scope, type Server, type SessionId } from '../server/index.ts';
import { readStoredEvents } from '../server/stored-sessions.ts';
import { runCommand as run } from '../testing/command-run.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const operators = operatorAuth({ secret: 'Zk7Rm5Yc8Ne2Bh6Jd4Lf0GspT3q9vXw1' });
const GAME = fileURLToPath(new URL('../testing/tiny-tabletop.ts', import.meta.url));

async function startServer(t: TestContext, dir: string): Promise<Server> {
  const server = createServer({
    sessions: [tinyTabletop],
    store: sqliteStore({ dir }),
    auth: jwtAuth({ secret: SECRET }),
    operators,
    port: 0,
    logger: false,
  });
  await server.start();
  t.after(() => server.stop());
  return server;
}

async function as(server: Server, ...scopes: Scope[]) {
  return { HOLDFAST_URL: server.url, HOLDFAST_TOKEN: await operators.issue({ sub: 'sam', scopes }, 60) };
}

/** The files of a stopped server: a session whose third event is damaged, of five, and one that is sound. */
async function damagedFiles(t: TestContext): Promise<{ dir: string; id: SessionId; sound: SessionId }> {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const first = join(parent, 'first');
  const server = await startServer(t, first);
  const ids: SessionId[] = [];
  for (const name of ['Friday', 'Monday']) {
    const made = await server.sessions.create({ type: 'tabletop', by: 'system', name });
    assert.ok(made.ok);
    ids.push(made.row.session);
  }
  const [id, sound] = ids as [SessionId, SessionId];
  for (const token of ['marlin', 'zauberfisch', 'gannet', 'tern'])
    assert.ok((await server.sessions.run(id, { as: 'system', command: 'moveToken', args: { id: token, x: 1, y: 2 } })).ok);
  // As a kill leaves it: no snapshot covers what is damaged.
  const dir = join(parent, 'data');
  cpSync(first, dir, { recursive: true, filter: (source) => !/server\.|reserve/.test(source) });
  await server.stop();
  settleDatabases(dir);
  assert.ok(flipBitOf(dir, 'zauberfisch') > 0);
  return { dir, id, sound };
}

/** Every byte of the data itself. */
function bytesOf(dir: string): Record<string, string> {
  const names = readdirSync(dir).filter((name) => /^(holdfast\.db|head-record)/.test(name) && !name.endsWith('-shm'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name), 'latin1')]).filter(([, text]) => text !== ''));
}

test('RECOVERY-7: verify finds the damage in the files, says what finishes it, exits with 5 and changes no byte', async (t) => {
  const { dir, id, sound } = await damagedFiles(t);
  const before = bytesOf(dir);
  const all = await run(['verify', '--all', '--dir', dir, '--sessions', GAME]);
  assert.equal(all.exitCode, 5);
  assert.match(all.out, new RegExp(`${sound}  tabletop  sound`));
  assert.match(all.out, new RegExp(`${id}  tabletop  damaged .*seq 3: `));
  assert.match(all.notes, new RegExp(`holdfast recover ${id} --to 2`));
  const one = await run(['verify', sound, '--dir', dir, '--json']);
  assert.deepEqual([one.exitCode, JSON.parse(one.out).verdict], [0, 'sound']);
  assert.deepEqual(bytesOf(dir), before);
  assert.equal((await run(['verify', '--dir', dir])).exitCode, 2);
  assert.equal((await run(['verify', 'x'.repeat(22), '--dir', dir])).exitCode, 3);
});

test('RECOVERY-9: recover --dry-run changes no byte of the files', async (t) => {
  const { dir, id } = await damagedFiles(t);
  const before = bytesOf(dir);
  const dry = await run(['recover', id, '--to', '2', '--dry-run', '--dir', dir]);
  assert.equal(dry.exitCode, 0);
  assert.match(dry.out, /would go back from seq 5 to seq 2\. Set aside: seq 3 to 5 \(3 events.*Nothing was changed\./);
  assert.deepEqual(bytesOf(dir), before);
});

test('RECOVERY-8: recover in the files serves the session again, without its definitions, and is recorded', async (t) => {
  const { dir, id } = await damagedFiles(t);
  const refused = await run(['recover', id, '--to', '4', '--dir', dir]);
  assert.deepEqual([refused.exitCode, /The last good one is 2/.test(refused.notes)], [2, true]);
  const done = await run(['recover', id, '--to', '2', '--reason', 'bad disk', '--dir', dir]);
  assert.equal(done.exitCode, 0, done.notes);
  assert.match(done.out, /has gone back from seq 5 to seq 2, and goes on with seq 3/);
  assert.equal((await run(['verify', id, '--dir', dir])).exitCode, 0);
  const shown = JSON.parse((await run(['show', id, '--dir', dir, '--json'])).out);
  assert.deepEqual([Object.keys(shown.state.tokens), shown.setAside[0].firstSeq, shown.headSeq], [['marlin'], 3, 3]);
  const server = await startServer(t, dir);
  const again = await server.sessions.run(id, { as: 'system', command: 'moveToken', args: { id: 'tern', x: 1, y: 2 } });
  assert.ok(again.ok && again.seq === 4);
  await server.stop();
  const store = sqliteStore({ dir, readOnly: true });
  await store.open();
  const acts = (await readStoredEvents(store, 'operators' as SessionId, 2, 9))?.events ?? [];
  await store.close();
  assert.deepEqual(
    acts.map(({ input }) => [Object(input).what, Object(input).outcome]),
    [
      ['recover', 'bad-request'],
      ['recover', 'done'],
    ],
  );
});

test('RECOVERY-8: a running server verifies and recovers for operators of that scope, and shows what is wrong', async (t) => {
  const { dir, id, sound } = await damagedFiles(t);
  const server = await startServer(t, dir);
  const env = await as(server, 'read', 'recover');
  const woken = await server.sessions.read(id, 'system');
  assert.equal(woken.ok ? 'ok' : woken.code, 'quarantined');
  const shown = JSON.parse((await run(['show', id, '--json'], env)).out);
  assert.equal(shown.status.quarantine.command, `holdfast recover ${id} --to 2`);
  assert.deepEqual(shown.status.quarantine.setAside.range, [3, 5]);
  const all = await run(['verify', '--all', '--json'], env);
  assert.deepEqual(
    [
      all.exitCode,
      JSON.parse(all.out)
        .map(({ verdict }: { verdict: string }) => verdict)
        .toSorted(),
    ],
    [5, ['quarantined', 'sound']],
  );
  assert.equal((await run(['recover', id, '--to', '2'], await as(server, 'read'))).exitCode, 1);
  assert.match((await run(['recover', id, '--to', '2', '--dry-run'], env)).out, /would go back/);
  assert.equal(server.sessions.status(id).health, 'quarantined');
  assert.equal((await run(['recover', id, '--to', '2'], env)).exitCode, 0);
  assert.ok((await server.sessions.run(id, { as: 'system', command: 'roll', args: {} })).ok);
  assert.equal(JSON.parse((await run(['verify', id, '--json'], env)).out).verdict, 'sound');
  const awake = JSON.parse((await run(['show', id, '--json'], env)).out);
  assert.deepEqual(Object.keys(awake.status.recovery.phases), ['claimMs', 'snapshotMs', 'restoreMs', 'tailMs', 'applyMs', 'checkMs']);
  assert.ok((await server.sessions.run(sound, { as: 'system', command: 'roll', args: {} })).ok, 'the other one never stopped');
});
