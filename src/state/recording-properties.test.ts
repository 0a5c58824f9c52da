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
import { editScript, runScript, type Edit } from '../../test/state/edit-script.ts';
import { object } from '../../test/state/json-arbitraries.ts';

const asDraft = (part: JsonValue): JsonValue => part;

function record(tree: JsonObject, script: readonly Edit[]): Op[] {
  const recording = startRecording(tree);
  runScript(recording.draft, script, asDraft);
  return recording.finish();
}

test('STATE-1: a random script of writes on a draft does what it does on a plain tree, and what it does under mutative', () => {
  fc.assert(
    fc.property(object, editScript, (before, script) => {
      const plain = cloneJson(before);
      runScript(plain, script, cloneJson);
      const tree = cloneJson(before);
      const recording = startRecording(tree);
      runScript(recording.draft, script, asDraft);
      assert.equal(JSON.stringify(recording.draft), JSON.stringify(plain), 'as read through the draft');
      recording.finish();
      assert.equal(JSON.stringify(tree), JSON.stringify(plain), 'as it is afterwards');
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(object, editScript, (before, script) => {
      const oracle = create<object>(before, (draft) =>
        runScript(draft as JsonObject, script, (part) => JSON.parse(JSON.stringify(part)) as JsonValue),
      );
      const tree = cloneJson(before);
      record(tree, script);
      assert.equal(JSON.stringify(tree), JSON.stringify(oracle));
    }),
    { numRuns: 500 },
  );
});

test('STATE-2: the ops of a random script lead from the tree before to the tree after, in place and shared', () => {
  fc.assert(
    fc.property(object, editScript, (before, script) => {
      const tree = cloneJson(before);
      const ops = record(tree, script);
      const text = JSON.stringify(before);
      assert.equal(JSON.stringify(applyOps(before, ops, { share: true })), JSON.stringify(tree));
      assert.equal(JSON.stringify(before), text);
      assert.equal(JSON.stringify(applyOps(cloneJson(before), ops)), JSON.stringify(tree));
    }),
    { numRuns: 1500 },
  );
});

test('STATE-3: undo after a random script gives the tree before', () => {
  fc.assert(
    fc.property(object, editScript, (before, script) => {
      const tree = cloneJson(before);
      const recording = startRecording(tree);
      runScript(recording.draft, script, asDraft);
      recording.undo();
      assert.equal(JSON.stringify(tree), JSON.stringify(before));
    }),
    { numRuns: 1500 },
  );
});

test('STATE-16: what happens to the tree after a random script does not reach its ops', () => {
  fc.assert(
    fc.property(object, editScript, editScript, (before, script, later) => {
      const tree = cloneJson(before);
      const ops = record(tree, script);
      const text = JSON.stringify(ops);
      record(tree, later);
      assert.equal(JSON.stringify(ops), text);
    }),
    { numRuns: 300 },
  );
});

test('STATE-21: folding the ops of random scripts has the effect of all of them', () => {
  fc.assert(
    fc.property(object, fc.array(editScript, { maxLength: 4 }), (before, scripts) => {
      const tree = cloneJson(before);
      const ops = scripts.flatMap((script) => record(tree, script));
      const given = JSON.stringify(ops);
      const folded = foldOps(ops);
      assert.ok(folded.length <= ops.length);
      assert.equal(JSON.stringify(applyOps(cloneJson(before), folded)), JSON.stringify(tree));
      assert.equal(JSON.stringify(ops), given, 'the ops given are left alone');
    }),
    { numRuns: 1000 },
  );
});
