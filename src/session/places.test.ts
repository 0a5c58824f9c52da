import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionId, InstanceId, ParticipantId } from '../protocol/ids.ts';
import { Places } from './places.ts';
import { emptyTree } from './tree.ts';

const [ada, tom] = ['ada', 'tom'] as ParticipantId[] as [ParticipantId, ParticipantId];
const entry = (participant: ParticipantId, instance: string) => ({ participant, instance: instance as InstanceId, token: 'hash' });
const id = (text: string): ConnectionId => text as ConnectionId;

test('ACTOR-24: the places of one participant are found among thousands, also after a wake', () => {
  const { internal } = emptyTree();
  const places = new Places(internal);
  for (let n = 0; n < 1_000; n += 1) places.put(id(`t${n}`), entry(tom, `i${n}`));
  places.put(id('a'), entry(ada, 'x'));
  places.put(id('b'), entry(ada, 'x'));
  places.put(id('c'), entry(ada, 'y'));
  assert.deepEqual([...places.of(ada)], ['a', 'b', 'c']);
  assert.deepEqual(places.othersOf(id('b'), ada, 'x' as InstanceId), ['a']);
  places.remove([id('a')]);
  assert.deepEqual([...places.of(ada)], ['b', 'c']);
  assert.deepEqual([...new Places(internal).of(ada)], ['b', 'c']);
  places.remove([id('b'), id('c')]);
  assert.equal(places.of(ada).length, 0);
});
