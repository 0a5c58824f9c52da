import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resolveConfiguration } from '../server/configuration.ts';
import { runCommandLine } from './run-command-line.ts';

const GAME = fileURLToPath(new URL('../testing/tiny-tabletop.ts', import.meta.url));

async function run(...args: string[]): Promise<{ exitCode: number; notes: string }> {
  const notes: string[] = [];
  const exitCode = await runCommandLine(args, {
    print: () => undefined,
    note: (line) => void notes.push(line),
    readConfiguration: (flags) => resolveConfiguration({ flags, environment: {} }),
  });
  return { exitCode, notes: notes.join('\n') };
}

test('CLI-16: serving without a way to sign in names the settings, not options of code', async () => {
  const { exitCode, notes } = await run('serve', GAME);
  assert.equal(exitCode, 2);
  assert.match(notes, /HOLDFAST_SECRET or --jwks-url, or give --dev/);
});

test('CLI-16: a page that is not there is named before anything starts', async () => {
  const { exitCode, notes } = await run('serve', GAME, '--dev', '--static', 'no-such-page', '--port', '0', '--durability', 'memory');
  assert.deepEqual([exitCode, notes], [3, 'There is no directory no-such-page.']);
});

for (const command of ['restore', 'import']) {
  test(`CLI-16: a file that is not there is named by ${command} before anything is touched`, async () => {
    const { exitCode, notes } = await run(command, 'no-such-file');
    assert.deepEqual([exitCode, notes], [3, 'There is no file no-such-file.']);
  });
}

test('CLI-16: a status that no session has is refused with those there are', async () => {
  const { exitCode, notes } = await run('sessions', '--status', 'over');
  assert.equal(exitCode, 2);
  assert.match(notes, /lobby, active, paused, abandoned, ended, archived/);
});

test('CLI-16: who reads the first lines only gets no failure', { skip: process.platform === 'win32' }, () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const line = `"${process.execPath}" --conditions=holdfast-source "${main}" config | true`;
  const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual([status, stderr], [0, '']);
});
