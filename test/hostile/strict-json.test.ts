import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeFrame } from './judge-frame.ts';
import { readStrictly } from './strict-json.ts';

test('HOSTILE-1: the independent reader takes what JSON.parse takes, and nothing else', () => {
  const texts = ['1', ' [1, 2 ] ', '{"a":{"b":[]}}', '"\\u00e9\\n"', '-0.5e+3', 'true', 'null', '[[],{}]'];
  const others = ['', '01', '1.', '+1', '[1,]', '{a:1}', '{"a" 1}', '"\t"', "'a'", '1 2', 'nul', '"\\x"', '[', '\ufeff1'];
  for (const text of texts) assert.deepEqual(readStrictly(text)?.value, JSON.parse(text), text);
  for (const text of others) {
    assert.throws(() => void JSON.parse(text), text);
    assert.equal(readStrictly(text), undefined, text);
  }
});

test('HOSTILE-1: the independent reader finds keys that stand twice, escaped or reserved ones, halves of pairs, large numbers', () => {
  for (const [text, fault] of [
    ['{"a":1,"a":2}', 'twice'],
    ['{"\\u0061":1}', 'escaped-key'],
    ['{"__proto__":1}', 'reserved'],
    ['"\\ud800"', 'surrogate'],
    ['9007199254740993', 'number'],
  ] as const)
    assert.deepEqual(readStrictly(text)?.faults, [fault], text);
});

test('HOSTILE-1: the judge of frames says no where the protocol does', () => {
  const sound = '{"t":"command","n":2,"low":1,"name":"roll","args":{}}';
  assert.ok('frame' in judgeFrame(sound, false));
  for (const text of [
    sound.replace('"low":1', '"low":3'),
    sound.replace('"args":{}', '"args":{},"x":1'),
    sound.replace('"n":2', '"n":1.5'),
    '{"t":"toString"}',
  ])
    assert.ok('codes' in judgeFrame(text, false), text);
  assert.ok('codes' in judgeFrame(sound, true));
});
