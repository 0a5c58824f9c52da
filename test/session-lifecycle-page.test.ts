import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSION_LIFECYCLE_DRAWING, SESSION_LIFECYCLE_PAGE, sessionLifecycleDrawing } from '../scripts/draw-session-lifecycle.ts';
import { sessionLifecyclePage } from '../scripts/session-lifecycle-page.ts';
import { LIFECYCLE } from '../src/session/lifecycle-table.ts';
import { readText } from './source-files.ts';

test('LIFECYCLE-20: the drawing of a session’s life shows what the table holds', () => {
  assert.equal(readText(SESSION_LIFECYCLE_DRAWING), sessionLifecycleDrawing(), 'run: node scripts/draw-session-lifecycle.ts');
});

test('LIFECYCLE-20: the page of a session’s life says what the table holds', () => {
  assert.equal(readText(SESSION_LIFECYCLE_PAGE), sessionLifecyclePage(), 'run: node scripts/draw-session-lifecycle.ts');
});

test('LIFECYCLE-20: a transition that nobody drew is found', () => {
  const changed = { ...LIFECYCLE, ended: { ...LIFECYCLE.ended, reactivate: 'active' as const } };
  assert.throws(() => sessionLifecycleDrawing(changed), /ended -> active is drawn 0 times/);
});
