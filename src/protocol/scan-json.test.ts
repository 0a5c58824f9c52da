import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonLimits, scanJson } from './scan-json.ts';

const LIMITS: JsonLimits = { bytes: 200, depth: 3, values: 10, string: 20 };

/** What the scan says of a text: a number of keys, or the code of its fault. */
function scan(text: string, limits: Partial<JsonLimits> = {}): number | string {
  const found = scanJson(text, { ...LIMITS, ...limits });
  return typeof found === 'number' ? found : found.code;
}

test('WIRE-1: a text within the limits is let through, with the number of its keys', () => {
  assert.equal(scan('{"a":1,"b":{"c":"x:y","d":[true,null]}}'), 4);
  assert.equal(scan(' { "a" : "b" } '), 1);
  assert.equal(scan('["a","b"]'), 0);
});

test('WIRE-1: the size is counted in bytes of UTF-8', () => {
  const text = '"aé€😀"';
  assert.equal(new TextEncoder().encode(text).length, 12);
  assert.equal(scan(text, { bytes: 12 }), 0);
  assert.equal(scan(text, { bytes: 11 }), 'too-large');
});

test('WIRE-1: one level, value or character more than allowed is too much', () => {
  assert.equal(scan('[[[]]]'), 0);
  assert.equal(scan('[[[[]]]]'), 'too-large');
  assert.equal(scan('[[],[],[],[]]', { values: 8 }), 0);
  assert.equal(scan('[[],[],[],[]]', { values: 7 }), 'too-large');
  assert.equal(scan(`"${'x'.repeat(20)}"`), 0);
  assert.equal(scan(`"${'x'.repeat(21)}"`), 'too-large');
});

test('WIRE-1: a million open brackets are refused without recursion', () => {
  assert.equal(scan('['.repeat(1_000_000), { bytes: 2_000_000 }), 'too-large');
  assert.equal(scan('{"a":'.repeat(200_000), { bytes: 2_000_000 }), 'too-large');
});

test('WIRE-1: brackets and quotes inside of strings count for nothing', () => {
  assert.equal(scan('"[[[[[[{{{{"'), 0);
  assert.equal(scan('["\\"[[[[[","\\\\"]'), 0);
});

test('WIRE-2: reserved keys are refused, also when they are written with escapes', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__', '\\u0063onstructor', 'prototyp\\u0065']) {
    assert.equal(scan(`{"${key}":1}`, { string: 40 }), 'bad-frame', key);
    assert.equal(scan(`{"a":[{"${key}" : 1}]}`, { string: 40, depth: 4 }), 'bad-frame', key);
  }
});

test('WIRE-2: the same words are welcome as values, and inside of other keys', () => {
  assert.equal(scan('["__proto__","constructor"]'), 0);
  assert.equal(scan('{"__proto":1,"constructors":1,"my prototype":"prototype"}'), 3);
});

test('WIRE-6: a key that is written with an escape is refused', () => {
  for (const key of ['\\u0078', 'say \\"hi\\"', 'a\\\\b', 'line\\n']) {
    assert.equal(scan(`{"${key}":1}`), 'bad-frame', key);
    assert.equal(scan(`["${key}"]`), 0, key);
  }
});

test('WIRE-3: numbers that would not come back as sent are refused', () => {
  for (const text of ['1e999', '-1e999', '9007199254740992', '-9007199254740993', '1e16', '123456789012345678901', '[1,2e308]']) {
    assert.equal(scan(text), 'bad-frame', text);
  }
});

test('WIRE-3: every other number is let through', () => {
  for (const text of ['0', '-0', '9007199254740991', '-9007199254740991', '0.1', '1e15', '5e-324', '-1.25E+3', '0.12345678901234567890']) {
    assert.equal(scan(text), 0, text);
  }
});

test('WIRE-3: half of a surrogate pair is refused, raw or escaped', () => {
  for (const text of [
    '"\ud83d"',
    '"\ude00"',
    '"\\ud83d"',
    '"\\uDE00x"',
    '"\ud83dx\ude00"',
    '"\\ud83d\\n\\ude00"',
    '"\ude00\ud83d"',
    '{"\\ud83d":1}',
  ]) {
    assert.equal(scan(text), 'bad-frame', JSON.stringify(text));
  }
});

test('WIRE-3: whole pairs and escaped backslashes are let through', () => {
  for (const text of ['"😀"', '"\\ud83d\\ude00"', '"\\uD83D\ude00"', '"\\\\ud83d"', '"é\\u00e9"']) assert.equal(scan(text), 0, text);
});
