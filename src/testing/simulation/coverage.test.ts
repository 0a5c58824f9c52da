import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coverage } from './coverage.ts';
import type { HistoryEntry } from './history.ts';
import type { Schedule, Step } from './schedule.ts';

function schedule(...steps: readonly Step[]): Schedule {
  return { seed: 1, durability: 'full', people: [], steps };
}

const cut: Step = { do: 'cut', who: 'ann' };
const armed: Step = { do: 'crash at', server: 0, point: 'claimed' };

test('SIM-7: faults, crash points and commands are counted by what took effect, not by what was tried', () => {
  const history: HistoryEntry[] = [
    { at: 0, kind: 'fault', fault: 'cut', on: 'ann' },
    { at: 1, kind: 'crash-point', point: 'claimed', server: 'one' },
    { at: 2, kind: 'asked', ask: 1, client: 'ann', session: 's', name: 'roll', args: {} },
    { at: 2, kind: 'asked', ask: 2, client: 'ann', session: 's', name: 'roll', args: {} },
    { at: 2, kind: 'asked', ask: 3, client: 'ann', session: 's', name: 'move', args: {} },
    { at: 3, kind: 'answered', ask: 1, client: 'ann', ok: true },
    { at: 4, kind: 'answered', ask: 2, client: 'ann', ok: false, code: 'rejected' },
  ];
  const coverage = new Coverage(['roll', 'move']);
  coverage.add(schedule(cut, cut, armed), history);
  coverage.add(schedule(cut), []);
  assert.deepEqual([coverage.runs, coverage.steps], [2, 4]);
  assert.deepEqual([coverage.faults.cut, coverage.faults.crash, coverage.crashPoints.claimed], [1, 0, 1]);
  assert.deepEqual(coverage.commands, { roll: { accepted: 1, rejected: 1 }, move: { accepted: 0, rejected: 0 } });
});

test('SIM-7: what was tried again and again and never took effect is named', () => {
  const coverage = new Coverage();
  coverage.add(schedule(cut, armed), []);
  assert.deepEqual(coverage.neverTookEffect, []);
  for (let run = 0; run < 30; run += 1) coverage.add(schedule(cut, armed), []);
  assert.deepEqual(coverage.neverTookEffect, ["the fault 'cut'", "a crash at the point 'claimed'"]);
  coverage.add(schedule(cut), [{ at: 0, kind: 'fault', fault: 'cut', on: 'ann' }]);
  assert.deepEqual(coverage.neverTookEffect, ["a crash at the point 'claimed'"]);
});
