import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Op } from './op.ts';
import { StateError } from './op.ts';
import { startRecording } from './recording.ts';

type Item = { id: number };

function change(list: unknown[], write: (list: unknown[]) => unknown): { ops: Op[]; after: unknown[]; result: unknown } {
  const tree = { list };
  const recording = startRecording(tree);
  const result = write(recording.draft.list);
  return { result, ops: recording.finish(), after: tree.list };
}

/** The language's own order. */
function sortByText(list: unknown[]): unknown[] {
  // oxlint-disable-next-line typescript/require-array-sort-compare -- sorting without a comparison is what is tested
  return list.sort();
}

test('STATE-4: shift on a long list is one op', () => {
  const long = Array.from({ length: 200 }, (_item, id) => ({ id }));
  assert.deepEqual(change(long, (list) => list.shift()).ops, [['p', ['list'], 0, 1]]);
});

test('STATE-4: each method is one op', () => {
  const cases: [(list: unknown[]) => unknown, Op[], unknown[]][] = [
    [(list) => list.push(4, 5), [['p', ['list'], 3, 0, 4, 5]], [3, 1, 2, 4, 5]],
    [(list) => list.pop(), [['p', ['list'], 2, 1]], [3, 1]],
    [(list) => list.unshift(9), [['p', ['list'], 0, 0, 9]], [9, 3, 1, 2]],
    [(list) => list.splice(-2, 1, 7, 8), [['p', ['list'], 1, 1, 7, 8]], [3, 7, 8, 2]],
    [(list) => sortByText(list), [['o', ['list'], [1, 2, 0]]], [1, 2, 3]],
    [(list) => list.reverse(), [['o', ['list'], [2, 1, 0]]], [2, 1, 3]],
    [(list) => list.fill(0, 1), [['p', ['list'], 1, 2, 0, 0]], [3, 0, 0]],
    [(list) => list.copyWithin(0, 1), [['p', ['list'], 0, 2, 1, 2]], [1, 2, 2]],
    [(list) => (list[1] = 6), [['s', ['list', 1], 6]], [3, 6, 2]],
    [(list) => (list[3] = 6), [['p', ['list'], 3, 0, 6]], [3, 1, 2, 6]],
    [(list) => (list.length = 1), [['p', ['list'], 1, 2]], [3]],
  ];
  for (const [write, ops, after] of cases) {
    const changed = change([3, 1, 2], write);
    assert.deepEqual([changed.ops, changed.after], [ops, after]);
  }
});

test('STATE-4: a method that changes nothing makes no op', () => {
  const cases: ((list: unknown[]) => unknown)[] = [
    (list) => list.push(),
    (list) => sortByText(list),
    (list) => list.splice(1, 0),
    (list) => list.fill(0, 3),
    (list) => (list.length = 3),
    (list) => (list[0] = 1),
  ];
  for (const write of cases) assert.deepEqual(change([1, 2, 3], write).ops, []);
  for (const write of [(list: unknown[]) => list.pop(), (list: unknown[]) => list.shift(), (list: unknown[]) => list.reverse()]) {
    assert.deepEqual(change([], write).ops, []);
  }
});

test('STATE-4: pushes in a row join into one op', () => {
  const { ops } = change([], (list) => [1, 2, 3].forEach((item) => list.push(item)));
  assert.deepEqual(ops, [['p', ['list'], 0, 0, 1, 2, 3]]);
});

test('STATE-1: methods return what the language says', () => {
  assert.equal(change([1], (list) => list.push(2)).result, 2);
  assert.equal(change([1], (list) => list.unshift(2, 3)).result, 3);
  assert.equal(change([1, 2], (list) => list.pop()).result, 2);
  assert.equal(change([1, 2], (list) => list.shift()).result, 1);
  assert.deepEqual(change([1, 2, 3], (list) => list.splice(1)).result, [2, 3]);
  assert.deepEqual(change([1, 2, 3], (list) => sortByText(list) === list && list.reverse() === list && list.fill(0) === list).result, true);
  assert.deepEqual(change([[10], [9], [null]], (list) => sortByText(list)).after, [[null], [10], [9]]);
});

test('STATE-1: reading finds drafts: writing to what find, filter, at or for-of gave is writing to state', () => {
  const tree: { list: Item[] } = { list: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }] };
  const recording = startRecording(tree);
  const { list } = recording.draft;
  list.find(({ id }) => id === 1)!.id = 10;
  list.filter(({ id }) => id === 2)[0]!.id = 20;
  list.at(-1)!.id = 40;
  for (const item of list) if (item.id === 3) item.id = 30;
  assert.deepEqual(recording.finish(), [
    ['s', ['list', 0, 'id'], 10],
    ['s', ['list', 1, 'id'], 20],
    ['s', ['list', 3, 'id'], 40],
    ['s', ['list', 2, 'id'], 30],
  ]);
});

test('STATE-1: a list reads like the array it stands for', () => {
  const { draft } = startRecording({ list: [{ id: 1 }, { id: 2 }] });
  const { list } = draft;
  assert.ok(Array.isArray(list));
  assert.deepEqual(
    [...list].map(({ id }) => id),
    [1, 2],
  );
  assert.equal(list.indexOf(list[1]!), 1);
  assert.ok(list.includes(list[0]!));
  assert.deepEqual(list.concat([{ id: 3 }]).length, 3);
  assert.equal(JSON.stringify(list), '[{"id":1},{"id":2}]');
  assert.deepEqual(Object.keys(list), ['0', '1']);
  assert.deepEqual(
    list.flatMap(({ id }) => [id, id]),
    [1, 1, 2, 2],
  );
});

test('STATE-2: a draft knows its index after the list was sorted, shifted and spliced', () => {
  const tree: { list: Item[] } = { list: [{ id: 3 }, { id: 1 }, { id: 2 }] };
  const recording = startRecording(tree);
  const { list } = recording.draft;
  const one = list[1]!;
  list.sort((a, b) => a.id - b.id);
  one.id = 11;
  list.unshift({ id: 0 });
  one.id = 12;
  list.splice(0, 1);
  one.id = 13;
  assert.deepEqual(tree, { list: [{ id: 13 }, { id: 2 }, { id: 3 }] });
  const ops = recording.finish();
  assert.deepEqual(ops[1], ['s', ['list', 0, 'id'], 13], 'one set, made where the item was then');
  assert.equal(ops.length, 4);
});

test('STATE-5: fill leaves an object of its own in each place', () => {
  const tree = { list: [{ id: 0 }, { id: 0 }] };
  const first = startRecording(tree);
  first.draft.list.fill({ id: 7 });
  assert.deepEqual(first.finish(), [['p', ['list'], 0, 2, { id: 7 }, { id: 7 }]]);
  const second = startRecording(tree);
  second.draft.list[0]!.id = 8;
  second.finish();
  assert.deepEqual(tree.list, [{ id: 8 }, { id: 7 }]);
});

test('STATE-5: two elements change places', () => {
  const tree = { list: [{ id: 1 }, { id: 2 }] };
  const { draft } = startRecording(tree);
  [draft.list[0], draft.list[1]] = [draft.list[1]!, draft.list[0]!];
  assert.deepEqual(tree.list, [{ id: 2 }, { id: 1 }]);
  draft.list[0]!.id = 9;
  assert.deepEqual(tree.list, [{ id: 9 }, { id: 1 }]);
});

test('STATE-10: holes and other keys are refused', () => {
  const tree = { list: [1, 2] };
  const { list } = startRecording(tree).draft;
  const writes: (() => unknown)[] = [
    () => (list[3] = 1),
    () => (list.length = 5),
    () => (list.length = -1),
    () => Reflect.deleteProperty(list, '0'),
    () => Reflect.set(list, '-1', 1),
    () => Reflect.set(list, '01', 1),
    () => Reflect.set(list, 'name', 1),
    () => Reflect.set(list, '__proto__', 1),
  ];
  for (const write of writes) assert.throws(write, StateError);
  assert.deepEqual(tree, { list: [1, 2] });
});

test('STATE-3: a comparison that changes the list is refused and undone', () => {
  const tree = { list: [2, 1, 3] };
  const recording = startRecording(tree);
  const { list } = recording.draft;
  assert.throws(() => list.sort((a, b) => list.push(4) + a - b), StateError);
  assert.throws(() => list.sort((a, b) => ((list[0] = 9), a - b)), StateError);
  recording.undo();
  assert.deepEqual(tree, { list: [2, 1, 3] });
});

test('STATE-3: clearing and refilling a list of very many elements can be undone', () => {
  const tree = { list: Array.from({ length: 200_000 }, (_item, index) => index) };
  const recording = startRecording(tree);
  recording.draft.list.length = 0;
  recording.undo();
  assert.equal(tree.list.length, 200_000);
  assert.equal(tree.list[199_999], 199_999);
});

test('STATE-15: an index set before and after the list moved is set twice', () => {
  const moves: [(list: unknown[]) => unknown, Op][] = [
    [(list) => list.shift(), ['p', ['list'], 0, 1]],
    [(list) => list.reverse(), ['o', ['list'], [2, 1, 0]]],
  ];
  for (const [move, op] of moves) {
    const { ops } = change([1, 2, 3], (list) => {
      list[0] = 8;
      move(list);
      list[0] = 9;
    });
    assert.deepEqual(ops, [['s', ['list', 0], 8], op, ['s', ['list', 0], 9]]);
  }
});

test('STATE-3: very many elements put in the middle of a list can be undone', () => {
  const tree = { list: [1, 2] };
  const recording = startRecording(tree);
  const many = Array.from({ length: 3000 }, (_item, index) => index);
  recording.draft.list.splice(1, 0, ...many);
  assert.deepEqual([tree.list.length, tree.list[1], tree.list[3000], tree.list[3001]], [3002, 0, 2999, 2]);
  recording.undo();
  assert.deepEqual(tree, { list: [1, 2] });
});
