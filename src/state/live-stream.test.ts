import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LiveFrame, PathList } from '../protocol/frames.ts';
import type { JsonValue } from '../protocol/json.ts';
import { LiveEncoder, type EventItems } from './live-encoder.ts';
import { LiveDecoder, type LiveEvent } from './live-decoder.ts';
import { StateError, type Op } from './op.ts';
import { KEYS, value } from '../../test/state/json-arbitraries.ts';

function encoder(capacity = 100): LiveEncoder {
  let id = 1;
  return new LiveEncoder({ id, capacity, nextId: () => (id += 1) });
}

function ofState(...state: Op[]): EventItems {
  return { meta: [], state, messages: [] };
}

const NOTHING = ofState();

function move(token: string, x: number, y: number): EventItems {
  return ofState(['s', ['tokens', token, 'x'], x], ['s', ['tokens', token, 'y'], y]);
}

function parse(text: string | undefined): LiveFrame {
  assert.ok(text !== undefined, 'there is a frame');
  return JSON.parse(text) as LiveFrame;
}

test('VIEW-8: moving a token costs its numbers once it is known', () => {
  const live = encoder();
  live.add(1, move('a', 1, 2));
  live.add(2, move('a', 123, 456));
  assert.equal(live.take(1), '[1,[["tokens","a","x"],1],[[1,"y"],2]]');
  assert.equal(live.take(2), '[2,[0,123,456]]');
  live.add(3, ofState(['d', ['tokens', 'a', 'y']], ['p', ['log'], 0, 0, 'gone', [1]], ['o', ['log'], [1, 0]]));
  assert.equal(live.take(3), '[3,["d",1],["p",["log"],0,0,"gone",[1]],["o",2,[1,0]]]');
});

test('VIEW-8: a neighbour of a known path is sent as such where that is shorter', () => {
  const live = encoder();
  live.add(1, ofState(['s', ['tokens', 'orc'], {}], ['s', ['a'], 1], ['s', ['b'], 2]));
  live.add(2, {
    ...ofState(['s', ['tokens', 'elf'], 3], ['s', ['tokens', 'elf', 0], 4]),
    meta: [
      ['s', ['mode'], 'night'],
      ['d', ['mood']],
    ],
  });
  assert.equal(live.take(1), '[1,[["tokens","orc"],{}],[["a"],1],[["b"],2]]');
  const text = live.take(2);
  assert.equal(text, '[2,[[0,"mode"],"night"],["d",[0,"mood"]],[[1,"elf"],3],[["tokens","elf",0],4]]');
  const known = [['tokens', 'orc'], ['a'], ['b']];
  const [event] = new LiveDecoder([1, 0, ...known]).decode(parse(text)).events;
  assert.deepEqual(event?.state, [
    ['s', ['tokens', 'elf'], 3],
    ['s', ['tokens', 'elf', 0], 4],
  ]);
  const [next] = new LiveDecoder([1, 0, [0, 'longest'], ['tokens', 'orc', 1]]).decode([3, [[1, 'mode'], 1], ['d', [2, 0]]]).events;
  assert.deepEqual([next?.meta, next?.state], [[['s', ['mode'], 1]], [['d', ['tokens', 'orc', 0]]]]);
});

test('VIEW-8: very long paths are always whole', () => {
  const live = encoder();
  const path = Array.from({ length: 17 }, () => 'k');
  live.add(1, ofState(['s', path, 1]));
  live.add(2, ofState(['s', path, 2], ['s', ['a'], 3]));
  live.add(3, ofState(['s', ['a'], 4]));
  const decoder = new LiveDecoder([1, 0]);
  assert.deepEqual(
    decoder.decode(parse(live.take(3))).events.map(({ state }) => state),
    [
      [['s', path, 1]],
      [
        ['s', path, 2],
        ['s', ['a'], 3],
      ],
      [['s', ['a'], 4]],
    ],
  );
  assert.deepEqual(live.paths(), [1, 0, ['a']]);
});

test('VIEW-7: meta, state and messages arrive apart, in order', () => {
  const live = encoder();
  live.add(4, {
    meta: [['s', ['status'], 'ended']],
    state: [['s', ['status'], 1]],
    messages: [{ name: 'rolled', payload: { n: 6 }, by: 'ann' }],
  });
  const text = live.take(4);
  assert.equal(text, '[4,[[0,"status"],"ended"],[["status"],1],["m","rolled",{"n":6},"ann"]]');
  assert.deepEqual(new LiveDecoder([1, 0]).decode(parse(text)), {
    upTo: 4,
    events: [
      {
        seq: 4,
        meta: [['s', ['status'], 'ended']],
        state: [['s', ['status'], 1]],
        messages: [{ name: 'rolled', payload: { n: 6 }, by: 'ann' }],
      },
    ],
  });
});

test('VIEW-9: a full table starts anew before the next event', () => {
  const live = encoder(2);
  live.add(1, move('a', 1, 2));
  live.add(2, move('a', 3, 4));
  live.add(3, move('a', 5, 6));
  assert.equal(live.take(1), '[1,[["tokens","a","x"],1],[[1,"y"],2]]');
  assert.equal(live.take(2), '[2,["n",2],[["tokens","a","x"],3],[[1,"y"],4]]');
  assert.equal(live.paths()[0], 3);
});

test('VIEW-11: events with nothing to see are steps, a range of them joins the next frame', () => {
  const live = encoder();
  for (const seq of [1, 2, 4]) live.add(seq, NOTHING);
  live.add(3 + 2, ofState(['s', ['a'], 1]));
  live.add(6, NOTHING);
  live.add(7, ofState(['s', ['a'], 2]));
  live.add(8, NOTHING);
  assert.equal(live.take(4), undefined);
  assert.equal(live.taken, 0);
  assert.equal(live.take(8), '[5,[["a"],1],2,[0,2],1]');
  assert.equal(live.taken, 8);
  assert.deepEqual(new LiveDecoder([1, 0]).decode([5, [['a'], 1], 2, [0, 2], 1]).upTo, 8);
});

test('VIEW-11: events that are not durable yet wait', () => {
  const live = encoder();
  live.add(1, ofState(['s', ['a'], 1]));
  live.add(2, ofState(['s', ['a'], 2]));
  assert.equal(live.take(0), undefined);
  assert.equal(live.take(1), '[1,[["a"],1]]');
  assert.equal(live.take(1), undefined);
  assert.equal(live.take(2), '[2,[0,2]]');
});

test('VIEW-12: a tail goes on behind the paths of the table, for itself alone', () => {
  const live = encoder();
  live.add(2, move('a', 1, 2));
  const tail = live.tailText(
    [
      { seq: 3, ...move('a', 3, 4) },
      { seq: 4, ...NOTHING },
      { seq: 5, ...ofState(['d', ['tokens', 'a', 'z']], ['s', ['tokens', 'b', 'x'], 1], ['s', ['tokens', 'b', 'y'], 2]) },
      { seq: 6, ...ofState(['s', ['tokens', 'b', 'x'], 3], ['s', ['tokens', 'b', 'y'], 4]) },
    ],
    7,
  );
  assert.equal(tail, '[3,[0,3,4],2,["d",[2,"z"]],[["tokens","b","x"],1],[[4,"y"],2],1,[3,3,4],1]');
  assert.equal(live.tailText([{ seq: 3, ...NOTHING }], 4), '[4]');
  assert.deepEqual(live.paths(), [1, 0, ['tokens', 'a', 'x'], ['tokens', 'a', 'y']], 'the table is as before');
  const decoder = new LiveDecoder(live.paths());
  assert.equal(decoder.decode(parse(tail), { tail: true }).upTo, 7);
  assert.deepEqual(decoder.table, [1, 2]);
  assert.throws(() => decoder.decode([9, [2, 1]], { tail: true }), StateError);
});

test('VIEW-10: the id of a table that was empty comes with its first path', () => {
  const live = encoder();
  assert.equal(live.pathsText({ id: 7, known: 2 }), '[]');
  const decoder = new LiveDecoder([], 3, new LiveDecoder([7, 0, ['a'], ['b']]));
  assert.deepEqual(decoder.table, [7, 0]);
  live.add(4, NOTHING);
  live.add(5, ofState(['s', ['c'], 1]));
  live.add(6, ofState(['s', ['c'], 2]));
  const text = live.take(6);
  assert.equal(text, '[5,["n",1],[["c"],1],1,[0,2]]');
  decoder.decode(parse(text));
  assert.deepEqual(decoder.table, [1, 1]);
  assert.throws(() => new LiveDecoder([]), StateError);
});

test('VIEW-10: a later stream of a view may go on with the table of an earlier one', () => {
  const live = encoder();
  live.add(1, move('a', 1, 2));
  const later = new LiveEncoder({ id: 9, table: live.table, nextId: () => 10 });
  later.add(5, move('a', 3, 4));
  assert.equal(later.take(5), '[5,[0,3,4]]');
  assert.equal(later.pathsText({ id: 1, known: 2 }), undefined);
});

test('VIEW-14: what happens to ops after they were added does not reach the frame', () => {
  const live = encoder();
  const later: Record<string, JsonValue> = { n: 1 };
  live.add(1, ofState(['s', ['a'], later]));
  later['n'] = 2;
  assert.equal(live.take(1), '[1,[["a"],{"n":1}]]');
});

test('VIEW-10: a table given to a joiner does not grow behind its back', () => {
  const live = encoder();
  live.add(1, ofState(['s', ['a'], 1]));
  const paths = live.paths();
  live.add(2, ofState(['s', ['b'], 1]));
  assert.deepEqual(paths, [1, 0, ['a']]);
});

test('VIEW-10: a table goes on behind the paths that the earlier decoder has', () => {
  const earlier = new LiveDecoder([7, 0, ['a']]);
  earlier.decode([1, [['b'], 1]]);
  assert.deepEqual(earlier.table, [7, 2]);
  const later = new LiveDecoder([7, 2, ['c']], 3, earlier);
  assert.deepEqual(later.table, [7, 3]);
  assert.deepEqual(later.decode([4, [0, 'A', 'B', 'C']]).events[0]?.state, [
    ['s', ['a'], 'A'],
    ['s', ['b'], 'B'],
    ['s', ['c'], 'C'],
  ]);
});

test('VIEW-10: what the earlier decoder has beyond the part that it is said to have does not count', () => {
  const earlier = new LiveDecoder([7, 0, ['a'], ['b'], ['c']]);
  const later = new LiveDecoder([7, 1, ['x']], 0, earlier);
  assert.deepEqual(later.table, [7, 2]);
  assert.deepEqual(later.decode([1, [1, 5]]).events[0]?.state, [['s', ['x'], 5]]);
  assert.deepEqual(earlier.table, [7, 3], 'the earlier one is as it was');
});

test('VIEW-10: behind nothing known a table is whole, whatever the earlier decoder has', () => {
  const earlier = new LiveDecoder([7, 0, ['a'], ['b']]);
  assert.deepEqual(new LiveDecoder([7, 0, ['c']], 0, earlier).table, [7, 1]);
});

test('VIEW-9: a table that starts anew has a new id, and goes on by that', () => {
  const earlier = new LiveDecoder([7, 0, ['a'], ['b']]);
  earlier.decode([1, ['n', 8], [['c'], 1]]);
  assert.deepEqual(earlier.table, [8, 1]);
  assert.deepEqual(new LiveDecoder([8, 1, ['d']], 1, earlier).table, [8, 2]);
  assert.throws(() => new LiveDecoder([7, 1], 1, earlier), StateError);
});

// Random streams.

const path = fc
  .oneof(
    fc.array(fc.oneof(fc.constantFrom(...KEYS), fc.nat({ max: 3 })), { maxLength: 3 }),
    fc.constant(Array.from({ length: 17 }, () => 'k')),
  )
  .map((rest) => ['root', ...rest]);
const index = fc.nat({ max: 5 });
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('s' as const), path, value) },
  fc.tuple(fc.constant('d' as const), path),
  fc
    .tuple(path, index, index, fc.array(value, { maxLength: 3 }))
    .map(([at, start, count, values]): Op => ['p', at, start, count, ...values]),
  fc.tuple(fc.constant('o' as const), path, fc.constantFrom<number[]>([], [0], [1, 0], [2, 0, 1])),
);
const message = fc.record(
  { name: fc.constantFrom('rolled', 'said'), payload: value, by: fc.constantFrom('ann', 'ben') },
  { noNullPrototype: true },
);
const items: fc.Arbitrary<EventItems> = fc.record({
  meta: fc.array(op, { maxLength: 2 }),
  state: fc.array(op, { maxLength: 4 }),
  messages: fc.array(message, { maxLength: 2 }),
});
const stream = fc.array(
  fc.record({
    items: fc.oneof(items, fc.constant(NOTHING)),
    step: fc.integer({ min: 1, max: 3 }),
    takeBack: fc.nat({ max: 4 }),
    takes: fc.boolean(),
  }),
  { minLength: 1, maxLength: 15 },
);

function visible(events: readonly (EventItems & { seq: number })[]): string {
  return JSON.stringify(
    events
      .filter(({ meta, state, messages }) => meta.length + state.length + messages.length > 0)
      .map(({ seq, meta, state, messages }) => ({ seq, meta, state, messages })),
  );
}

test('VIEW-7: random events, cut anywhere, through small tables, decode to themselves', () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 12 }), (steps, capacity) => {
      const live = encoder(capacity);
      const decoder = new LiveDecoder(live.paths());
      const added: (EventItems & { seq: number })[] = [];
      const decoded: LiveEvent[] = [];
      let reached = 0;
      const take = (upTo: number): void => {
        const frame = live.take(upTo);
        if (frame === undefined) return;
        const { events, upTo: end } = decoder.decode(JSON.parse(frame) as LiveFrame);
        assert.ok(end > reached && end <= upTo);
        assert.equal(end, live.taken);
        reached = end;
        decoded.push(...events);
      };
      let seq = 0;
      for (const step of steps) {
        seq += step.step;
        live.add(seq, step.items);
        added.push({ seq, ...step.items });
        if (step.takes) take(seq - step.takeBack);
      }
      take(seq);
      assert.equal(JSON.stringify(decoded), visible(added));
    }),
    { numRuns: 1000 },
  );
});

test('VIEW-10: a joiner with the table of any moment decodes all that comes after it, and skips what it has', () => {
  fc.assert(
    fc.property(stream, stream, fc.integer({ min: 1, max: 12 }), (first, second, capacity) => {
      const live = encoder(capacity);
      let seq = 0;
      for (const step of first) {
        live.add((seq += step.step), step.items);
        if (step.takes) live.take(seq - step.takeBack);
      }
      const joiner = new LiveDecoder(live.paths(), seq);
      const added: (EventItems & { seq: number })[] = [];
      const decoded: LiveEvent[] = [];
      const take = (upTo: number): void => {
        const frame = live.take(upTo);
        if (frame !== undefined) decoded.push(...joiner.decode(JSON.parse(frame) as LiveFrame).events);
      };
      for (const step of second) {
        live.add((seq += step.step), step.items);
        added.push({ seq, ...step.items });
        if (step.takes) take(seq - step.takeBack);
      }
      take(seq);
      assert.equal(JSON.stringify(decoded), visible(added));
    }),
    { numRuns: 700 },
  );
});

test('VIEW-10: whoever comes back with a part of the table decodes all that comes after it', () => {
  fc.assert(
    fc.property(stream, stream, fc.integer({ min: 1, max: 12 }), fc.nat({ max: 12 }), (first, second, capacity, most) => {
      const live = encoder(capacity);
      let seq = 0;
      for (const step of first) live.add((seq += step.step), step.items);
      live.take(seq);
      const before = live.paths();
      const earlier = new LiveDecoder(before.slice(0, most + 2) as PathList, seq);
      const [id, known] = earlier.table;
      const missed = seq + 1;
      live.add((seq += 1), second[0]?.items ?? NOTHING);
      live.take(seq);
      const rest = live.pathsText({ id, known });
      const joiner = new LiveDecoder(rest === undefined ? earlier.table : (JSON.parse(rest) as PathList | []), missed, earlier);
      const { id: now, list } = live.table;
      assert.deepEqual(joiner.table, [rest === '[]' ? id : now, list.length]);
      assert.equal(rest === undefined, now === id && list.length === known, 'the table comes where it is not complete');
      const added = second.slice(1).map((step) => ({ seq: (seq += step.step), ...step.items }));
      for (const event of added) live.add(event.seq, event);
      const frame = live.take(seq);
      const decoded = frame === undefined ? [] : joiner.decode(JSON.parse(frame) as LiveFrame).events;
      assert.equal(JSON.stringify(decoded), visible(added));
    }),
    { numRuns: 700 },
  );
});

test('VIEW-12: random tails decode to their events, whatever the table holds', () => {
  fc.assert(
    fc.property(stream, stream, fc.nat({ max: 2 }), (before, steps, beyond) => {
      const live = encoder(12);
      let seq = 0;
      for (const step of before) live.add((seq += step.step), step.items);
      const events = steps.map((step) => ({ seq: (seq += step.step), ...step.items }));
      const decoder = new LiveDecoder(live.paths());
      const decoded = decoder.decode(parse(live.tailText(events, seq + beyond)), { tail: true });
      assert.equal(JSON.stringify(decoded.events), visible(events));
      assert.equal(decoded.upTo, seq + beyond);
      assert.deepEqual(new LiveDecoder(live.paths()).table, decoder.table);
    }),
    { numRuns: 500 },
  );
});

test('VIEW-13: malformed frames are refused', () => {
  const frames: unknown[] = [
    null,
    {},
    'x',
    5,
    [],
    [0],
    [-1],
    [1.5],
    ['1'],
    [1, 0],
    [1, -1],
    [1, 0.5],
    [1, null],
    [1, 'x'],
    [1, {}],
    [1, []],
    [1, [0]],
    [1, [2, 1]],
    [1, [1, 1, 2]],
    [1, [-1, 1]],
    [1, [0.5, 1]],
    [1, [['b']]],
    [1, [['b'], 1, 2]],
    [1, [[], 1]],
    [1, [[0], 1]],
    [1, [[0, 0], 1]],
    [1, [[3, 'a'], 1]],
    [1, [[-1, 'a'], 1]],
    [1, [[1.5, 'a'], 1]],
    [1, [[1], 1]],
    [1, [[1, 'a', 'b'], 1]],
    [1, [[1, 0], 1]],
    [1, [[1, '__proto__'], 1]],
    [1, [[1, null], 1]],
    [1, [[true], 1]],
    [1, [['__proto__'], 1]],
    [1, [[0, '__proto__'], 1]],
    [1, [['a', 'constructor'], 1]],
    [1, ['d']],
    [1, ['d', 9]],
    [1, ['d', 0, 1]],
    [1, ['d', 'a']],
    [1, ['p', 0]],
    [1, ['p', 0, 0]],
    [1, ['p', 0, -1, 0]],
    [1, ['p', 0, 0, 0.5]],
    [1, ['o', 0]],
    [1, ['o', 0, [0, 0]]],
    [1, ['o', 0, [0], 1]],
    [1, ['m']],
    [1, ['m', 'a', 1]],
    [1, ['m', 1, 1, 'b']],
    [1, ['m', 'a', 1, 1]],
    [1, ['m', 'a', 1, 'b', 2]],
    [1, ['n']],
    [1, ['n', 'x']],
    [1, ['n', -1]],
    [1, ['z', 0]],
    [1, [null, 0]],
    [Number.MAX_SAFE_INTEGER, 1],
    [Number.MAX_SAFE_INTEGER + 1],
    JSON.parse('[1,[["a"],{"__proto__":{"polluted":1}}]]'),
    JSON.parse(`[1,[["a"],${'['.repeat(100)}${']'.repeat(100)}]]`),
    [1, [Array.from({ length: 65 }, () => 'a'), 1]],
  ];
  for (const frame of frames) {
    assert.throws(() => new LiveDecoder([1, 0, ['a'], ['b']]).decode(frame as LiveFrame), StateError, JSON.stringify(frame));
  }
});

test('VIEW-13: malformed tables are refused', () => {
  const tables: unknown[] = [
    {},
    [],
    [undefined, 0],
    [-1, 0],
    [1, 0, 1],
    [1, 0, []],
    [1, 0, 'a'],
    [1, 0, [1]],
    [1, 0, ['__proto__']],
    [1, 0, ...Array.from({ length: 5000 }, () => ['a'])],
  ];
  for (const table of tables) assert.throws(() => new LiveDecoder(table as PathList), StateError);
});

test('VIEW-13: a table that goes on behind what the client does not have is refused', () => {
  const earlier = new LiveDecoder([7, 0, ['a'], ['b']]);
  const tables: unknown[] = [
    [8, 2],
    [7, 3],
    [7, -1],
    [7, 0.5],
    [7, '1'],
    [7, null],
    [7, 2, ...Array.from({ length: 4095 }, () => ['a'])],
  ];
  for (const table of tables) assert.throws(() => new LiveDecoder(table as PathList, 0, earlier), StateError, JSON.stringify(table));
  assert.throws(() => new LiveDecoder([7, 1]), StateError, 'there is no earlier one');
});

test('VIEW-13: random JSON decodes or is refused with a StateError, and pollutes nothing', () => {
  const ref = fc.oneof(
    fc.integer({ min: -1, max: 3 }),
    fc.array(fc.oneof(fc.constantFrom('a', '__proto__', 'constructor'), fc.nat({ max: 2 })), { maxLength: 3 }),
  );
  const head = fc.oneof(fc.constantFrom('d', 'p', 'o', 'm', 'n', 'z'), ref);
  const item = fc.oneof(
    fc.integer({ min: -1, max: 3 }),
    fc.tuple(head, fc.oneof(ref, fc.jsonValue()), fc.jsonValue()),
    fc.tuple(head, fc.oneof(ref, fc.jsonValue())),
    fc.jsonValue(),
  );
  const frame = fc.oneof(
    fc.jsonValue(),
    fc.tuple(fc.nat({ max: 5 }), fc.array(item, { maxLength: 6 })).map(([seq, rest]) => [seq, ...rest]),
  );
  fc.assert(
    fc.property(frame, fc.boolean(), (input, tail) => {
      try {
        new LiveDecoder([1, 0, ['a'], [0, 'b']]).decode(input as LiveFrame, { tail });
      } catch (error) {
        assert.ok(error instanceof StateError, String(error));
      }
      assert.deepEqual(Object.keys(Object.prototype), []);
    }),
    { numRuns: 3000 },
  );
});
