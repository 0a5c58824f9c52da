import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldOps } from './fold.ts';
import type { Op } from './op.ts';

function folds(ops: Op[], expected: Op[]): void {
  assert.deepEqual(foldOps(ops), expected);
}

test('STATE-21: of many sets of one path the last remains', () => {
  const moves = Array.from({ length: 50 }, (_item, n): Op[] => [
    ['s', ['tokens', 'a', 'x'], n],
    ['s', ['tokens', 'a', 'y'], -n],
  ]).flat();
  folds(moves, [
    ['s', ['tokens', 'a', 'x'], 49],
    ['s', ['tokens', 'a', 'y'], -49],
  ]);
});

test('STATE-21: changes inside a value that was set go into the value', () => {
  folds(
    [
      ['s', ['a'], { list: [1] }],
      ['s', ['a', 'n'], 2],
      ['p', ['a', 'list'], 1, 0, 3],
      ['o', ['a', 'list'], [1, 0]],
      ['d', ['a', 'n']],
    ],
    [['s', ['a'], { list: [3, 1] }]],
  );
});

test('STATE-21: changes inside what is replaced or deleted later go', () => {
  folds(
    [
      ['s', ['a', 'n'], 1],
      ['p', ['a', 'list'], 0, 1],
      ['s', ['a', 'list', 0], 5],
      ['s', ['a'], 0],
    ],
    [['s', ['a'], 0]],
  );
  folds(
    [
      ['s', ['a', 'n'], 1],
      ['d', ['a', 'm']],
      ['d', ['a']],
    ],
    [['d', ['a']]],
  );
});

test('STATE-21: a set before a delete stays, since the key may not have been there before', () => {
  folds(
    [
      ['s', ['a'], { large: 'value' }],
      ['d', ['a']],
    ],
    [
      ['s', ['a'], null],
      ['d', ['a']],
    ],
  );
});

test('STATE-21: a key that was deleted and set again keeps its new place', () => {
  const ops: Op[] = [
    ['d', ['a']],
    ['s', ['b'], 1],
    ['s', ['a'], 2],
  ];
  folds(ops, ops);
});

test('STATE-21: appends join', () => {
  folds(
    [
      ['p', ['log'], 5, 0, 'a'],
      ['s', ['n'], 1],
      ['p', ['log'], 6, 0, 'b', 'c'],
      ['p', ['log'], 8, 0, 'd'],
    ],
    [
      ['p', ['log'], 5, 0, 'a', 'b', 'c', 'd'],
      ['s', ['n'], 1],
    ],
  );
});

test('STATE-21: sets on both sides of moved indexes are left alone', () => {
  const moves: Op[] = [
    ['p', ['list'], 0, 1],
    ['o', ['list'], [1, 0]],
  ];
  for (const move of moves) {
    const ops: Op[] = [['s', ['list', 0, 'n'], 1], move, ['s', ['list', 0, 'n'], 2]];
    folds(ops, ops);
  }
});

test('STATE-21: an append does not move in front of a change inside the list', () => {
  const ops: Op[] = [
    ['p', ['list'], 0, 0, 1],
    ['s', ['list', 1], 2],
    ['p', ['list'], 1, 0, 3],
  ];
  folds(ops, ops);
});
