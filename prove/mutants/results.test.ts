import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from '../../test/source-files.ts';
import { findMutants } from './find-mutants.ts';
import { readResults, readSurvivors } from './results.ts';

test('MUTANT-3: every mutant that survived has its reason, in a sentence', () => {
  const reasons = readSurvivors();
  const without = Object.values(readResults(1).automatic)
    .filter(({ id, verdict }) => verdict.outcome === 'missed' && (reasons[id]?.reason ?? '').length < 15)
    .map(({ id, file, line, change, before }) => `${id} ${file}:${line} ${change} ${before}`);
  assert.deepEqual(without, []);
});

test('MUTANT-3: a reason is of code that is still there', () => {
  const gone = Object.entries(readSurvivors()).flatMap(([id, { file, function: name }]) =>
    findMutants(file, readText(file)).some((mutant) => mutant.id === id) ? [] : [`${id} in ${name} of ${file}`],
  );
  assert.deepEqual(gone, [], 'take these out of survivors.json');
});

test('MUTANT-3: every planted bug that was run was caught', () => {
  const missed = Object.entries(readResults(1).planted).flatMap(([name, { verdict }]) => (verdict.outcome === 'missed' ? [name] : []));
  assert.deepEqual(missed, []);
});
