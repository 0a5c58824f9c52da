import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { create } from 'mutative';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { applyOps } from './apply.ts';
import { cloneJson } from './copy-json.ts';
import { foldOps } from './fold.ts';
import type { Op } from './op.ts';
import { startRecording } from './recording.ts';
import { editOwn, editScript, runScript, type Edit } from '../../test/state/edit-script.ts';
import { tree } from '../../test/state/json-arbitraries.ts';

const asDraft = (part: JsonValue): JsonValue => part;

function record(live: JsonObject, script: readonly Edit[]): Op[] {
  const recording = startRecording(live);
  runScript(recording.draft, script, asDraft);
  return recording.finish();
}

test('STATE-1: a random script of writes on a draft does what it does on a plain tree, and what it does under mutative', () => {
  fc.assert(
    fc.property(tree, editScript, (before, script) => {
      const plain = cloneJson(before);
      runScript(plain, script, cloneJson);
      const live = cloneJson(before);
      const recording = startRecording(live);
      runScript(recording.draft, script, asDraft);
      assert.equal(JSON.stringify(recording.draft), JSON.stringify(plain), 'as read through the draft');
      recording.finish();
      assert.equal(JSON.stringify(live), JSON.stringify(plain), 'as it is afterwards');
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(tree, editScript, (before, script) => {
      const oracle = create<object>(before, (draft) => {
        runScript(draft as JsonObject, script, (part) => JSON.parse(JSON.stringify(part)) as JsonValue);
      });
      const live = cloneJson(before);
      record(live, script);
      assert.equal(JSON.stringify(live), JSON.stringify(oracle));
    }),
    { numRuns: 500 },
  );
});

test('STATE-5: objects put into several places and written to afterwards do what they do on a plain tree and under mutative', () => {
  const aliasing = true;
  fc.assert(
    fc.property(tree, editScript, (before, script) => {
      const plain = cloneJson(before);
      runScript(plain, script, cloneJson, { aliasing });
      const oracle = create<object>(before, (draft) => {
        runScript(draft as JsonObject, script, (part) => JSON.parse(JSON.stringify(part)) as JsonValue, { aliasing });
      });
      assert.equal(JSON.stringify(oracle), JSON.stringify(plain));
      const live = cloneJson(before);
      const recording = startRecording(live);
      runScript(recording.draft, script, asDraft, { aliasing });
      assert.equal(JSON.stringify(recording.draft), JSON.stringify(plain), 'as read through the draft');
      const ops = recording.finish();
      assert.equal(JSON.stringify(live), JSON.stringify(plain), 'as it is afterwards');
      assert.equal(JSON.stringify(applyOps(cloneJson(before), ops)), JSON.stringify(plain), 'as the ops make it');
      const undone = cloneJson(before);
      const second = startRecording(undone);
      runScript(second.draft, script, asDraft, { aliasing });
      second.undo();
      assert.equal(JSON.stringify(undone), JSON.stringify(before), 'as it is when undone');
    }),
    { numRuns: 1500 },
  );
});

test('STATE-23: what a handler does to its own objects after the command reaches neither tree nor ops', () => {
  fc.assert(
    fc.property(tree, editScript, editScript, fc.boolean(), fc.boolean(), (before, script, later, aliasing, undo) => {
      const live = cloneJson(before);
      const recording = startRecording(live);
      const own = [...runScript(recording.draft, script, asDraft, { aliasing })];
      const ops = undo ? [] : recording.finish();
      if (undo) recording.undo();
      const text = JSON.stringify([live, ops]);
      for (const step of later) if (own.every(isOpenStill)) editOwn(step, { own, aliasing: false }, {});
      assert.equal(JSON.stringify([live, ops]), text);
      assertNothingShared(live, new Set());
    }),
    { numRuns: 1000 },
  );
});

test('STATE-2: the ops of a random script lead from the tree before to the tree after, in place and shared', () => {
  fc.assert(
    fc.property(tree, editScript, (before, script) => {
      const live = cloneJson(before);
      const ops = record(live, script);
      const text = JSON.stringify(before);
      assert.equal(JSON.stringify(applyOps(before, ops, { share: true })), JSON.stringify(live));
      assert.equal(JSON.stringify(before), text);
      assert.equal(JSON.stringify(applyOps(cloneJson(before), ops)), JSON.stringify(live));
    }),
    { numRuns: 1500 },
  );
});

test('STATE-3: undo after a random script gives the tree before', () => {
  fc.assert(
    fc.property(tree, editScript, (before, script) => {
      const live = cloneJson(before);
      const recording = startRecording(live);
      runScript(recording.draft, script, asDraft);
      recording.undo();
      assert.equal(JSON.stringify(live), JSON.stringify(before));
    }),
    { numRuns: 1500 },
  );
});

test('STATE-16: what happens to the tree after a random script does not reach its ops', () => {
  fc.assert(
    fc.property(tree, editScript, editScript, (before, script, later) => {
      const live = cloneJson(before);
      const ops = record(live, script);
      const text = JSON.stringify(ops);
      record(live, later);
      assert.equal(JSON.stringify(ops), text);
    }),
    { numRuns: 300 },
  );
});

test('STATE-21: folding the ops of random scripts has the effect of all of them', () => {
  fc.assert(
    fc.property(tree, fc.array(editScript, { maxLength: 4 }), (before, scripts) => {
      const live = cloneJson(before);
      const ops = scripts.flatMap((script) => record(live, script));
      const given = JSON.stringify(ops);
      const folded = foldOps(ops);
      assert.ok(folded.length <= ops.length);
      assert.equal(JSON.stringify(applyOps(cloneJson(before), folded)), JSON.stringify(live));
      assert.equal(JSON.stringify(ops), given, 'the ops given are left alone');
    }),
    { numRuns: 1000 },
  );
});

/** Not holding a draft, which would refuse everything. */
function isOpenStill(own: object): boolean {
  try {
    JSON.stringify(own);
    return true;
  } catch {
    return false;
  }
}

function assertNothingShared(part: JsonValue, seen: Set<object>): void {
  if (typeof part !== 'object' || part === null) return;
  assert.ok(!seen.has(part), 'one object stands in two places');
  seen.add(part);
  for (const item of Object.values(part)) assertNothingShared(item, seen);
}
