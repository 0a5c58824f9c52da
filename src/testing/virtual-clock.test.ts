import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from './virtual-clock.ts';

test('CLIENT-26: a virtual clock fires timers in the order they are due, with the time at which they are due', () => {
  const clock = new VirtualClock();
  const fired: [string, number][] = [];
  clock.startTimer(20, () => fired.push(['late', clock.monotonic()]));
  clock.startTimer(10, () => {
    fired.push(['early', clock.monotonic()]);
    clock.startTimer(5, () => fired.push(['started by early', clock.monotonic()]));
  });
  clock.startTimer(10, () => fired.push(['second early', clock.monotonic()]));
  clock.advance(30);
  assert.deepEqual(fired, [
    ['early', 10],
    ['second early', 10],
    ['started by early', 15],
    ['late', 20],
  ]);
  assert.equal(clock.monotonic(), 30);
  assert.equal(clock.timers, 0);
});

test('CLIENT-26: a cancelled timer never fires', () => {
  const clock = new VirtualClock({ startedAt: 1_000 });
  let fired = 0;
  const cancel = clock.startTimer(10, () => fired++);
  clock.advance(9);
  cancel();
  clock.advance(10);
  assert.equal(fired, 0);
  assert.equal(clock.now(), 1_019);
});

test('CLIENT-26: setting the wall clock lets no time pass', () => {
  const clock = new VirtualClock({ startedAt: 1_000 });
  let fired = 0;
  clock.startTimer(50, () => void (fired += 1));
  clock.jump(3_600_000);
  assert.deepEqual([clock.now(), clock.monotonic(), fired], [3_601_000, 0, 0]);
  clock.jump(-3_600_500);
  clock.advance(50);
  assert.deepEqual([clock.now(), clock.monotonic(), fired], [550, 50, 1]);
});
