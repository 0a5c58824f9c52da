import assert from 'node:assert/strict';
import { it } from 'node:test';
import { settle } from '../testing/settle-adapter.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { DiskRoom } from './disk-room.ts';

/** A disk that stays full. */
const FULL = { probe: () => Promise.reject(new Error('still full')) };

it('COMMIT-7: the last write of a stop may find the disk full, and still nothing is looked for after it', () => {
  const clock = new VirtualClock();
  const room = new DiskRoom(FULL, clock, () => undefined);
  room.stop();
  room.ranOut();
  assert.equal(clock.timers, 0);
});

it('COMMIT-7: a probe that is under way at a stop is not followed by another', async () => {
  const clock = new VirtualClock();
  const room = new DiskRoom(FULL, clock, () => undefined);
  room.ranOut();
  clock.advance(1_000);
  room.stop();
  await settle();
  assert.equal(clock.timers, 0);
});
