import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashWorld } from './crash-world.ts';
import { DEEDS } from './deeds.ts';
import { POINTS } from './points.ts';

/** The proof reaches every point; these are the ones without which nothing else would matter. */
const HERE: readonly string[] = [
  'append: written, not committed',
  'append: committed, not answered',
  'append: between two deliveries',
  'wake: claimed, not committed',
  'invite: join durable, not told',
  'recover: taken back, not committed',
  'webhook: answered, not marked',
];

test('KILL-12: killed exactly at a crash point, a server loses nothing and does nothing twice', { timeout: 180_000 }, async (t) => {
  const world = await CrashWorld.begin(t);
  for (const name of HERE) await world.reach(POINTS.find((point) => point.name === name) ?? assert.fail(name));
});

test('KILL-12: every crash point has a name of its own, and everything that leads to one has some', () => {
  assert.equal(new Set(POINTS.map(({ name }) => name)).size, POINTS.length);
  assert.deepEqual([...new Set(POINTS.map(({ deed }) => deed))].toSorted(), Object.keys(DEEDS).toSorted());
});
