import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXPECTED_KEYS } from './expected.ts';
import { PROBES, STEPPED } from './probes.ts';
import { routesOfServer, runSchedules } from './run-schedules.ts';

/** `npm run prove -- two-worlds` plays a thousand, `--long` a hundred thousand, and everything expected has to occur. */
const SCHEDULES = 100;

test('LEAK-2: every route of the server is asked by outsiders in the two worlds', async () => {
  const asked = new Set([...PROBES.map(({ method, path }) => `${method} ${path}`), ...STEPPED]);
  assert.deepEqual(
    (await routesOfServer()).filter((route) => !asked.has(route)),
    [],
  );
});

test(`LEAK-1: ${SCHEDULES} schedules, each run in two worlds with different secrets, are the same to everyone outside`, async (t) => {
  const { counts, wrong } = await runSchedules({ seed: 1, from: 0, count: SCHEDULES });
  assert.deepEqual(wrong, []);
  const seen = EXPECTED_KEYS.filter((key) => (counts[key] ?? 0) > 0).length;
  assert.ok(seen > EXPECTED_KEYS.length * 0.9, `${seen} of ${EXPECTED_KEYS.length} kinds of things occur`);
  t.diagnostic(`${counts['messages and answers compared']} messages and answers compared`);
});
