import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { playDemo } from '../../src/cli/demo.ts';
import { DEMO_STEPS } from '../../src/cli/demo-steps.ts';
import { resolveConfiguration } from '../../src/server/configuration.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const run = promisify(execFile);

test('CLI-13: the demo plays the whole life of a session against a real server, says what it checked, and leaves nothing', async (t) => {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(scratch, { recursive: true, force: true }));
  const env = { ...process.env, TMPDIR: scratch };
  const { stdout } = await run(process.execPath, ['--conditions=holdfast-source', CLI, 'demo', '--json'], { env, timeout: 240_000 });
  const played = JSON.parse(stdout) as { step: string; ok: boolean; checked: string }[];
  assert.deepEqual(
    played.map(({ step, ok }) => [step, ok]),
    DEMO_STEPS.map(({ name }) => [name, true]),
  );
  assert.ok(played.every(({ checked }) => checked.length > 10));
  assert.deepEqual(
    (await readdir(scratch)).filter((name) => name.startsWith('holdfast-demo')),
    [],
  );
});

test('CLI-13: a step that fails is named with what was not so, nothing is played after it, and everything is cleared away', async () => {
  const lines: string[] = [];
  const surroundings = {
    print: (line: string) => void lines.push(line),
    note: () => undefined,
    readConfiguration: () => resolveConfiguration({ flags: {}, environment: {} }),
  };
  let dir = '';
  const steps = [
    { name: 'start', play: async ({ table }: Parameters<(typeof DEMO_STEPS)[number]['play']>[0]) => (dir = table.server.dir) },
    { name: 'break', play: () => Promise.reject(new Error('not so: the sky is green')) },
    { name: 'never', play: () => assert.fail('played after a failure') },
  ];
  await assert.rejects(playDemo({}, surroundings, steps), { exitCode: 1, message: /'break' failed, 1 were not played/ });
  assert.match(lines.join('\n'), /^ok {6}start .*\nFAILED {2}break {5}not so: the sky is green/);
  await assert.rejects(readdir(join(dir, '..')), { code: 'ENOENT' });
});
