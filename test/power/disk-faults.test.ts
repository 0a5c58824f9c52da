import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchDir } from '../live-server/scratch.ts';
import { shimNeeds } from '../shim/build-shim.ts';
import { failAndCheck } from './fault-rounds.ts';

const SEED = Number(process.env['HOLDFAST_POWER_SEED'] ?? Date.now() % 1_000_000_007);
const skip = (await shimNeeds()) ?? false;

test(
  'POWER-3: whatever fails in a disk, nothing acknowledged is lost, and commands are taken again',
  { skip, timeout: 240_000 },
  async (t) => {
    t.diagnostic(`seed ${SEED} (HOLDFAST_POWER_SEED)`);
    const { counts, wrong } = await failAndCheck({
      seed: SEED,
      from: SEED % 14,
      count: 5,
      directory: await scratchDir(t),
      done: () => undefined,
    });
    assert.deepEqual(wrong, []);
    assert.equal(counts['rounds'], 5);
    assert.ok((counts['cuts after a fault'] ?? 0) > 0, 'nothing failed');
  },
);
