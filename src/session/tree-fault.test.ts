import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../protocol/json.ts';
import { cloneJson } from '../state/copy-json.ts';
import { emptyTree, type Tree } from './tree.ts';
import { treeFault } from './tree-fault.ts';

const HEAD = 9;

/** A session at seq 9 with one player and one watcher, whom two servers had. */
function sound(): Tree {
  const tree = emptyTree();
  const participants = { ada: { name: 'Ada', role: 'player', joinedSeq: 2 } };
  Object.assign(tree.meta, {
    status: 'active',
    type: 'tabletop',
    name: 'Friday',
    access: 'open',
    owner: 'ada',
    ownerName: 'Ada',
    participants,
  });
  const instances = { ada: { one: { settled: 3, last: 7, window: [] } } };
  const audience = { zoe: { name: 'Zoe', role: 'spectator', joinedSeq: 4 } };
  const owners = [
    [1, 'tag-1'],
    [5, 'tag-2'],
  ];
  Object.assign(tree.internal, { key: 'k', changedSeq: HEAD, owners, instances, audience });
  return tree;
}

/** What is found when something of it is otherwise. */
function faultWith(change: (parts: { meta: JsonObject; internal: JsonObject }) => void): string | undefined {
  const tree = cloneJson(sound() as object as JsonObject) as JsonObject & { meta: JsonObject; internal: JsonObject };
  change(tree);
  return treeFault(tree as object as Tree, HEAD);
}

test('RECOVERY-3: a sound tree has no fault', () => {
  assert.equal(treeFault(sound(), HEAD), undefined);
});

for (const [fault, change] of [
  ['meta.status: no status of a session', ({ meta }) => (meta['status'] = 'asleep')],
  ["meta: 'owner' is no text", ({ meta }) => delete meta['owner']],
  ['meta.participants: no object', ({ meta }) => (meta['participants'] = [])],
  ['meta.participants: an entry without name or role', ({ meta }) => (meta['participants'] = { ada: { name: 'Ada', joinedSeq: 2 } })],
  [
    'meta.participants: someone joined after the head',
    ({ meta }) => (meta['participants'] = { ada: { name: 'Ada', role: 'gm', joinedSeq: 10 } }),
  ],
  ["internal: 'key' is no text", ({ internal }) => (internal['key'] = 7)],
  ["internal: 'timers' is no object", ({ internal }) => delete internal['timers']],
  ['internal.audience: an entry without name or role', ({ internal }) => (internal['audience'] = { zoe: {} })],
  ['internal.owners: nobody owned the log', ({ internal }) => (internal['owners'] = [])],
  [
    'internal.owners: owners out of order',
    ({ internal }) =>
      (internal['owners'] = [
        [5, 'b'],
        [1, 'a'],
      ]),
  ],
  [
    'internal.owners: owners out of order',
    ({ internal }) =>
      (internal['owners'] = [
        [5, 'b'],
        [5, 'a'],
      ]),
  ],
  [
    'internal.owners: owners out of order',
    ({ internal }) =>
      (internal['owners'] = [
        [1, 'a'],
        [10, 'b'],
      ]),
  ],
  ['internal.owners: owners out of order', ({ internal }) => (internal['owners'] = [[1, null]])],
  ['internal.changedSeq: lies after the head', ({ internal }) => (internal['changedSeq'] = 10)],
  ['internal.instances: a record of another shape', ({ internal }) => (internal['instances'] = { ada: { one: { settled: 3 } } })],
  [
    'internal.instances: a command was settled after the head',
    ({ internal }) => (internal['instances'] = { ada: { one: { settled: 3, last: 10, window: [] } } }),
  ],
] as const satisfies readonly (readonly [string, Parameters<typeof faultWith>[0]])[])
  test('RECOVERY-3: a tree that cannot be that of a session is recognised, and what is wrong is said', () => {
    assert.equal(faultWith(change), fault);
  });

test('RECOVERY-3: the definition’s invariant is asked last, and one that throws does not hold', () => {
  assert.equal(treeFault(sound(), HEAD, { invariant: () => 'too many dice' }), 'invariant: too many dice');
  const broken = (): string => {
    throw new Error('on purpose');
  };
  assert.equal(treeFault(sound(), HEAD, { invariant: broken }), 'invariant: on purpose');
});
