import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParticipantId, Seq } from '../protocol/ids.ts';
import type { Op } from '../state/op.ts';
import { deriveSight } from '../state/sight.ts';
import { Changes } from './changes.ts';

const RULES = { plans: ['gm'], hands: 'self' } as const;
const sightOf = (id: string, role: string) => deriveSight({ visibility: RULES, messages: false }, { id: id as ParticipantId, role });
const player = sightOf('jon', 'player');

/** Events after seq 10, each with one change of this place. */
function after10(...paths: readonly (readonly string[])[]): Changes {
  const changes = new Changes(RULES, 10 as Seq);
  for (const path of paths) changes.add([['s', [...path], 1] as Op]);
  return changes;
}

test('ACTOR-7: what changed after the basis counts, what changed before or with it does not', () => {
  const changes = after10(['board', 'a'], ['board', 'b']);
  assert.deepEqual(
    [10, 11, 12].map((basis) => changes.isOutdated(basis, player)),
    [true, true, false],
  );
});

test('ACTOR-7: only what its sender sees counts', () => {
  const changes = after10(['plans', 'x'], ['hands', 'ann', 'card'], ['hands', 'jon', 'card']);
  assert.equal(changes.isOutdated(12, player), true, 'the own hand');
  assert.equal(changes.isOutdated(10, sightOf('eve', 'player')), false);
  assert.deepEqual([changes.isOutdated(10, sightOf('eve', 'gm')), changes.isOutdated(12, sightOf('eve', 'gm'))], [true, false]);
  assert.equal(changes.isOutdated(12, undefined), true, 'the host sees everything');
});

test('ACTOR-7: a basis of more than 256 events ago is too old to tell, wherever the count began', () => {
  for (const count of [256, 300, 511, 512, 700]) {
    const changes = after10(...Array.from({ length: count }, () => ['plans', 'x']));
    const head = 10 + count;
    assert.deepEqual([changes.isOutdated(head - 256, player), changes.isOutdated(head, player)], [false, false], `${count}`);
    assert.equal(changes.isOutdated(head - 257, player), true, `${count}`);
  }
});
