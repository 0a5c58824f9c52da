import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readClientFrame } from './codec.ts';
import { isPlainKey } from './plain-key.ts';

test('WIRE-6: a key is plain when JSON writes it without an escape and it is not reserved', () => {
  for (const key of ['', 'x', 'a b', 'é', '😀', "it's", '/', '\u007f', '__proto']) assert.equal(isPlainKey(key), true, key);
  for (const key of ['"', 'a\\b', '\n', '\u0000', '\ud83d', '__proto__', 'constructor', 'prototype'])
    assert.equal(isPlainKey(key), false, key);
});

test('WIRE-6: exactly the plain keys can be sent', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '"', '\\', '\t', '\ud83d', '\ude00') }),
    fc.constant('prototype'),
  );
  fc.assert(
    fc.property(key, (name) => {
      const text = JSON.stringify({ t: 'command', n: 1, low: 1, name: 'add', args: { [name]: 1 } });
      assert.equal(readClientFrame(text, { first: false }).ok, isPlainKey(name));
    }),
    { numRuns: 2_000 },
  );
});
