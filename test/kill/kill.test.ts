import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../bench/entities.ts';
import { COUNTED, KillRounds } from './kill-rounds.ts';

const ROUNDS = 10;
const SEED = Number(process.env['HOLDFAST_KILL_SEED'] ?? Date.now() % 1_000_000_007);

test('KILL-1: kill -9 under load loses no acknowledged command and runs none twice', { timeout: 120_000 }, async (t) => {
  t.diagnostic(`seed ${SEED} (HOLDFAST_KILL_SEED)`);
  const random = seededRandom(SEED);
  const rounds = await KillRounds.begin(t);
  for (let round = 0; round < ROUNDS; round += 1) await rounds.round(random);
  await rounds.end();
  const { counts } = rounds;
  t.diagnostic(COUNTED.map((name) => `${counts[name]} ${name}`).join(', '));
  assert.ok(counts['rounds with a batch in flight'] * 3 >= ROUNDS, 'a third of the rounds must hit a batch in flight');
});
