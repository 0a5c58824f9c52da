import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIFECYCLE_DRAWING, LIFECYCLE_PAGE, lifecycleDrawing } from '../scripts/draw-lifecycle.ts';
import { eventOf, EVENTS, exploreLifecycle, outcomeOf } from '../scripts/explore-lifecycle.ts';
import { lifecyclePage } from '../scripts/lifecycle-page.ts';
import { CLIENT_POLICY, SERVER_POLICY } from '../src/connection/lifecycle-policy.ts';
import { startAccepted, startDialling, transition } from '../src/connection/lifecycle.ts';
import { readText } from './source-files.ts';

test('LIFE-18: the drawing of the lifecycle shows what the table does', () => {
  assert.equal(readText(LIFECYCLE_DRAWING), lifecycleDrawing(), 'run: node scripts/draw-lifecycle.ts');
});

test('LIFE-18: the page of the lifecycle says what the table does', () => {
  assert.equal(readText(LIFECYCLE_PAGE), lifecyclePage(exploreLifecycle()), 'run: node scripts/draw-lifecycle.ts');
});

test('LIFE-18: a change of state that nobody drew is found', () => {
  const map = structuredClone(exploreLifecycle());
  const changed = { ...map, closed: { ...map.closed, woken: new Set(['live'] as const) } };
  assert.throws(() => lifecycleDrawing(changed), /closed -> live is drawn 0 times/);
});

test('LIFE-18: nothing ever happens that the drawing and the table do not show', () => {
  const map = exploreLifecycle();
  const turn = fc.record({
    kind: fc.constantFrom(...EVENTS),
    wait: fc.constantFrom(0, 100, 16_000, 31_000),
    cause: fc.record({
      code: fc.constant('gone' as const),
      message: fc.constant(''),
      then: fc.constantFrom('retry', 'reconnect', 'sign-in', 'reset', 'stop'),
      retryAfterMs: fc.constantFrom(undefined, 5_000),
    }),
  });
  const start = fc.constantFrom(startDialling(0, CLIENT_POLICY), startAccepted(1, 0, SERVER_POLICY));
  fc.assert(
    fc.property(start, fc.constantFrom(CLIENT_POLICY, SERVER_POLICY), fc.array(turn, { maxLength: 40 }), (first, policy, turns) => {
      let { status } = first;
      let at = 0;
      for (const { kind, wait, cause } of turns) {
        at += wait;
        const before = status;
        const after = transition(before, eventOf(kind, before, at, cause), policy);
        const outcome = outcomeOf(before, after);
        assert.ok(outcome === 'nothing' || map[before.state][kind].has(outcome), `${before.state}: ${kind} -> ${outcome}`);
        status = after.status;
      }
    }),
    { numRuns: 2_000 },
  );
});
