import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePlace, keyStep, onBoard, squareName } from './place.ts';

test('DEMO-5: squares are named as on the chart’s frame', () => {
  assert.deepEqual([squareName({ x: 0, y: 0 }), squareName({ x: 975, y: 675 })], ['A1', 'T14']);
});

test('DEMO-5: an arrow key moves by half a square, with Shift finely, and never off the board', () => {
  assert.deepEqual(keyStep({ x: 100, y: 100 }, 'ArrowRight', false), { x: 125, y: 100 });
  assert.deepEqual(keyStep({ x: 100, y: 100 }, 'ArrowUp', true), { x: 100, y: 95 });
  assert.deepEqual(keyStep({ x: 30, y: 100 }, 'ArrowLeft', false), { x: 25, y: 100 });
  assert.equal(keyStep({ x: 100, y: 100 }, 'Enter', false), undefined);
});

test('DEMO-5: a hand outside the board holds the token at its edge', () => {
  assert.deepEqual(onBoard({ x: -40, y: 9_999 }), { x: 25, y: 675 });
});

test('DEMO-5: a new token finds a place where no other stands', () => {
  const taken = [{ x: 500, y: 350 }];
  const place = freePlace({ x: 500, y: 350 }, taken);
  assert.ok(Math.hypot(place.x - 500, place.y - 350) >= 50);
});
