import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spellExpiry, spellSpan } from './span-text.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 24 * 3_600_000];

test('DEMO-21: how long a table was played is told as people say it', () => {
  assert.deepEqual([5_000, 12 * MINUTE, 3 * HOUR, 3 * HOUR + 20 * MINUTE].map(spellSpan), [
    'less than a minute',
    '12 min',
    '3 h',
    '3 h 20 min',
  ]);
});

test('DEMO-17: how long an invitation is still good is told as people say it', () => {
  const left = (ms: number | null) => spellExpiry(ms === null ? null : 1_000 + ms, 1_000);
  assert.deepEqual([null, -1, 0, 20 * MINUTE, DAY - 1, 7 * DAY - 1].map(left), [
    'no end',
    'expired',
    'expired',
    '20 min left',
    '24 h left',
    '7 days left',
  ]);
});
