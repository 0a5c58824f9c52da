import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyOps, parseOps } from './apply.ts';
import { copyJson } from './copy-json.ts';
import { StateError } from './op.ts';
import { startRecording } from './recording.ts';

type Anything = Record<string, unknown>;

function draftOf(tree: Anything): Anything {
  return startRecording(tree).draft;
}

function refusal(write: () => unknown): StateError {
  try {
    write();
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

test('STATE-1: a draft reads like the object it stands for', () => {
  const draft = draftOf({ b: 1, a: { n: 2 }, list: [1, 2] });
  draft['c'] = 3;
  delete draft['b'];
  assert.deepEqual(Object.keys(draft), ['a', 'list', 'c']);
  assert.deepEqual(
    Object.entries(draft).map(([key]) => key),
    ['a', 'list', 'c'],
  );
  assert.equal(JSON.stringify(draft), '{"a":{"n":2},"list":[1,2],"c":3}');
  assert.equal(JSON.stringify({ ...draft }), '{"a":{"n":2},"list":[1,2],"c":3}');
  assert.deepEqual(['b' in draft, 'c' in draft, Object.hasOwn(draft, 'a')], [false, true, true]);
  assert.equal(draft['b'], undefined);
  const seen: string[] = [];
  for (const key in draft) seen.push(key);
  assert.deepEqual(seen, ['a', 'list', 'c']);
});

test('STATE-1: the same object is the same draft while recording', () => {
  const draft = draftOf({ a: { n: 1 } });
  assert.equal(draft['a'], draft['a']);
  assert.equal(Object.values(draft)[0], draft['a']);
  assert.equal(Object.getOwnPropertyDescriptor(draft, 'a')?.value, draft['a']);
});

test('STATE-8: everything that is not JSON is refused, and the error says where', () => {
  class Token {}
  const cases: [unknown, string, (string | number)[]][] = [
    [new Date(0), 'bad-value', ['a', 'x']],
    [new Map(), 'bad-value', ['a', 'x']],
    [new Token(), 'bad-value', ['a', 'x']],
    [() => 1, 'bad-value', ['a', 'x']],
    [10n, 'bad-value', ['a', 'x']],
    [Symbol('s'), 'bad-value', ['a', 'x']],
    [Number.NaN, 'bad-value', ['a', 'x']],
    [Number.POSITIVE_INFINITY, 'bad-value', ['a', 'x']],
    [undefined, 'undefined-value', ['a', 'x']],
    [{ deep: [0, { at: new Date(0) }] }, 'bad-value', ['a', 'x', 'deep', 1, 'at']],
    [{ gone: undefined }, 'undefined-value', ['a', 'x', 'gone']],
    [{ [Symbol('s')]: 1 }, 'bad-value', ['a', 'x']],
    [
      {
        get now() {
          return 1;
        },
      },
      'bad-value',
      ['a', 'x', 'now'],
    ],
    // oxlint-disable-next-line no-sparse-arrays -- the hole is the point
    [[1, , 3], 'sparse', ['a', 'x', 1]],
  ];
  const tree = { a: {} };
  const draft = draftOf(tree)['a'] as Anything;
  for (const [value, code, path] of cases) {
    const error = refusal(() => (draft['x'] = value));
    assert.deepEqual([error.code, error.path], [code, path]);
  }
  assert.deepEqual(tree, { a: {} });
});

test('STATE-8: errors name the place and the way out', () => {
  const draft = draftOf({ tokens: { hero: {} } });
  const hero = (draft['tokens'] as { hero: Anything }).hero;
  assert.match(refusal(() => (hero['at'] = new Date(0))).message, /^tokens\.hero\.at: a Date cannot be stored/);
  assert.match(refusal(() => (hero['hp'] = undefined)).message, /^tokens\.hero\.hp: undefined cannot be stored; delete the key/);
});

test('STATE-8: minus zero is stored as zero', () => {
  const tree: Anything = { n: 1 };
  const draft = draftOf(tree);
  draft['n'] = -0;
  draft['list'] = [-0];
  assert.ok(Object.is(tree['n'], 0));
  assert.ok(Object.is((tree['list'] as number[])[0], 0));
});

test('STATE-9: reserved keys are refused, at any depth', () => {
  const draft = draftOf({});
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    assert.equal(refusal(() => (draft[key] = 1)).code, 'reserved-key');
    const nested: unknown = JSON.parse(`{"a":{"${key}":{"polluted":1}}}`);
    const error = refusal(() => (draft['x'] = nested));
    assert.deepEqual([error.code, error.path], ['reserved-key', ['x', 'a', key]]);
  }
  assert.equal(({} as Anything)['polluted'], undefined);
});

test('STATE-26: keys that JSON writes with an escape are refused, at any depth and in ops', () => {
  const draft = draftOf({ list: [{}] });
  for (const key of ['say "hi"', 'back\\slash', 'line\nbreak', '\u0000', '\ud800']) {
    const error = refusal(() => (draft[key] = 1));
    assert.deepEqual([error.code, error.path], ['reserved-key', [key]]);
    assert.match(error.message, /this key holds a character that must be escaped in JSON and is refused$/);
    assert.deepEqual(refusal(() => (draft['x'] = [{ [key]: 1 }])).path, ['x', 0, key]);
    assert.match(refusal(() => copyJson({ a: { [key]: 1 } })).message, /must be escaped/);
    assert.throws(() => parseOps([['s', ['a', key], 1]]), StateError);
    assert.throws(() => parseOps([['s', ['a'], { [key]: 1 }]]), StateError);
    assert.throws(() => applyOps({}, [['s', [key], 1]]), StateError);
  }
  for (const key of ['é', '😀', "it's", 'a b', '/', '']) draft[key] = 1;
});

test('STATE-9: a key from outside finds nothing that is not state', () => {
  const tree = { tokens: {}, list: [] };
  const draft = draftOf(tree);
  for (const key of ['toString', 'hasOwnProperty', '__proto__', 'constructor', 'valueOf']) {
    assert.equal((draft['tokens'] as Anything)[key], undefined);
    assert.equal(key in (draft['tokens'] as Anything), false);
  }
  for (const key of ['__proto__', 'constructor']) assert.equal(Reflect.get(draft['list'] as object, key), undefined);
  (draft['tokens'] as Anything)['toString'] = 1;
  assert.equal((draft['tokens'] as Anything)['toString'], 1);
  assert.equal(JSON.stringify(tree), '{"tokens":{"toString":1},"list":[]}');
});

test('STATE-14: state cannot be frozen, given accessors or a prototype, or written through an heir', () => {
  const tree = { a: {} };
  const draft = draftOf(tree);
  for (const target of [draft, draft['a'] as object]) {
    assert.throws(() => Object.freeze(target), StateError);
    assert.throws(() => Object.defineProperty(target, 'x', { get: () => 1 }), StateError);
    assert.throws(() => Object.setPrototypeOf(target, null), StateError);
    assert.throws(() => ((Object.create(target) as Anything)['x'] = 1), StateError);
    assert.throws(() => ((target as Record<symbol, number>)[Symbol('s')] = 1), StateError);
  }
  assert.deepEqual(tree, { a: {} });
});
