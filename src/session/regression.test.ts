import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId, LogId, ParticipantId, Seq, Tag } from '../protocol/ids.ts';
import { goneFor } from './regression.ts';
import { emptyTree } from './tree.ts';

const INSTANCE = 'ada-1' as InstanceId;

/** The log goes up to seq 20 by its first owner; the one that came after the restore owns it from 21 on. */
function internal(settled = 3) {
  const tree = emptyTree().internal;
  tree.owners = [
    [1, 'tag-1' as Tag],
    [21, 'tag-2' as Tag],
  ];
  tree.instances = { ['ada' as ParticipantId]: { [INSTANCE]: { settled, last: 20, window: [] } } };
  return tree;
}

const at = (seq: number, tag = 'tag-1') => ({ logId: 'log' as LogId, seq: seq as Seq, tag: tag as Tag });
const ada = { participant: 'ada', instance: INSTANCE };

test('MIGRATE-9: of what a client had seen, the events after the last one that is left are gone, and its own commands in them', () => {
  assert.deepEqual(goneFor(internal(), { ...ada, position: at(25), lowest: 6 }), { range: [21, 25], commands: [[4, 5]] });
  assert.deepEqual(goneFor(internal(), { ...ada, position: at(21), lowest: 5 }), { range: [21, 21], commands: [[4, 4]] });
});

test('MIGRATE-9: whose commands are all in the log has lost none', () => {
  assert.deepEqual(goneFor(internal(), { ...ada, position: at(25), lowest: 4 }), { range: [21, 25], commands: [] });
  assert.deepEqual(goneFor(internal(), { participant: 'ada', position: at(25) }), { range: [21, 25], commands: [] });
});

test('MIGRATE-9: an instance that the log does not know any more has lost all that it had sent', () => {
  const gone = goneFor(internal(), { participant: 'ben', instance: 'ben-1' as InstanceId, position: at(25), lowest: 3 });
  assert.deepEqual(gone, { range: [21, 25], commands: [[1, 2]] });
});

test('MIGRATE-9: where it cannot be known what is gone, nothing is said', () => {
  assert.equal(goneFor(internal(), { ...ada, lowest: 6 }), undefined, 'no position');
  assert.equal(goneFor(internal(), { ...ada, position: at(25, 'foreign'), lowest: 6 }), undefined, 'an owner that is not known');
  assert.equal(goneFor(internal(), { ...ada, position: at(25, 'tag-2'), lowest: 6 }), undefined, 'the present owner');
  assert.equal(goneFor(internal(), { ...ada, position: at(20), lowest: 6 }), undefined, 'nothing after what is left');
});
