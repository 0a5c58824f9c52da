import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { DiskRoom } from './disk-room.ts';

/** A disk that answers as it is told. */
function disk() {
  const clock = new VirtualClock();
  const told: boolean[] = [];
  const state = { hasRoom: false, probes: 0 };
  const probe = async (): Promise<number> => {
    state.probes += 1;
    if (!state.hasRoom) throw new Error('no room');
    return 1;
  };
  const room = new DiskRoom({ probe }, clock, (full) => told.push(full));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { room, told, state, pass, clock };
}

test('COMMIT-7: a full disk is looked at every second until a write succeeds, however often it does not', async () => {
  const { room, told, state, pass } = disk();
  room.ranOut();
  for (let second = 1; second <= 5; second += 1) {
    await pass(1_000);
    assert.deepEqual([room.isFull, state.probes], [true, second]);
  }
  state.hasRoom = true;
  await pass(1_000);
  assert.deepEqual([room.isFull, told], [false, [true, false]]);
  await pass(60_000);
  assert.equal(state.probes, 6, 'with room there is nothing to look for');
});

test('COMMIT-7: a disk that is full again is found so again', async () => {
  const { room, told, state, pass } = disk();
  state.hasRoom = true;
  for (let times = 0; times < 2; times += 1) {
    room.ranOut();
    room.ranOut();
    await pass(1_000);
  }
  assert.deepEqual([told, state.probes], [[true, false, true, false], 2]);
});

test('COMMIT-7: whoever stops looks no more', async () => {
  const { room, state, pass, clock } = disk();
  room.ranOut();
  room.stop();
  await pass(60_000);
  assert.deepEqual([state.probes, clock.timers], [0, 0]);
});
