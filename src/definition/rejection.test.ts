import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRejection, Rejection } from './rejection.ts';

test('DEF-9: a rejection is recognised by its mark and keeps message and details', () => {
  const rejection = new Rejection('Not your turn.', { turn: 'ada' });
  assert.equal(isRejection(rejection), true);
  assert.deepEqual([rejection.message, rejection.details], ['Not your turn.', { turn: 'ada' }]);
});

test('DEF-9: other things that are thrown are no rejections', () => {
  for (const thrown of [new Error('Not your turn.'), { message: 'x' }, 'x', null, undefined]) assert.equal(isRejection(thrown), false);
});
