import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LiveFrame } from '../src/protocol/frames.ts';
import type { JsonObject } from '../src/protocol/json.ts';
import { FORMAT_VERSION, PROTOCOL_VERSION } from '../src/protocol/version.ts';
import { applyOps, parseOps } from '../src/state/apply.ts';
import { LiveDecoder } from '../src/state/live-decoder.ts';
import { LiveEncoder, type EventItems } from '../src/state/live-encoder.ts';
import type { Op } from '../src/state/op.ts';
import { startRecording } from '../src/state/recording.ts';
import { readJson, ROOT } from './source-files.ts';

// After a change that is meant: raise FORMAT_VERSION (ops) or PROTOCOL_VERSION (frames), then
// HOLDFAST_UPDATE_GOLDEN=1 npm test -- test/state-golden.test.ts
const GOLDEN = 'test/golden/state.golden.json';

type Golden = {
  readonly formatVersion: number;
  readonly protocolVersion: number;
  /** Ops of one write each, and the tree after all of them. */
  readonly ops: Readonly<Record<string, string>>;
  readonly after: string;
  readonly live: readonly string[];
  readonly paths: string;
  readonly tail: string;
};

type Tabletop = { tokens: Record<string, { x: number; y: number; name?: string }>; log: unknown[]; round: number };

const start = (): Tabletop => ({ tokens: { hero: { x: 1, y: 2 }, orc: { x: 5.25, y: -3 } }, log: ['a', { b: 1 }, null], round: 0 });

const WRITES: Readonly<Record<string, (state: Tabletop) => unknown>> = {
  set: (state) => (state.tokens['hero']!.x = 325.5),
  setNewKey: (state) => (state.tokens['hero']!.name = 'Ann “the quick” ü\n'),
  setObject: (state) => (state.tokens['elf'] = { x: 0, y: -0 }),
  setIndex: (state) => (state.log[0] = true),
  delete: (state) => delete state.tokens['orc'],
  push: (state) => state.log.push(1, { deep: [[]] }),
  shift: (state) => state.log.shift(),
  splice: (state) => state.log.splice(1, 1, 'x', 'y'),
  reverse: (state) => state.log.reverse(),
  sort: (state) => state.log.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
};

const EVENTS: readonly (EventItems & { readonly seq: number })[] = [
  { seq: 7, meta: [['s', ['participants', 'ann', 'here'], true]], state: [], messages: [] },
  {
    seq: 8,
    meta: [],
    state: [
      ['s', ['tokens', 'hero', 'x'], 1],
      ['s', ['tokens', 'hero', 'y'], 2],
    ],
    messages: [],
  },
  { seq: 9, meta: [], state: [], messages: [] },
  {
    seq: 10,
    meta: [],
    state: [
      ['s', ['tokens', 'hero', 'x'], 123],
      ['s', ['tokens', 'hero', 'y'], 456],
    ],
    messages: [],
  },
  { seq: 11, meta: [], state: [['p', ['rolls'], 4, 0, { n: 6 }]], messages: [{ name: 'rolled', payload: { n: 6 }, by: 'ann' }] },
  {
    seq: 12,
    meta: [],
    state: [
      ['d', ['tokens', 'hero']],
      ['o', ['rolls'], [1, 0]],
    ],
    messages: [],
  },
  { seq: 13, meta: [], state: [['s', ['round'], 2]], messages: [] },
  { seq: 14, meta: [], state: [], messages: [] },
];

function recordWrites(): { ops: Record<string, string>; after: string } {
  const tree = start();
  const ops = Object.entries(WRITES).map(([name, write]) => {
    const recording = startRecording(tree);
    write(recording.draft);
    return [name, JSON.stringify(recording.finish())] as const;
  });
  return { ops: Object.fromEntries(ops), after: JSON.stringify(tree) };
}

function currentGolden(): Golden {
  const live = new LiveEncoder({ id: 3, capacity: 5, nextId: () => 4 });
  for (const event of EVENTS) live.add(event.seq, event);
  const frames = [8, 9, 11, 14].map((upTo) => live.take(upTo)).filter((frame) => frame !== undefined);
  return {
    formatVersion: FORMAT_VERSION,
    protocolVersion: PROTOCOL_VERSION,
    ...recordWrites(),
    live: frames,
    paths: JSON.stringify(live.paths()),
    tail: live.tailText(EVENTS, 15),
  };
}

function readGolden(): Golden {
  const path = join(ROOT, GOLDEN);
  const current = currentGolden();
  if (process.env['HOLDFAST_UPDATE_GOLDEN'] === '1') {
    const old = existsSync(path) ? (readJson(GOLDEN) as Golden) : undefined;
    const raised = old === undefined || old.formatVersion < FORMAT_VERSION || old.protocolVersion < PROTOCOL_VERSION;
    if (raised) writeFileSync(path, `${JSON.stringify(current, null, 2)}\n`);
  }
  return readJson(GOLDEN) as Golden;
}

const golden = readGolden();

test('STATE-22: every kind of op is stored with the bytes of its golden sample', () => {
  const { ops, after, formatVersion } = currentGolden();
  assert.deepEqual({ ops, after, formatVersion }, { ops: golden.ops, after: golden.after, formatVersion: golden.formatVersion });
});

test('STATE-22: the golden ops lead to the golden tree', () => {
  const tree: JsonObject = JSON.parse(JSON.stringify(start())) as JsonObject;
  for (const text of Object.values(golden.ops)) applyOps(tree, parseOps(JSON.parse(text)));
  assert.equal(JSON.stringify(tree), golden.after);
});

test('VIEW-15: a live stream and a tail have the bytes of their golden samples', () => {
  const { live, paths, tail, protocolVersion } = currentGolden();
  assert.deepEqual(
    { live, paths, tail, protocolVersion },
    { live: golden.live, paths: golden.paths, tail: golden.tail, protocolVersion: golden.protocolVersion },
  );
});

test('VIEW-15: the golden stream and the golden tail are read', () => {
  const seen = EVENTS.filter(({ meta, state, messages }) => meta.length + state.length + messages.length > 0).map(
    ({ seq, meta, state, messages }) => ({ seq, meta, state, messages }),
  );
  const decoder = new LiveDecoder([3, 0]);
  const events = golden.live.flatMap((text) => decoder.decode(JSON.parse(text) as LiveFrame).events);
  assert.deepEqual(events, seen);
  const tail = decoder.decode(JSON.parse(golden.tail) as LiveFrame, { tail: true });
  assert.deepEqual(tail, { events: seen, upTo: 15 });
  const changes: Op[] = events.flatMap(({ state }) => state);
  assert.equal(changes.length, 8);
});
