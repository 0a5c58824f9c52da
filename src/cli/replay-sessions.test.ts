import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resolveConfiguration } from '../server/configuration.ts';
import { createServer, sqliteStore, type SessionId } from '../server/index.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { runCommandLine } from './run-command-line.ts';

const GAME = fileURLToPath(new URL('../testing/tiny-tabletop.ts', import.meta.url));

async function run(...args: string[]) {
  const [printed, noted]: [string[], string[]] = [[], []];
  const exitCode = await runCommandLine(args, {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    readConfiguration: (flags) => resolveConfiguration({ flags, environment: {} }),
  });
  return { exitCode, out: printed.join('\n'), notes: noted.join('\n') };
}

/** Files of a stopped server with two sessions, and a version of the game that moves tokens one step too far. */
async function files(t: TestContext): Promise<{ dir: string; ids: SessionId[]; changed: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const dir = join(parent, 'data');
  const server = createServer({ sessions: [tinyTabletop], store: sqliteStore({ dir }), dev: true, port: 0, logger: false });
  await server.start();
  const ids: SessionId[] = [];
  for (const commands of [['roll', 'moveToken', 'roll'], ['roll']]) {
    const made = await server.sessions.create({ type: 'tabletop', by: 'system' });
    assert.ok(made.ok);
    ids.push(made.row.session);
    for (const command of commands) {
      const args = command === 'roll' ? { sides: 6 } : { id: 'hero', x: 3, y: 4 };
      assert.ok((await server.sessions.run(made.row.session, { as: 'system', command, args })).ok);
    }
  }
  await server.stop();
  const changed = join(parent, 'changed.ts');
  await writeFile(
    changed,
    `import { tinyTabletop } from ${JSON.stringify(new URL('../testing/tiny-tabletop.ts', import.meta.url).href)};
     const { findCommand } = tinyTabletop;
     const moved = (command) => ({ ...command, handler: (state, args, ctx) => command.handler(state, { ...args, x: args.x + 1 }, ctx) });
     export const game = {
       ...tinyTabletop,
       findCommand: (name, mode) => (name === 'moveToken' ? moved(findCommand(name, mode)) : findCommand(name, mode)),
     };`,
  );
  return { dir, ids, changed };
}

test('CLI-11: replay says of every session that the code does what it did, and exits with 0', async (t) => {
  const { dir, ids } = await files(t);
  const all = await run('replay', '--all', '--against', GAME, '--dir', dir);
  assert.equal(all.exitCode, 0, all.notes);
  for (const id of ids) assert.match(all.out, new RegExp(`${id}  tabletop  same`));
  const one = await run('replay', ids[0] ?? '', '--against', GAME, '--dir', dir, '--json');
  assert.deepEqual([one.exitCode, JSON.parse(one.out).executed], [0, 3]);
});

test('CLI-11: replay shows the first event that would be otherwise, then and now, and exits with 1', async (t) => {
  const { dir, ids, changed } = await files(t);
  const all = await run('replay', '--all', '--against', changed, '--dir', dir);
  assert.equal(all.exitCode, 1);
  assert.match(all.out, new RegExp(`${ids[1]}  tabletop  same`));
  assert.match(
    all.out,
    /seq 3: moveToken by system at .*\n    - state: tokens\.hero = \{"x":3,"y":4\}\n    \+ state: tokens\.hero = \{"x":4,"y":4\}/,
  );
  assert.match(all.notes, /1 of 2 sessions diverge/);
  const json = JSON.parse((await run('replay', '--all', '--against', changed, '--dir', dir, '--json')).out);
  assert.deepEqual(json.map(({ verdict }: { verdict: string }) => verdict).toSorted(), ['diverged', 'same']);
  assert.equal((await run('replay', ids[0] ?? '', '--against', changed, '--dir', dir, '--from', '4')).exitCode, 0);
});

test('CLI-11: replay wants a session or all of them, and a file of definitions', async (t) => {
  const { dir } = await files(t);
  assert.equal((await run('replay', '--against', GAME, '--dir', dir)).exitCode, 2);
  assert.equal((await run('replay', '--all', '--dir', dir)).exitCode, 2);
  assert.equal((await run('replay', 'x'.repeat(22), '--against', GAME, '--dir', dir)).exitCode, 3);
});
