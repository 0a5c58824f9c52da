import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { creation, following } from '../testing/store-entries.ts';
import { packEntries, packResults, unpackEntries, unpackResults } from './append-message.ts';
import type { AppendResult } from './store.ts';

describe('a batch between the threads', () => {
  it('STORE-2: arrives as it was sent', () => {
    const head = { seq: 4, hash: 'ab'.repeat(32) };
    const entries = [
      following('a', head, []),
      creation('b'),
      following('c', head, ['x', 'y'], { side: [{ kind: 'snapshot', seq: 5, data: '{}' }] }),
    ];
    const [first, second, third] = unpackEntries(structuredClone(packEntries(entries)));
    assert.deepEqual(first, entries[0]);
    assert.deepEqual(second, { ...entries[1], side: undefined });
    assert.deepEqual(third, { ...entries[2], row: undefined, logId: undefined });
  });

  it('STORE-2: results of every kind come back in order', () => {
    const results: AppendResult[] = [
      { outcome: 'fenced', epoch: 1, seq: 2 },
      { outcome: 'ok', seq: 3, hash: 'c3', rev: 4 },
      { outcome: 'refused', reason: 'exists' },
      { outcome: 'ok', seq: 5, hash: 'd4', rev: 6 },
      { outcome: 'failed', full: true, message: 'no room' },
    ];
    assert.deepEqual(unpackResults(structuredClone(packResults(results))), results);
  });
});
