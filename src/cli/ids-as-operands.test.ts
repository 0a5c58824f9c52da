import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idsAsOperands } from './ids-as-operands.ts';

const DASHED = '-W3mPB7HkTj0q1bXUz2y4g';

test('CLI-2: an id that begins with a dash is no flag', () => {
  assert.deepEqual(idsAsOperands(['events', DASHED, '--dir', 'data']), ['events', '--dir', 'data', '--', DASHED]);
  assert.deepEqual(idsAsOperands(['show', '--json', DASHED]), ['show', '--json', '--', DASHED]);
  assert.deepEqual(idsAsOperands(['dump', '--at=3', `-${DASHED.slice(0, 21)}`]), ['dump', '--at=3', '--', `-${DASHED.slice(0, 21)}`]);
});

test('CLI-2: values of flags, flags and what is written otherwise stay as they are', () => {
  for (const args of [
    ['connections', '--session', DASHED],
    ['events', '--', DASHED],
    ['show', 'mW3mPB7HkTj0q1bXUz2y4g'],
    ['serve', '--no-such-flag-at-all-x'],
    [],
  ])
    assert.deepEqual(idsAsOperands(args), args);
});
