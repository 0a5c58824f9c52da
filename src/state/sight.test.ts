import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { markOfTable, tableIdOf } from '../protocol/table-id.ts';
import { applyOps } from './apply.ts';
import { cloneJson } from './copy-json.ts';
import type { Op } from './op.ts';
import { startRecording } from './recording.ts';
import { deriveSight, filterOps, isFor, projectView, type Sight, type SightSubject, type VisibilityRule } from './sight.ts';
import { editScript, runScript } from '../../test/state/edit-script.ts';
import { KEYS, object } from '../../test/state/json-arbitraries.ts';

const visibility: Record<string, VisibilityRule> = {
  secrets: ['gm'],
  hands: 'self',
  board: 'all',
  traps: ({ id }) => id === 'eagle',
};

function subject(id: string, role: string): SightSubject {
  return { id: id as ParticipantId, role };
}

/** The sight where nothing is sent. */
function silent(rules: Record<string, VisibilityRule>, who: SightSubject): Sight {
  return deriveSight({ visibility: rules, messages: false }, who);
}

function sightOf(id: string, role: string): Sight {
  return silent(visibility, subject(id, role));
}

function see(state: JsonObject, sight: Sight): JsonObject {
  return projectView({ meta: {}, state }, sight).state;
}

const state: JsonObject = { secrets: { plot: 1 }, hands: { ann: ['ace'], ben: ['two'] }, traps: [1], board: { x: 1 }, other: 2 };

test('VIEW-1: roles, functions and keys without a rule', () => {
  assert.deepEqual(Object.keys(see(state, sightOf('ann', 'gm'))), ['secrets', 'hands', 'board', 'other']);
  assert.deepEqual(Object.keys(see(state, sightOf('ann', 'player'))), ['hands', 'board', 'other']);
  assert.deepEqual(Object.keys(see(state, sightOf('eagle', 'player'))), ['hands', 'traps', 'board', 'other']);
});

test('VIEW-1: a rule that answers with anything but true hides', () => {
  const careless = (async () => true) as unknown as (participant: SightSubject) => boolean;
  assert.deepEqual(see({ a: 1, b: 2 }, silent({ a: careless }, subject('ann', 'gm'))), { b: 2 });
});

test('VIEW-2: each sees the own entry and no trace of the others', () => {
  assert.deepEqual(see(state, sightOf('ann', 'player'))['hands'], { ann: ['ace'] });
  assert.deepEqual(see(state, sightOf('eve', 'player'))['hands'], {});
  assert.deepEqual(see({ hands: ['ace'] }, sightOf('ann', 'player')), { hands: null });
  assert.deepEqual(see({ hands: { toString: 1 } }, sightOf('valueOf', 'player')), { hands: {} });
});

test('VIEW-2: setting everyone’s entries at once shows each the own one', () => {
  const ops: Op[] = [
    ['s', ['hands'], { ann: [1], ben: [2] }],
    ['s', ['hands', 'ben'], [3]],
    ['p', ['hands', 'ann'], 1, 0, 4],
    ['d', ['hands', 'ben']],
    ['d', ['hands']],
  ];
  assert.deepEqual(filterOps('state', ops, sightOf('ann', 'player')), [
    ['s', ['hands'], { ann: [1] }],
    ['p', ['hands', 'ann'], 1, 0, 4],
    ['d', ['hands']],
  ]);
});

test('VIEW-3: moderation is for the gm', () => {
  const meta: JsonObject = { name: 'x', moderation: { bans: { eve: 'spam' } } };
  const ops: Op[] = [
    ['s', ['moderation', 'bans', 'bob'], 'rude'],
    ['s', ['name'], 'y'],
  ];
  assert.equal(projectView({ meta, state: {} }, sightOf('ann', 'gm')).meta, meta);
  assert.deepEqual(projectView({ meta, state: {} }, sightOf('ann', 'player')).meta, { name: 'x' });
  assert.equal(filterOps('meta', ops, sightOf('ann', 'gm')), ops);
  assert.deepEqual(filterOps('meta', ops, sightOf('ann', 'player')), [['s', ['name'], 'y']]);
});

test('VIEW-5: equal sight has an equal key, other sight another', () => {
  assert.equal(silent({ a: ['gm'] }, subject('ann', 'player')).key, silent({ a: ['gm'] }, subject('ben', 'spectator')).key);
  assert.notEqual(silent({}, subject('ann', 'gm')).key, silent({}, subject('ben', 'player')).key);
  assert.notEqual(sightOf('ann', 'player').key, sightOf('ben', 'player').key);
  assert.notEqual(sightOf('ann', 'player').key, sightOf('eagle', 'player').key);
});

test('VIEW-5: where messages can be sent to roles, each role is a sight of its own', () => {
  const chatty = (id: string, role: string): Sight => deriveSight({ visibility: { a: ['gm'] }, messages: true }, subject(id, role));
  assert.equal(chatty('ann', 'player').key, chatty('ben', 'player').key);
  assert.notEqual(chatty('ann', 'player').key, chatty('ann', 'spectator').key);
});

test('VIEW-17: the mark of a sight is stable, and other sights have other ones', () => {
  const marks = [sightOf('ann', 'player'), sightOf('ann', 'player'), sightOf('ann', 'gm'), silent({}, subject('ann', 'player'))].map(
    ({ mark }) => mark,
  );
  assert.equal(marks[0], marks[1]);
  assert.equal(new Set(marks).size, 3);
  for (const mark of marks) assert.equal(markOfTable(tableIdOf(mark, 0xffff_ffff)), mark);
});

test('VIEW-19: a message is for everyone, for those with a role, or for those it names', () => {
  const player = deriveSight({ visibility: {}, messages: true }, subject('ann', 'player'));
  const own = deriveSight({ visibility: { hands: 'self' }, messages: true }, subject('ann', 'player'));
  assert.equal(isFor(undefined, player), true);
  assert.deepEqual([isFor({ roles: ['gm', 'player'] }, player), isFor({ roles: ['gm'] }, player)], [true, false]);
  assert.equal(isFor({ participants: ['ann'] }, player), false, 'others have this sight, too');
  assert.deepEqual([isFor({ participants: ['ann'] }, player, 'ann'), isFor({ participants: ['ann'] }, player, 'ben')], [true, false]);
  assert.deepEqual([isFor({ participants: ['ann'] }, own), isFor({ participants: ['ben'] }, own)], [true, false]);
  assert.equal(isFor({}, player, 'ann'), false);
});

test('VIEW-6: a hidden key stays hidden when it comes into being', () => {
  const ops: Op[] = [
    ['s', ['secrets'], {}],
    ['s', ['secrets', 'plot'], 1],
    ['s', ['open'], 1],
  ];
  assert.deepEqual(filterOps('state', ops, sightOf('ann', 'player')), [['s', ['open'], 1]]);
});

test('VIEW-4: ops of which all is visible are the same list', () => {
  const ops: Op[] = [['s', ['board', 'x'], 1]];
  assert.equal(filterOps('state', ops, sightOf('ann', 'player')), ops);
});

test('VIEW-4: for random trees, scripts and rules: filtered ops lead from view to view', () => {
  const rule = fc.constantFrom<VisibilityRule>('all', 'self', ['gm'], ['player'], () => false);
  const rules = fc.dictionary(fc.constantFrom(...KEYS, 'moderation'), rule, { maxKeys: 6, noNullPrototype: true });
  fc.assert(
    fc.property(
      object,
      editScript,
      rules,
      fc.constantFrom(...KEYS),
      fc.constantFrom('gm', 'player'),
      (before, script, declared, id, role) => {
        const sight = silent(declared, subject(id, role));
        const tree = cloneJson(before);
        const recording = startRecording(tree);
        runScript(recording.draft, script, (part) => part);
        const ops = recording.finish();
        const view = see(before, sight);
        const text = JSON.stringify(see(tree, sight));
        assert.equal(JSON.stringify(applyOps(view, filterOps('state', ops, sight), { share: true })), text);
      },
    ),
    { numRuns: 2000 },
  );
});
