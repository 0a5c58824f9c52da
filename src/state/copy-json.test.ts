import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyJson } from './copy-json.ts';
import { StateError } from './op.ts';
import { startRecording } from './recording.ts';

test('STATE-20: a copy is equal and shares nothing', () => {
  const value = { a: [1, { b: null }], c: 'x' };
  const copy = copyJson(value);
  assert.deepEqual(copy, value);
  value.a.push(2);
  assert.deepEqual(copy, { a: [1, { b: null }], c: 'x' });
});

test('STATE-20: one object met twice is copied twice, objects without a prototype are fine', () => {
  const shared = Object.assign(Object.create(null) as object, { n: 1 });
  const copy = copyJson([shared, shared]) as object[];
  assert.equal(JSON.stringify(copy), '[{"n":1},{"n":1}]');
  assert.notEqual(copy[0], copy[1]);
});

test('STATE-20: a draft is copied as it stands, and only while its command runs', () => {
  const recording = startRecording({ a: { n: 1, old: true } as { n: number; old?: boolean } });
  const { a } = recording.draft;
  a.n = 2;
  delete a.old;
  assert.equal(JSON.stringify(copyJson({ result: a })), '{"result":{"n":2}}');
  recording.finish();
  assert.throws(() => copyJson(a), { code: 'closed' });
});

test('STATE-20: what is not JSON is refused with its place', () => {
  assert.throws(() => copyJson({ a: [{ b: new Set() }] }), {
    code: 'bad-value',
    path: ['a', 0, 'b'],
    message: /^a\[0\]\.b: a Set cannot be stored/,
  });
  assert.throws(() => copyJson(undefined), { code: 'undefined-value', path: [] });
  assert.throws(() => copyJson(Object.create({ inherited: 1 })), StateError);
  assert.throws(() => copyJson(Math), StateError);
});

test('STATE-20: limits of depth and size hold', () => {
  assert.throws(() => copyJson([[[1]]], { maxDepth: 2 }), { code: 'too-deep' });
  assert.deepEqual(copyJson([[1]], { maxDepth: 2 }), [[1]]);
  assert.throws(() => copyJson('x'.repeat(100), { maxBytes: 100 }), { code: 'too-large' });
});
