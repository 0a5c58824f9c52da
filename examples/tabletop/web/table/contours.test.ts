import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outline, sample } from './contours.ts';
import { seabed } from './seabed.ts';

const waters = (seed: string) => outline(sample(seabed(seed), 10), 0);

test('DEMO-13: a table’s waters are the same for everyone, and other tables have others', () => {
  assert.equal(waters('night watch'), waters('night watch'));
  assert.notEqual(waters('night watch'), waters('fog'));
});

test('DEMO-13: an outline consists of closed curves of plain numbers', () => {
  const curves = waters('night watch').split('Z');
  assert.equal(curves.pop(), '');
  assert.ok(curves.length >= 2, 'a coast and the lamp’s islet');
  for (const curve of curves) assert.match(curve, /^M-?[\d.]+ -?[\d.]+(Q-?[\d.]+ -?[\d.]+ -?[\d.]+ -?[\d.]+)+$/);
});

test('DEMO-13: the outline of a round hill is one curve around it', () => {
  const hill = outline(
    sample((x, y) => 100 - Math.hypot(x - 500, y - 350), 10),
    0,
  );
  const ends = [...hill.matchAll(/ (-?[\d.]+) (-?[\d.]+)(?=[QZ])/g)].map(([, x, y]) => Math.hypot(Number(x) - 500, Number(y) - 350));
  assert.equal(hill.split('M').length, 2);
  assert.ok(ends.length > 50 && ends.every((distance) => Math.abs(distance - 100) < 2));
});
