import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../bench/entities.ts';
import { FrozenRounds } from './frozen-rounds.ts';

const ROUNDS = 2;
const SEED = Number(process.env['HOLDFAST_KILL_SEED'] ?? Date.now() % 1_000_000_007);

test(
  'KILL-11: a server that stood still while another one took over writes nothing more, says nothing wrong, and ends itself',
  { timeout: 120_000 },
  async (t) => {
    t.diagnostic(`seed ${SEED} (HOLDFAST_KILL_SEED)`);
    const random = seededRandom(SEED);
    const rounds = await FrozenRounds.begin(t);
    for (let round = 0; round < ROUNDS; round += 1) await rounds.round(random);
    const { counts } = rounds;
    t.diagnostic(
      Object.entries(counts)
        .map(([name, count]) => `${count} ${name}`)
        .join(', '),
    );
    assert.ok(counts['commands on their way at a thaw'] > 0);
  },
);
