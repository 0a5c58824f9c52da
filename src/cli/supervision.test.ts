import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Supervision } from './supervision.ts';

const DIED = { code: null, asked: false };

test('RECOVERY-15: a server that served and died is started again at once', () => {
  assert.deepEqual(new Supervision().decide({ ...DIED, servedMs: 60_000 }), { then: 'start', afterMs: 0 });
  assert.deepEqual(new Supervision().decide({ code: 1, asked: false, servedMs: 5 }), { then: 'start', afterMs: 0 });
});

test('RECOVERY-15: one that keeps dying waits longer each time, up to half a minute; after a good while it is as new', () => {
  const supervision = new Supervision();
  const waits = Array.from({ length: 10 }, () => supervision.decide({ ...DIED, servedMs: 100 }));
  assert.deepEqual(
    waits.map((decision) => decision.then === 'start' && decision.afterMs),
    [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
  );
  // Also where it dies before it is ready.
  assert.deepEqual(supervision.decide({ ...DIED, servedMs: undefined }), { then: 'start', afterMs: 30_000 });
  assert.deepEqual(supervision.decide({ ...DIED, servedMs: 10_000 }), { then: 'start', afterMs: 0 });
});

test('RECOVERY-15: what is wrong from the beginning, a wrong setting and an asked-for end are ends', () => {
  assert.deepEqual(new Supervision().decide({ code: 4, servedMs: undefined, asked: false }), { then: 'end', code: 4 });
  assert.deepEqual(new Supervision().decide({ ...DIED, servedMs: undefined }), { then: 'end', code: 1 });
  const supervision = new Supervision();
  supervision.decide({ ...DIED, servedMs: 5 });
  for (const code of [2, 3, 0]) assert.deepEqual(supervision.decide({ code, servedMs: undefined, asked: false }), { then: 'end', code });
  assert.deepEqual(supervision.decide({ code: 1, servedMs: 5, asked: true }), { then: 'end', code: 1 });
  assert.deepEqual(supervision.decide({ ...DIED, servedMs: 5, asked: true }), { then: 'end', code: 1 });
});
