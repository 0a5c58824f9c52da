import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BudgetGauge } from './budget-gauge.ts';

/** What is told while a budget with the limits 100 and 200 has these values, one after the other. */
function told(...values: readonly number[]): string[] {
  const lines: string[] = [];
  const gauge = new BudgetGauge('memory', { soft: 100, hard: 200 }, ({ level, value, limit }) =>
    lines.push(`${level} at ${value} of ${limit}`),
  );
  for (const value of values) if (gauge.note(value)) lines.push(`act at ${value}`);
  return lines;
}

test('BUDGET-2: a limit is crossed when it is reached, not one later', () => {
  assert.deepEqual(told(99), []);
  assert.deepEqual(told(100), ['soft at 100 of 100']);
  assert.deepEqual(told(100, 199), ['soft at 100 of 100']);
  assert.deepEqual(told(100, 200), ['soft at 100 of 100', 'hard at 200 of 200', 'act at 200']);
});

test('BUDGET-2: it is told again only after it fell below nine tenths', () => {
  assert.deepEqual(told(100, 90, 100), ['soft at 100 of 100']);
  assert.deepEqual(told(100, 89, 100), ['soft at 100 of 100', 'ok at 89 of 100', 'soft at 100 of 100']);
  assert.deepEqual(told(200, 180, 200), ['hard at 200 of 200', 'act at 200']);
  assert.deepEqual(told(200, 179), ['hard at 200 of 200', 'act at 200', 'soft at 179 of 200']);
});

test('BUDGET-5: what goes on growing above a hard limit is acted on again', () => {
  assert.deepEqual(told(200, 209), ['hard at 200 of 200', 'act at 200']);
  assert.deepEqual(told(200, 210), ['hard at 200 of 200', 'act at 200', 'act at 210']);
});
