import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserClock } from '../../src/client/browser-clock-adapter.ts';
import { systemClock } from '../../src/server/system-clock-adapter.ts';

/** The longest that a timer of the platform can wait; it takes more for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

for (const [name, clock] of Object.entries({ browserClock, systemClock })) {
  test(`HOSTILE-9: ${name} waits as long as it can where more is asked for, not for no time at all`, (t) => {
    const waits: unknown[] = [];
    t.mock.method(globalThis, 'setTimeout', (_fire: () => void, ms: number) => void waits.push(ms));
    for (const ms of [1_000, LONGEST_MS, LONGEST_MS + 1, 1e300, Infinity]) clock.startTimer(ms, () => undefined);
    assert.deepEqual(waits, [1_000, LONGEST_MS, LONGEST_MS, LONGEST_MS, LONGEST_MS]);
  });
}
