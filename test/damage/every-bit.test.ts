import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchDir } from '../live-server/scratch.ts';
import { ALL_BYTES, indexOf, runFlips } from './flips.ts';

/** `npm run prove -- flips --long` flips every byte. */
const FLIPS = 300;

test('RECOVERY-16: a bit that flips anywhere in the files is found, or changes nothing that is read', { timeout: 120_000 }, async (t) => {
  const { counts, wrong } = await runFlips({ seed: 1, from: 0, count: FLIPS, directory: await scratchDir(t) });
  assert.deepEqual(wrong, []);
  assert.ok((counts['holdfast.db: found in the history'] ?? 0) > 0 && (counts['holdfast.db-wal: regression'] ?? 0) > 0, 'some are found');
  t.diagnostic(JSON.stringify(counts));
});

test('RECOVERY-16: all units together flip every byte once', () => {
  for (const seed of [1, 8]) {
    const flipped = new Uint8Array(ALL_BYTES);
    for (let unit = 0; unit < ALL_BYTES; unit += 1) flipped[indexOf(unit, seed)] = 1;
    assert.ok(!flipped.includes(0));
  }
});
