import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../protocol/json.ts';
import { applyOps } from './apply.ts';
import { StateError, type Op } from './op.ts';
import { startRecording } from './recording.ts';

type Anything = Record<string, unknown>;
type Card = { name: string; up?: boolean };
type Table = { hands: Record<string, Card[]>; tokens: Record<string, Anything>; deck: Card[] };

function table(): Table {
  return { hands: {}, tokens: {}, deck: [{ name: 'ace' }, { name: 'king' }] };
}

function replay(before: Table, ops: readonly Op[]): unknown {
  return applyOps(JSON.parse(JSON.stringify(before)) as JsonObject, ops);
}

function refusal(run: () => unknown): StateError {
  try {
    run();
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

test('STATE-23: `(state.hands[id] ??= []).push(card)` deals a card', () => {
  const tree = table();
  const recording = startRecording(tree);
  const { draft } = recording;
  (draft.hands['mira'] ??= []).push({ name: 'ten' });
  (draft.hands['mira'] ??= []).push(draft.deck.pop()!);
  assert.deepEqual(recording.finish(), [
    ['s', ['hands', 'mira'], [{ name: 'ten' }, { name: 'king' }]],
    ['p', ['deck'], 1, 1],
  ]);
  assert.deepEqual(tree, { hands: { mira: [{ name: 'ten' }, { name: 'king' }] }, tokens: {}, deck: [{ name: 'ace' }] });
});

test('STATE-23: an object can be written to after it was assigned, and is read back at once', () => {
  const tree = table();
  const before = structuredClone(tree);
  const recording = startRecording(tree);
  const { tokens } = recording.draft;
  const hero: Anything = { x: 1, items: [] as string[] };
  tokens['hero'] = hero;
  hero['x'] = 5;
  (hero['items'] as string[]).push('rope');
  assert.deepEqual({ ...tokens['hero'] }, { x: 5, items: tokens['hero']['items'] });
  assert.equal(JSON.stringify(tokens), '{"hero":{"x":5,"items":["rope"]}}');
  tokens['hero']['y'] = 2;
  assert.equal(hero['y'], 2);
  const ops = recording.finish();
  assert.deepEqual(ops, [['s', ['tokens', 'hero'], { x: 5, items: ['rope'], y: 2 }]]);
  assert.deepEqual(replay(before, ops), tree);
});

test('STATE-23: after the command the object is only the handler’s: neither tree nor ops hear of it', () => {
  const tree = table();
  const recording = startRecording(tree);
  const hero = { x: 1, at: { y: 2 } };
  recording.draft.tokens['hero'] = hero;
  const ops = recording.finish();
  hero.x = 9;
  hero.at.y = 9;
  assert.deepEqual(tree.tokens, { hero: { x: 1, at: { y: 2 } } });
  assert.deepEqual(ops, [['s', ['tokens', 'hero'], { x: 1, at: { y: 2 } }]]);
});

test('STATE-5: an object put into two places is one until the command ends, and two from then on', () => {
  const tree = table();
  const first = startRecording(tree);
  const hero: Anything = { hp: 10 };
  first.draft.tokens['a'] = hero;
  first.draft.tokens['b'] = hero;
  first.draft.tokens['a']['hp'] = 7;
  assert.equal(first.draft.tokens['b']['hp'], 7);
  first.finish();
  const second = startRecording(tree);
  second.draft.tokens['a']!['hp'] = 3;
  second.finish();
  assert.deepEqual(tree.tokens, { a: { hp: 3 }, b: { hp: 7 } });
});

test('STATE-5: an object moved within lists stands nowhere else when the command is over', () => {
  const card = { name: 'ten' };
  const tree: { list: object[]; other: object[] } = { list: [{ name: 'ace' }], other: [] };
  const recording = startRecording(tree);
  const { list, other } = recording.draft;
  list.push(card, card);
  list.unshift({ name: 'two' });
  list.reverse();
  list.shift();
  other.push(card);
  const ops = recording.finish();
  card.name = 'changed';
  const text = '{"list":[{"name":"ten"},{"name":"ace"},{"name":"two"}],"other":[{"name":"ten"}]}';
  assert.equal(JSON.stringify(tree), text);
  assert.equal(JSON.stringify(applyOps({ list: [{ name: 'ace' }], other: [] }, ops)), text);
});

test('STATE-5: an object reached through another of the handler’s own does not stay in the tree either', () => {
  const tree: Anything = {};
  const recording = startRecording(tree);
  const inner = { n: 1 };
  const outer: Anything = {};
  recording.draft['inner'] = inner;
  recording.draft['outer'] = outer;
  outer['inner'] = inner;
  (recording.draft['outer'] as { inner: { n: number } }).inner.n = 2;
  recording.finish();
  inner.n = 3;
  assert.deepEqual(tree, { inner: { n: 2 }, outer: { inner: { n: 2 } } });
});

test('STATE-24: a frozen constant is copied: what is written goes to the state alone', () => {
  const defaults = Object.freeze({ hp: 10, tags: ['new'] });
  const sealed = Object.seal({ n: 1 });
  const tree = table();
  const recording = startRecording(tree);
  const { tokens } = recording.draft;
  tokens['hero'] = defaults;
  (tokens['hero']['tags'] as string[]).push('brave');
  tokens['hero']['hp'] = 9;
  tokens['orc'] = { base: defaults, sealed };
  (tokens['orc']['base'] as { tags: string[] }).tags.push('mean');
  (tokens['orc']['sealed'] as Anything)['n'] = 2;
  recording.finish();
  assert.deepEqual(tree.tokens, {
    hero: { hp: 9, tags: ['new', 'brave'] },
    orc: { base: { hp: 10, tags: ['new', 'mean'] }, sealed: { n: 2 } },
  });
  assert.deepEqual([defaults, sealed], [{ hp: 10, tags: ['new'] }, { n: 1 }]);
});

test('STATE-24: an object with hidden or fixed properties is copied', () => {
  const odd: Anything = Object.defineProperties({ list: [1] }, { hidden: { value: [] }, fixed: { value: [], enumerable: true } });
  const tree: Anything = {};
  const recording = startRecording(tree);
  recording.draft['odd'] = odd;
  const placed = recording.draft['odd'] as { list: number[]; fixed: number[]; hidden?: unknown };
  placed.list.push(2);
  placed.fixed.push(3);
  assert.equal(placed.hidden, undefined);
  recording.finish();
  assert.deepEqual(tree, { odd: { list: [1, 2], fixed: [3] } });
  assert.deepEqual(odd['list'], [1]);
});

test('STATE-24: a constant that is not frozen changes as in plain JavaScript, and no two trees share it', () => {
  const defaults = { hp: 10, tags: [] as string[] };
  const trees: { hero?: { hp: number; tags: string[] } }[] = [{}, {}];
  for (const tree of trees) {
    const recording = startRecording(tree);
    recording.draft.hero = defaults;
    recording.draft.hero.hp -= 1;
    recording.finish();
  }
  const again = startRecording(trees[0]!);
  again.draft.hero!.tags.push('brave');
  again.finish();
  assert.deepEqual(trees, [{ hero: { hp: 9, tags: ['brave'] } }, { hero: { hp: 8, tags: [] } }]);
  assert.deepEqual(defaults, { hp: 8, tags: [] });
});

test('STATE-25: what an object became after it was assigned is checked when the command ends', () => {
  const loop: Anything = {};
  loop['self'] = loop;
  const cases: [(own: Anything) => unknown, string, (string | number)[]][] = [
    [(own) => (own['x'] = undefined), 'undefined-value', ['x']],
    [(own) => (own['x'] = [() => 1]), 'bad-value', ['x', 0]],
    [(own) => (own['x'] = new Map()), 'bad-value', ['x']],
    [(own) => Object.defineProperty(own, 'x', { get: () => 1, enumerable: true }), 'bad-value', ['x']],
    [(own) => (own['x'] = own), 'cycle', ['x']],
    [(own) => (own['x'] = loop), 'cycle', ['x', 'self']],
    [(own) => (own['x'] = 'long '.repeat(400)), 'too-large', ['x']],
    [(own) => (own['x'] = [[[[]]]]), 'too-deep', ['x', 0, 0]],
    [(own) => (own['say "x"'] = 1), 'reserved-key', ['say "x"']],
    [(own) => (own['x'] = Array.from({ length: 2 }).fill(0, 1)), 'undefined-value', ['x', 0]],
    [(own) => Object.setPrototypeOf(own, new Date(0)), 'bad-value', []],
  ];
  for (const [spoil, code, path] of cases) {
    const tree = { map: { old: 1 } as Anything, list: [1] as unknown[] };
    const recording = startRecording(tree, { maxDepth: 5, maxBytes: 1000 });
    const own: Anything = { fine: true };
    recording.draft.list.unshift({ good: 1 });
    delete recording.draft.map['old'];
    recording.draft.map['own'] = own;
    spoil(own);
    const error = refusal(() => recording.finish());
    assert.deepEqual([error.code, error.path], [code, ['map', 'own', ...path]]);
    recording.undo();
    assert.equal(JSON.stringify(tree), '{"map":{"old":1},"list":[1]}');
  }
});

test('STATE-25: minus zero that got into an object afterwards is stored as zero', () => {
  const tree: Anything = {};
  const recording = startRecording(tree);
  const own = { n: 1 };
  recording.draft['own'] = own;
  own.n = -0;
  recording.finish();
  assert.ok(Object.is((tree['own'] as { n: number }).n, 0));
});

test('STATE-25: what left the state again may be anything', () => {
  const tree: { list: Anything[]; kept?: Anything } = { list: [] };
  const recording = startRecording(tree);
  const own: Anything = {};
  recording.draft.list.push(own, { n: 1 });
  recording.draft.list.shift();
  own['self'] = own;
  const ops = recording.finish();
  assert.deepEqual(tree, { list: [{ n: 1 }] });
  assert.deepEqual(applyOps({ list: [] }, ops), { list: [{ n: 1 }] });
});

test('STATE-12: the limit of bytes holds for what is written past the draft, for all of it together', () => {
  const tree: Anything = {};
  const recording = startRecording(tree, { maxBytes: 1000 });
  for (const key of ['a', 'b', 'c']) {
    const own = { text: '' };
    recording.draft[key] = own;
    own.text = 'x'.repeat(400);
  }
  assert.deepEqual(
    [refusal(() => recording.finish())].map(({ code, path }) => [code, path]),
    [['too-large', ['c', 'text']]],
  );
  recording.undo();
  assert.deepEqual(tree, {});
});

test('STATE-11: an object of the handler’s own cannot be put into itself, and a circle made past the draft hangs nothing', () => {
  const tree: Anything = {};
  const recording = startRecording(tree);
  const own: Anything = { inner: {} };
  recording.draft['own'] = own;
  const placed = recording.draft['own'] as { inner: Anything; again?: { again: Anything } };
  assert.equal(refusal(() => (placed.inner['outer'] = own)).code, 'cycle');
  own['again'] = own;
  placed.again!.again['n'] = 1;
  assert.equal(own['n'], 1);
  assert.equal(refusal(() => (placed.inner['deep'] = {})).code, 'too-deep');
  assert.equal(refusal(() => recording.finish()).code, 'cycle');
  recording.undo();
  assert.deepEqual(tree, {});
});

test('STATE-6: what was taken out can be put into something new and still be changed', () => {
  const tree = table();
  const before = structuredClone(tree);
  for (const end of ['undo', 'finish'] as const) {
    const recording = startRecording(tree);
    const { draft } = recording;
    const hand: Card[] = [];
    draft.hands['mira'] = hand;
    const card = draft.deck.shift()!;
    draft.hands['mira'].push(card);
    card.up = true;
    hand[0]!.name = 'joker';
    assert.equal(draft.hands['mira'][0], card);
    assert.equal(JSON.stringify(draft.hands), '{"mira":[{"name":"joker","up":true}]}');
    if (end === 'finish') {
      assert.equal(JSON.stringify(replay(before, recording.finish())), JSON.stringify(tree));
      assert.equal(JSON.stringify(tree), '{"hands":{"mira":[{"name":"joker","up":true}]},"tokens":{},"deck":[{"name":"king"}]}');
    } else {
      recording.undo();
      assert.deepEqual(tree, before);
    }
    assert.equal(refusal(() => hand[0]!.name).code, 'closed');
  }
});

test('STATE-6: what was taken out of an object of the handler’s own goes on as it is, and is not shared afterwards', () => {
  const tree = table();
  const recording = startRecording(tree);
  const { draft } = recording;
  const own: Card[] = [{ name: 'ten' }];
  const [raw] = own;
  draft.hands['mira'] = own;
  const card = draft.hands['mira'].pop()!;
  draft.deck.push(card);
  card.up = true;
  raw!.name = 'nine';
  assert.deepEqual(recording.finish()[1], ['p', ['deck'], 2, 0, { name: 'nine', up: true }]);
  raw!.name = 'later';
  assert.deepEqual([tree.hands, tree.deck[2]], [{ mira: [] }, { name: 'nine', up: true }]);
});

test('STATE-1: a draft that a handler puts into its own object stands for its place in the state until the command ends', () => {
  const tree: { hero: { hp: number }; own?: Anything } = { hero: { hp: 1 } };
  const recording = startRecording(tree);
  const { draft } = recording;
  const own: Anything = {};
  draft.own = own;
  own['best'] = draft.hero;
  const best = (draft.own as { best: { hp: number } }).best;
  assert.equal(best, draft.hero);
  best.hp = 2;
  assert.deepEqual(recording.finish(), [
    ['s', ['own'], { best: { hp: 2 } }],
    ['s', ['hero', 'hp'], 2],
  ]);
  assert.deepEqual(tree, { hero: { hp: 2 }, own: { best: { hp: 2 } } });
  assert.notEqual(tree.own?.['best'], tree.hero);
});

test('STATE-5: an assigned object that quotes the state holds a copy of what it quotes', () => {
  const tree = { hero: { hp: 1 }, log: [] as object[] };
  const recording = startRecording(tree);
  const line = { who: recording.draft.hero };
  recording.draft.log.push(line);
  recording.draft.hero.hp = 2;
  line.who.hp = 7;
  recording.finish();
  assert.deepEqual(tree, { hero: { hp: 2 }, log: [{ who: { hp: 7 } }] });
});

test('STATE-6: what stands in something new, wherever it has moved there, is copied into a second place', () => {
  const tree = table();
  const { draft, finish } = startRecording(tree);
  const hand: Card[] = [];
  draft.hands['mira'] = hand;
  const card = draft.deck.pop()!;
  draft.hands['mira'].push(card);
  hand.unshift({ name: 'two' });
  draft.deck.push(card);
  card.up = true;
  finish();
  assert.deepEqual(
    [tree.hands['mira'], tree.deck],
    [
      [{ name: 'two' }, { name: 'king', up: true }],
      [{ name: 'ace' }, { name: 'king' }],
    ],
  );
});
