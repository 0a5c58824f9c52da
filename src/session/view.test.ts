import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParticipantId, Seq } from '../protocol/ids.ts';
import { deriveSight } from '../state/sight.ts';
import { Views, type SeenEvent } from './view.ts';

const sightOf = (role: string) => deriveSight({ visibility: { plans: ['gm'] }, messages: false }, { id: role as ParticipantId, role });
const event = (seq: number): SeenEvent => ({ seq: seq as Seq, meta: [], state: [['s', ['board'], seq]], messages: [] });

test('VIEW-5: those who see the same share a view, which is there as long as one of them is', () => {
  const views = new Views(() => 7);
  const [gm, jon, ann] = [views.enter(sightOf('gm')), views.enter(sightOf('player')), views.enter(sightOf('player'))];
  assert.equal(jon, ann);
  assert.deepEqual([views.membersOf(gm.id), views.membersOf(jon.id), [...views.all()].length], [1, 2, 2]);
  views.leave(jon);
  views.add(event(1), () => []);
  assert.deepEqual(
    views.take(1 as Seq).frames.map(({ view }) => view),
    [gm.id, ann.id],
  );
  views.leave(ann);
  assert.deepEqual([views.membersOf(ann.id), [...views.all()]], [0, [gm]]);
  views.add(event(2), () => []);
  assert.deepEqual(
    views.take(2 as Seq).frames.map(({ view }) => view),
    [gm.id],
  );
  assert.notEqual(views.enter(sightOf('player')).id, ann.id, 'who comes later begins another');
});
