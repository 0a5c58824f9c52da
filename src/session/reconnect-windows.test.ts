import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ConnectionId } from '../protocol/ids.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ReconnectWindows } from './reconnect-windows.ts';

const [one, other] = ['one' as ConnectionId, 'other' as ConnectionId];

it('ACTOR-24: when no place is kept any more no timer runs, so that a session which left memory leaves none', () => {
  const clock = new VirtualClock();
  const windows = new ReconnectWindows(clock, 30_000, () => undefined);
  windows.keep(one);
  windows.keep(other);
  windows.forget(one);
  assert.equal(clock.timers, 1);
  windows.forget(other);
  assert.equal(clock.timers, 0);
});

it('ACTOR-24: each place is given up when its own window is over, also after others were forgotten', () => {
  const clock = new VirtualClock();
  const given: ConnectionId[] = [];
  const windows = new ReconnectWindows(clock, 30_000, (ids) => {
    given.push(...ids);
    for (const id of ids) windows.forget(id);
  });
  windows.keep(one);
  windows.forget(one);
  clock.advance(10_000);
  windows.keep(other);
  clock.advance(29_999);
  assert.deepEqual(given, []);
  clock.advance(1);
  assert.deepEqual(given, [other]);
  assert.equal(clock.timers, 0);
});
