import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HUE_COLORS, huesOf } from './hues.ts';
import { initialsOf } from './initials.ts';

test('DEMO-14: initials are the first letters of the first and last word, in any script', () => {
  const names = ['Ada', 'ada byron', 'Jean-Luc van der Berg', 'مريم', 'Åse Ødegård', '👩‍🚀 Sally', '  '];
  assert.deepEqual(names.map(initialsOf), ['A', 'AB', 'JB', 'م', 'ÅØ', '👩‍🚀S', '?']);
});

test('DEMO-14: up to eight people at a table have eight different colours', () => {
  const people = Array.from({ length: 8 }, (_, i) => ({ id: `dev-${i * 7919}` }));
  assert.equal(new Set(huesOf(people).values()).size, 8);
});

test('DEMO-14: who comes later changes nobody’s colour', () => {
  const [ada, tom, zoe] = [{ id: 'ada' }, { id: 'tom' }, { id: 'zoe' }];
  const before = huesOf([ada, tom]);
  const after = huesOf([ada, tom, zoe]);
  assert.deepEqual([after.get('ada'), after.get('tom')], [before.get('ada'), before.get('tom')]);
});

test('DEMO-14: who chose a colour has it, and the others get different ones', () => {
  const hues = huesOf([{ id: 'ada' }, { id: 'tom', color: HUE_COLORS[4] }, { id: 'zoe', color: '#123456' }]);
  assert.equal(hues.get('tom'), 4);
  assert.equal(new Set(hues.values()).size, 3);
});
