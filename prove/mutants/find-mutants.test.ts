import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSource, readText } from '../../test/source-files.ts';
import { findMutants } from './find-mutants.ts';
import { mutated } from './mutant.ts';
import { samplePlaces } from './sample.ts';

const SOURCE = `
type Size = 1 | 2;
export class Seats {
  #free = 3;
  take(count: number, who: string): boolean {
    if (count > this.#free) throw new Error('no ' + who);
    this.#free -= count;
    note(who, count);
    return true;
  }
}
`;

/** What the text of the file is with each mutant of it, as the lines that differ. */
function differences(text: string): string[] {
  const before = text.split('\n');
  return findMutants('seats.ts', text).map((mutant) =>
    mutated(text, mutant)
      .split('\n')
      .filter((line, index) => line !== before[index])
      .join('\n')
      .trim(),
  );
}

test('MUTANT-2: mutants are the mistakes that people make, one at a time', () => {
  const found = differences(SOURCE);
  for (const line of [
    '#free = 4;',
    "if (true as boolean) return; if (count > this.#free) throw new Error('no ' + who);",
    "if (!(count > this.#free)) throw new Error('no ' + who);",
    "if (count >= this.#free) throw new Error('no ' + who);",
    'this.#free += count;',
    'note(count, who);',
    ';',
    'return undefined;',
    'return false;',
  ])
    assert.ok(found.includes(line), `no mutant '${line}' among:\n${found.join('\n')}`);
});

test('MUTANT-2: types and texts of errors are left alone', () => {
  assert.ok(!differences(SOURCE).some((line) => line.startsWith('type') || line.includes("'no ' -")));
});

test('MUTANT-2: every mutant of a file is other code that parses', () => {
  for (const file of ['src/session/dedup.ts', 'src/state/fold.ts', 'src/store/sqlite-writer.ts', 'src/connection/lifecycle-steps.ts']) {
    const text = readText(file);
    for (const mutant of findMutants(file, text)) {
      const changed = mutated(text, mutant);
      assert.notEqual(changed, text);
      parseSource(changed, file);
    }
  }
});

test('MUTANT-2: a mutant has the same id wherever in its file its function stands', () => {
  const ids = (text: string): string[] => findMutants('seats.ts', text).map(({ id }) => id);
  assert.deepEqual(ids(`// moved\n\n${SOURCE}`), ids(SOURCE));
  assert.equal(new Set(ids(SOURCE)).size, ids(SOURCE).length);
});

test('MUTANT-2: the same seed takes the same sample, spread over the files by their size', () => {
  const files = ['src/session/dedup.ts', 'src/state/fold.ts', 'src/state/sight.ts'].map((file) => {
    const text = readText(file);
    return { file, length: text.length, mutants: findMutants(file, text) };
  });
  const sample = (seed: number): string[] => samplePlaces(files, 40, seed).map(([first]) => first?.id ?? '');
  assert.deepEqual(sample(7), sample(7));
  assert.notDeepEqual(sample(7), sample(8));
  assert.equal(new Set(sample(7)).size, 40);
  const total = files.reduce((sum, { length }) => sum + length, 0);
  for (const { file, length } of files) {
    const share = samplePlaces(files, 40, 7).filter(([first]) => first?.file === file).length;
    assert.ok(Math.abs(share - (40 * length) / total) <= 1, `${file}: ${share}`);
  }
});
