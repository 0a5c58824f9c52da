import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resolveConfiguration } from '../server/configuration.ts';
import { createServer, sqliteStore } from '../server/index.ts';
import { notes } from '../testing/short-lived.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { runCommandLine } from './run-command-line.ts';

const GAME = fileURLToPath(new URL('../testing/short-lived.ts', import.meta.url));

async function run(...args: string[]) {
  const printed: string[] = [];
  const exitCode = await runCommandLine(args, {
    print: (line) => void printed.push(line),
    note: () => undefined,
    readConfiguration: (flags) => resolveConfiguration({ flags, environment: {} }),
  });
  return { exitCode, out: printed.join('\n') };
}

/** The files of a stopped server with one session that ended. */
async function stopped() {
  const dir = join(temporaryDirectory(), 'data');
  const server = createServer({ sessions: [notes], store: sqliteStore({ dir }), dev: true, port: null, logger: false });
  await server.start();
  const made = await server.sessions.create({ type: 'notes', by: 'system', name: 'Friday' });
  assert.ok(made.ok);
  await server.sessions.end(made.row.session, 'system');
  await server.stop();
  return { dir, game: GAME, session: made.row.session };
}

test('CLEANUP-10: `sweep --dry-run` says in a line what would be done, and why; without it, it is done', async () => {
  const { dir, game, session } = await stopped();
  const preview = await run('sweep', '--dry-run', '--dir', dir, '--sessions', game);
  assert.equal(preview.exitCode, 0);
  assert.match(
    preview.out,
    new RegExp(`^${session}  notes  ended  would archive: ended .* ago, policy 0 ms\\n1 due; 1 would archive; \\d+ ms\\.$`),
  );
  assert.equal((await run('sweep', '--dry-run', '--dir', dir, '--sessions', game)).out.includes('would archive'), true);
  const swept = await run('sweep', '--dir', dir, '--sessions', game);
  assert.match(swept.out, new RegExp(`^${session}  notes  ended  archived: ended `));
  const again = await run('sweep', '--json', '--dir', dir, '--sessions', game);
  assert.equal((JSON.parse(again.out) as { steps: { delete: number } }).steps.delete, 1);
});

test('CLEANUP-10: a sweep of files takes the definitions, whose policies it follows', async () => {
  const { dir } = await stopped();
  assert.equal((await run('sweep', '--dry-run', '--dir', dir)).exitCode, 2);
});

test('CLEANUP-13: `sessions --counts` shows how many were created, and what became of them', async () => {
  const { dir, game } = await stopped();
  assert.equal((await run('sessions', '--counts', '--dir', dir)).out, '1 created = 1 live (1 of them ended) + 0 archived + 0 deleted');
  await run('sweep', '--dir', dir, '--sessions', game);
  // The log of the operators is a session, too.
  assert.equal((await run('sessions', '--counts', '--dir', dir)).out, '2 created = 1 live (0 of them ended) + 1 archived + 0 deleted');
});
