import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { scratchDir } from '../live-server/scratch.ts';
import { shimNeeds } from '../shim/build-shim.ts';
import { cutAndCheck, type CutReport } from './power-cuts.ts';

const SEED = Number(process.env['HOLDFAST_POWER_SEED'] ?? Date.now() % 1_000_000_007);
const skip = (await shimNeeds()) ?? false;

async function cuts(t: TestContext, durability: 'full' | 'normal', count: number): Promise<CutReport> {
  t.diagnostic(`seed ${SEED} (HOLDFAST_POWER_SEED)`);
  return cutAndCheck({ seed: SEED, from: 0, count, directory: await scratchDir(t), durability, done: () => undefined });
}

test('POWER-1: a power cut at `full` takes nothing that anyone was told', { skip, timeout: 180_000 }, async (t) => {
  const { counts, wrong } = await cuts(t, 'full', 8);
  assert.deepEqual(wrong, []);
  assert.equal(counts['cuts'], 8);
  assert.ok((counts['answers held against a cut'] ?? 0) > 0, 'somebody must have been told something');
});

test('POWER-2: a power cut at `normal` leaves an earlier moment, whole', { skip, timeout: 180_000 }, async (t) => {
  const { counts, wrong } = await cuts(t, 'normal', 4);
  assert.deepEqual(wrong, []);
  assert.equal(counts['cuts'], 4);
});
