import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../protocol/json.ts';
import { applyOps, parseOps } from './apply.ts';
import { cloneJson } from './copy-json.ts';
import { StateError, type Op } from './op.ts';
import { object } from '../../test/state/json-arbitraries.ts';

function tree(): { tokens: JsonObject; list: number[] } {
  return { tokens: { hero: { x: 1 } }, list: [10, 20, 30] };
}

test('STATE-17: every kind of op does what it says', () => {
  const ops: Op[] = [
    ['s', ['tokens', 'hero', 'x'], 2],
    ['s', ['tokens', 'orc'], { x: 3 }],
    ['p', ['list'], 1, 1, 21, 22],
    ['o', ['list'], [3, 0, 1, 2]],
    ['s', ['list', 0], 31],
    ['d', ['tokens', 'hero']],
  ];
  assert.equal(JSON.stringify(applyOps(tree(), ops)), '{"tokens":{"orc":{"x":3}},"list":[31,10,21,22]}');
});

test('STATE-17: paths that name nothing exactly are refused, and pollute nothing', () => {
  const hostile: unknown[] = [
    ['s', [], 1],
    ['d', []],
    ['s', ['__proto__', 'polluted'], 1],
    ['s', ['tokens', '__proto__'], { polluted: 1 }],
    ['s', ['tokens', '__proto__', 'polluted'], 1],
    ['s', ['constructor', 'prototype', 'polluted'], 1],
    ['s', ['tokens', 'toString', 'polluted'], 1],
    ['s', ['tokens', 'nobody', 'x'], 1],
    ['s', ['tokens', 0], 1],
    ['s', ['list', '0'], 1],
    ['s', ['list', 'length'], 0],
    ['s', ['list', 3], 1],
    ['s', ['list', -1], 1],
    ['s', ['list', 0.5], 1],
    ['s', ['list', 4294967296], 1],
    ['s', ['list', 0, 'x'], 1],
    ['d', ['list', 0]],
    ['d', ['tokens', 'nobody']],
    ['d', ['tokens', 'toString']],
    ['p', ['tokens'], 0, 0, 1],
    ['p', ['list'], 4, 0, 1],
    ['p', ['list'], -1, 0, 1],
    ['p', ['list'], 0, 4],
    ['p', ['list'], 0, -1],
    ['p', ['list'], 1e9, 1e9],
    ['o', ['list'], [0, 1]],
    ['o', ['list'], [0, 1, 1]],
    ['o', ['list'], [0, 1, 3]],
    ['o', ['tokens'], []],
    ['x', ['list'], 1],
  ];
  for (const op of hostile) {
    for (const share of [false, true]) {
      const root = tree();
      assert.throws(() => applyOps(root, [op as Op], { share }), StateError, JSON.stringify(op));
      assert.deepEqual(root, tree());
    }
  }
  assert.equal(({} as JsonObject)['polluted'], undefined);
});

test('STATE-18: what changed is new, what did not is the same', () => {
  const root = { a: { deep: { n: 1 } }, b: { n: 1 }, list: [{ n: 1 }, { n: 2 }] };
  const text = JSON.stringify(root);
  const next = applyOps<typeof root & JsonObject>(
    root,
    [
      ['s', ['a', 'deep', 'n'], 2],
      ['s', ['list', 1, 'n'], 3],
      ['s', ['a', 'deep', 'm'], 4],
    ],
    { share: true },
  );
  assert.equal(JSON.stringify(root), text);
  assert.notEqual(next.a.deep, root.a.deep);
  assert.equal(next.b, root.b);
  assert.equal(next.list[0], root.list[0]);
  assert.equal(JSON.stringify(next), '{"a":{"deep":{"n":2,"m":4}},"b":{"n":1},"list":[{"n":1},{"n":3}]}');
});

test('STATE-18: a refused op leaves the old root as it was, whatever came before it', () => {
  const root = tree();
  const ops: Op[] = [
    ['p', ['list'], 0, 3],
    ['d', ['tokens', 'hero']],
    ['d', ['tokens', 'hero']],
  ];
  assert.throws(() => applyOps(root, ops, { share: true }), StateError);
  assert.deepEqual(root, tree());
});

test('STATE-18: later ops do not reach the values of earlier ones', () => {
  const ops: Op[] = [
    ['s', ['tokens', 'elf'], { at: { x: 0 } }],
    ['s', ['tokens', 'elf', 'at', 'x'], 9],
  ];
  for (const share of [false, true]) {
    assert.equal(JSON.stringify(applyOps(tree(), ops, { share }).tokens['elf']), '{"at":{"x":9}}');
    assert.deepEqual(ops[0]?.[2], { at: { x: 0 } });
  }
});

test('STATE-19: ops of a known form are taken as they are', () => {
  const ops = [
    ['s', ['a'], null],
    ['d', ['a', 0, 'b']],
    ['p', ['l'], 0, 0, { n: [1] }],
    ['o', ['l'], [1, 0]],
  ];
  assert.equal(parseOps(ops), ops);
});

test('STATE-19: an unknown kind is told apart from a malformed op', () => {
  assert.throws(() => parseOps([['z', ['a'], 1]]), { code: 'unknown-op' });
  const malformed: unknown[] = [
    undefined,
    null,
    {},
    's',
    [null],
    [[]],
    [['s']],
    [['s', 'a', 1]],
    [['s', ['a']]],
    [['s', ['a'], 1, 2]],
    [['s', [], 1]],
    [['s', [true], 1]],
    [['s', [-1], 1]],
    [['s', ['a'], undefined]],
    [['s', ['a'], Number.NaN]],
    [['s', ['a'], new Date(0)]],
    [['d', ['a'], 1]],
    [['d', ['__proto__']]],
    [['p', ['a'], 0]],
    [['p', ['a'], 0.5, 0]],
    [['p', ['a'], 0, 0, undefined]],
    [['o', ['a'], [1]]],
    [['o', ['a'], [0, 0]]],
    [['o', ['a'], 'x']],
    [['d', Array.from({ length: 65 }, () => 'a')]],
    JSON.parse('[["s",["a"],{"__proto__":{"polluted":1}}]]'),
    JSON.parse(`[["s",["a"],${'['.repeat(100)}${']'.repeat(100)}]]`),
  ];
  for (const ops of malformed) assert.throws(() => parseOps(ops), StateError, JSON.stringify(ops));
});

test('STATE-17: random ops on random trees either apply or are refused with a StateError, and pollute nothing', () => {
  const part = fc.oneof(
    fc.constantFrom('a', 'b', 'name', '__proto__', 'constructor', 'length', 'toString', '0'),
    fc.integer({ min: -1, max: 3 }),
  );
  const path = fc.array(part, { maxLength: 4 });
  const index = fc.integer({ min: -1, max: 4 });
  const op = fc.oneof(
    fc.tuple(fc.constant('s'), path, fc.jsonValue()),
    fc.tuple(fc.constant('d'), path),
    fc.tuple(fc.constant('p'), path, index, index, fc.jsonValue()),
    fc.tuple(fc.constant('o'), path, fc.array(index, { maxLength: 4 })),
  );
  fc.assert(
    fc.property(object, fc.array(op, { maxLength: 5 }), (before, ops) => {
      const text = JSON.stringify(before);
      const inPlace = attempt(() => applyOps(cloneJson(before), ops as Op[]));
      const shared = attempt(() => applyOps(before, ops as Op[], { share: true }));
      assert.equal(JSON.stringify(inPlace), JSON.stringify(shared));
      assert.equal(JSON.stringify(before), text);
      assert.deepEqual(Object.keys(Object.prototype), []);
    }),
    { numRuns: 2000 },
  );
});

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof StateError, String(error));
    return undefined;
  }
}
