import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SweepHarness } from '../testing/sweep-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

test('ACTOR-14: however many there are, all sessions that nobody uses leave memory', async () => {
  const harness = await new SweepHarness({ definitions: [tinyTabletop], sleepAfterMs: 60_000 }).start();
  const ids = await harness.createMany('tabletop', 600);
  assert.equal(harness.sessions.counts().awake, 600);
  harness.clock.advance(60_000);
  // First each stores a snapshot.
  for (let look = 0; look < 3; look += 1) {
    await harness.settle();
    harness.clock.advance(5_000);
  }
  await harness.settle();
  assert.equal(harness.sessions.counts().awake, 0);
  for (const id of ids.slice(0, 3)) assert.equal((await harness.store.readSnapshot(id, 9))?.seq, 1);
});
