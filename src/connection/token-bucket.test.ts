import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBuckets } from './token-bucket.ts';

test('CONN-30: a key takes its burst at once, then so much a second, and is told how long to wait', () => {
  const buckets = new TokenBuckets({ perSecond: 2, burst: 3 });
  assert.deepEqual([buckets.take('a', 0), buckets.take('a', 0), buckets.take('a', 0), buckets.take('a', 0)], [0, 0, 0, 500]);
  assert.equal(buckets.take('a', 250), 250);
  assert.equal(buckets.take('a', 500), 0);
  assert.equal(buckets.take('b', 500), 0);
});

test('CONN-30: what was used beyond the allowance is paid back first', () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 20 });
  assert.equal(buckets.charge('a', 20, 0), 0);
  assert.equal(buckets.charge('a', 10, 0), 1_100);
  assert.equal(buckets.charge('a', 5, 2_000), 0);
});

test('CONN-30: a key that has all of its allowance again costs no memory', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 2 });
  buckets.take('a', 0);
  buckets.forgetFull(500);
  assert.equal(buckets.size, 1);
  buckets.forgetFull(1_000);
  assert.equal(buckets.size, 0);
});
