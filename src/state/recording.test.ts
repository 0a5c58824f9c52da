import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateError } from './op.ts';
import { startRecording } from './recording.ts';

type Token = { x: number; y: number; tags?: string[] };

function table(): { tokens: Record<string, Token>; round: number } {
  return { tokens: { hero: { x: 1, y: 2 }, orc: { x: 5, y: 5 } }, round: 1 };
}

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StateError && error.code === code;
}

test('STATE-2: a write is one op at its path', () => {
  const recording = startRecording(table());
  recording.draft.tokens['hero']!.x = 7;
  assert.deepEqual(recording.finish(), [['s', ['tokens', 'hero', 'x'], 7]]);
});

test('STATE-2: a write that changes nothing makes no op', () => {
  const recording = startRecording(table());
  const { draft } = recording;
  draft.round = 1;
  const { tokens } = draft;
  draft.tokens = tokens;
  delete draft.tokens['nobody'];
  assert.deepEqual(recording.finish(), []);
});

test('STATE-15: setting one path again and again makes one op, with the last value', () => {
  const recording = startRecording(table());
  const hero = recording.draft.tokens['hero']!;
  for (let step = 0; step < 100; step += 1) {
    hero.x = step;
    hero.y = -step;
  }
  assert.deepEqual(recording.finish(), [
    ['s', ['tokens', 'hero', 'x'], 99],
    ['s', ['tokens', 'hero', 'y'], -99],
  ]);
});

test('STATE-15: what is built inside something new travels with it', () => {
  const recording = startRecording(table());
  const { tokens } = recording.draft;
  tokens['elf'] = { x: 0, y: 0 };
  tokens['elf'].tags = [];
  tokens['elf'].tags.push('fast');
  delete (tokens['elf'] as Partial<Token>).y;
  assert.deepEqual(recording.finish(), [['s', ['tokens', 'elf'], { x: 0, tags: ['fast'] }]]);
});

test('STATE-15: a key that came and went in one recording makes no op', () => {
  const tree = table();
  const recording = startRecording(tree);
  recording.draft.tokens['ghost'] = { x: 0, y: 0 };
  delete recording.draft.tokens['ghost'];
  assert.deepEqual(recording.finish(), []);
  assert.deepEqual(tree, table());
});

test('STATE-3: undo puts a deleted key back in its place among the others', () => {
  const tree = table();
  const recording = startRecording(tree);
  const { tokens } = recording.draft;
  delete tokens['hero'];
  tokens['elf'] = { x: 3, y: 3 };
  tokens['hero'] = { x: 9, y: 9 };
  assert.deepEqual(Object.keys(tokens), ['orc', 'elf', 'hero']);
  recording.undo();
  assert.equal(JSON.stringify(tree), JSON.stringify(table()));
});

test('STATE-3: a handler that throws in the middle of everything leaves no trace after undo', () => {
  const tree = { list: [3, 1, 2], map: { a: 1, b: { c: 2 } } as Record<string, unknown> };
  const before = JSON.stringify(tree);
  const recording = startRecording(tree);
  const { draft } = recording;
  assert.throws(() => {
    draft.map['d'] = 4;
    delete draft.map['a'];
    draft.list.shift();
    draft.list.sort(() => {
      throw new Error('cannot compare');
    });
  }, /cannot compare/);
  recording.undo();
  assert.equal(JSON.stringify(tree), before);
});

test('STATE-5: one object assigned in two places is two objects', () => {
  const tree = { a: { n: 1 }, b: null as { n: number } | null, c: null as { n: number } | null };
  const recording = startRecording(tree);
  const { draft } = recording;
  const own = { n: 5 };
  draft.b = own;
  draft.c = own;
  own.n = 99;
  draft.b.n = 6;
  draft.c = draft.a;
  draft.a.n = 2;
  recording.finish();
  assert.deepEqual(tree, { a: { n: 2 }, b: { n: 6 }, c: { n: 1 } });
});

test('STATE-5: a subtree moves by assigning and deleting', () => {
  const tree: Record<string, unknown> = { a: { deep: [1, { n: 2 }] } };
  const recording = startRecording(tree);
  recording.draft['b'] = recording.draft['a'];
  delete recording.draft['a'];
  const ops = recording.finish();
  assert.deepEqual(tree, { b: { deep: [1, { n: 2 }] } });
  assert.deepEqual(ops, [
    ['s', ['b'], { deep: [1, { n: 2 }] }],
    ['d', ['a']],
  ]);
});

test('STATE-6: a card drawn, turned and put down can be turned again where it lies', () => {
  const tree = { deck: [{ name: 'ace', up: false }], hand: [] as { name: string; up: boolean }[] };
  const before = structuredClone(tree);
  const recording = startRecording(tree);
  const { deck, hand } = recording.draft;
  const card = deck.pop()!;
  card.up = true;
  hand.push(card);
  card.name = 'king';
  assert.equal(hand[0], card);
  assert.deepEqual(tree, { deck: [], hand: [{ name: 'king', up: true }] });
  recording.undo();
  assert.deepEqual(tree, before);
});

test('STATE-6: a card can only be put down once; a second time is a copy', () => {
  const tree = { deck: [{ up: false }], left: [] as object[], right: [] as object[] };
  const recording = startRecording(tree);
  const card = recording.draft.deck.pop()!;
  recording.draft.left.push(card, card);
  recording.draft.right.push(card);
  card.up = true;
  recording.finish();
  assert.deepEqual(tree, { deck: [], left: [{ up: true }, { up: false }], right: [{ up: false }] });
});

test('STATE-7: writing to what was replaced by a list that holds a copy of it is refused', () => {
  const tree = { tokens: [{ hp: 1 }, { hp: 0 }] };
  const { draft } = startRecording(tree);
  const [first] = draft.tokens;
  draft.tokens = draft.tokens.filter(({ hp }) => hp > 0);
  assert.throws(() => (first!.hp = 5), refused('detached'));
  draft.tokens[0]!.hp = 5;
  assert.deepEqual(tree, { tokens: [{ hp: 5 }] });
});

test('STATE-7: writing to the old place of something moved is refused', () => {
  const { draft } = startRecording({
    bench: { elf: { x: 0 } } as Record<string, { x: number }>,
    field: {} as Record<string, { x: number }>,
  });
  const elf = draft.bench['elf']!;
  draft.field['elf'] = elf;
  delete draft.bench['elf'];
  assert.throws(() => (elf.x = 1), refused('detached'));
});

test('STATE-7: what a log quotes can still be taken out, changed and put back', () => {
  const tree = { log: [] as object[], deck: [{ up: false }], hand: [] as object[] };
  const { draft } = startRecording(tree);
  draft.log.push({ drew: draft.deck[0] });
  const card = draft.deck.shift()!;
  card.up = true;
  draft.hand.push(card);
  assert.deepEqual(tree, { log: [{ drew: { up: false } }], deck: [], hand: [{ up: true }] });
});

test('STATE-11: an object cannot be put into itself, nor nest beyond the limit', () => {
  const tree: Record<string, unknown> = { a: { b: {} } };
  const { draft } = startRecording(tree, { maxDepth: 4 });
  const a = draft['a'] as { b: Record<string, unknown> };
  delete draft['a'];
  assert.throws(() => (a.b['c'] = a), refused('cycle'));
  const loop: Record<string, unknown> = {};
  loop['again'] = loop;
  assert.throws(() => (draft['loop'] = loop), refused('cycle'));
  draft['deep'] = { two: { three: {} } };
  assert.throws(() => (draft['deep'] = { two: { three: { four: {} } } }), refused('too-deep'));
});

test('STATE-12: a command that grows without bound is stopped before it does', () => {
  const tree = { list: [] as number[], text: '' };
  const recording = startRecording(tree, { maxBytes: 1000, maxOps: 50 });
  assert.throws(() => {
    for (;;) recording.draft.list.push(1);
  }, refused('too-large'));
  assert.ok(tree.list.length <= 51);
  recording.undo();
  assert.deepEqual(tree, { list: [], text: '' });
  const second = startRecording(tree, { maxBytes: 1000 });
  assert.throws(() => {
    for (;;) second.draft.text += 'more ';
  }, refused('too-large'));
  assert.ok(tree.text.length <= 1000);
  assert.equal(JSON.stringify(second.finish()), JSON.stringify([['s', ['text'], tree.text]]));
});

test('STATE-12: a small value that holds itself many times over is stopped too', () => {
  let value: unknown[] = [];
  for (let level = 0; level < 40; level += 1) value = [value, value];
  const { draft } = startRecording<{ huge?: unknown }>({}, { maxBytes: 10_000 });
  assert.throws(() => (draft.huge = value), refused('too-large'));
});

test('STATE-13: drafts are closed when their command is over, for reading, writing and assigning', () => {
  const tree = table();
  const recording = startRecording(tree);
  const { draft } = recording;
  const hero = draft.tokens['hero']!;
  recording.finish();
  assert.throws(() => hero.x, refused('closed'));
  assert.throws(() => (hero.x = 3), refused('closed'));
  assert.throws(() => Object.keys(draft), refused('closed'));
  assert.throws(() => 'round' in draft, refused('closed'));
  assert.throws(() => delete (draft as { round?: number }).round, refused('closed'));
  assert.throws(() => recording.undo(), refused('closed'));
  const next = startRecording(tree);
  assert.throws(() => (next.draft.tokens['elf'] = hero), refused('closed'));
  next.draft.tokens['elf'] = { x: 0, y: 0 };
});

test('STATE-16: ops are not changed by what happens to the tree', () => {
  const tree: { list: object[] } = { list: [] };
  const recording = startRecording(tree);
  recording.draft.list.push({ n: 1 });
  const ops = recording.finish();
  Object.assign(tree.list[0]!, { n: 2 });
  assert.deepEqual(ops, [['p', ['list'], 0, 0, { n: 1 }]]);
});

test('STATE-6: what was put back may be quoted, taken out and changed again', () => {
  const tree = { deck: [{ up: false }], log: [] as object[], hand: [] as object[] };
  const { draft } = startRecording(tree);
  const card = draft.deck.pop()!;
  draft.log.push({ drew: card });
  draft.hand.push(card);
  draft.hand.pop();
  card.up = true;
  draft.hand.push(card);
  assert.deepEqual(tree, { deck: [], log: [{ drew: { up: false } }], hand: [{ up: true }] });
});

test('STATE-7: writing to an element whose row was assigned over by a list with a copy of it is refused', () => {
  const { draft } = startRecording({ rows: [[{ hp: 1 }, { hp: 2 }]] });
  const last = draft.rows[0]![1]!;
  draft.rows[0] = draft.rows[0]!.filter(({ hp }) => hp > 1);
  assert.throws(() => (last.hp = 5), refused('detached'));
});

test('STATE-5: what is taken out of one tree goes into another as a copy', () => {
  const one = { list: [{ n: 1 }] };
  const other = { list: [] as { n: number }[] };
  const first = startRecording(one);
  const second = startRecording(other);
  const item = first.draft.list.pop()!;
  second.draft.list.push(item);
  second.draft.list[0]!.n = 2;
  assert.deepEqual(second.finish(), [['p', ['list'], 0, 0, { n: 2 }]]);
  assert.equal(item.n, 1);
  first.undo();
  assert.deepEqual([one, other], [{ list: [{ n: 1 }] }, { list: [{ n: 2 }] }]);
});

test('STATE-12: writing one value over and over is no growth, nor is building something new in many steps', () => {
  const tree: { text: string; row: number[]; list?: number[]; map?: { inner: Record<string, number> } } = { text: '', row: [0] };
  const recording = startRecording(tree, { maxOps: 50, maxBytes: 6000 });
  const { draft } = recording;
  draft.list = [];
  draft.map = { inner: {} };
  for (let n = 0; n < 200; n += 1) {
    draft.text = `${n} ${'x'.repeat(100)}`;
    draft.row[0] = n + 1;
  }
  for (let n = 0; n < 100; n += 1) {
    draft.list.push(n);
    draft.map.inner[`key ${n}`] = n;
  }
  assert.equal(recording.finish().length, 4);
});
