import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createServer, sqliteStore, type SessionId } from '../../src/server/index.ts';
import { readStoredSession, type StoredSession } from '../../src/server/stored-sessions.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { scratchDir } from '../live-server/scratch.ts';
import { flipBitOf, settleDatabases } from './flip.ts';

const CLI = ['--conditions=holdfast-source', fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))];
/** The kill comes so long after the command began; the last ones come too late. */
const KILLS_MS = [100, 200, 250, 300, 350, 450, 700];

/** A stopped server's files: of the five events of the session the third is damaged. */
async function damagedFiles(t: TestContext): Promise<{ dir: string; session: SessionId }> {
  const parent = await scratchDir(t);
  const [live, dir] = [join(parent, 'live'), join(parent, 'data')];
  const server = createServer({ sessions: [tinyTabletop], store: sqliteStore({ dir: live }), dev: true, port: null, logger: false });
  await server.start();
  const made = await server.sessions.create({ type: 'tabletop', by: 'system', name: 'Friday night' });
  assert.ok(made.ok);
  const { session } = made.row;
  for (const id of ['marlin', 'zauberfisch', 'gannet', 'tern'])
    assert.ok((await server.sessions.run(session, { as: 'system', command: 'moveToken', args: { id, x: 1, y: 2 } })).ok);
  cpSync(live, dir, { recursive: true, filter: (source) => !/server\.|reserve/.test(source) });
  await server.stop();
  settleDatabases(dir);
  assert.ok(flipBitOf(dir, 'zauberfisch') > 0);
  return { dir, session };
}

/** A command in a process of its own, killed after some time; true where it was done before. */
async function killed(args: readonly string[], afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [...CLI, ...args], { stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  return code === 0;
}

/** The session as its files are now. */
async function stored(dir: string, session: SessionId): Promise<StoredSession> {
  const store = sqliteStore({ dir, readOnly: true });
  await store.open();
  const found = await readStoredSession(store, session);
  await store.close();
  return found ?? assert.fail('the session is gone');
}

function run(args: readonly string[]): { code: number | null; out: string; notes: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...CLI, ...args], { encoding: 'utf8', timeout: 60_000 });
  return { code: status, out: stdout, notes: stderr };
}

test('RECOVERY-9: recover, killed at any moment and given again, does its work once', { timeout: 120_000 }, async (t) => {
  const { dir, session } = await damagedFiles(t);
  const recover = ['recover', session, '--to', '2', '--dir', dir];
  let done = 0;
  for (const afterMs of KILLS_MS) {
    if (await killed(recover, afterMs)) done += 1;
    const { headSeq, soundSeq, setAside } = await stored(dir, session);
    assert.ok(
      (headSeq === 5 && soundSeq === 2 && setAside === undefined) || (headSeq === 3 && soundSeq === 3),
      `${afterMs} ms: ${headSeq}, ${soundSeq}`,
    );
  }
  const last = run(recover);
  assert.equal(last.code, 0, last.notes);
  const { headSeq, state, setAside } = await stored(dir, session);
  assert.deepEqual([headSeq, Object.keys(Object(state['tokens'])), setAside?.length, setAside?.[0]?.firstSeq], [3, ['marlin'], 3, 3]);
  assert.equal(run(['verify', '--all', '--dir', dir]).code, 0, 'the log of the operators is sound as well');
  t.diagnostic(`${KILLS_MS.length} kills, ${done} of them too late`);
});
