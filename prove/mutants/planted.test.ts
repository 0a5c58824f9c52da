import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { ROOT } from '../../test/source-files.ts';
import { listPlanted, placesOf } from './planted.ts';

/** Why git does not apply the patch to the files as they are; undefined where it does. */
function faultOf(path: string): string | undefined {
  try {
    execFileSync('git', ['apply', '--check', path], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('MUTANT-1: every planted bug applies to the code as it is', () => {
  const faults = listPlanted().flatMap(({ path }) => faultOf(path) ?? []);
  assert.deepEqual(faults, [], `Make these patches anew:\n${faults.join('\n')}`);
});

test('MUTANT-1: every planted bug says what it does wrong and which promise it breaks, each in other words', () => {
  const planted = listPlanted();
  assert.ok(planted.length >= 36, `${planted.length} planted bugs`);
  const silent = planted.filter(({ words, promise }) => words.length < 20 || promise < 1 || promise > 15);
  assert.deepEqual(
    silent.map(({ name }) => name),
    [],
  );
  assert.equal(new Set(planted.map(({ words }) => words)).size, planted.length);
});

test('MUTANT-1: planted bugs are in every part of the product that keeps a promise, and there is one for each promise', () => {
  const planted = listPlanted();
  const folders = new Set(planted.flatMap(({ patch }) => [...patch.matchAll(/^--- a\/src\/(\w+)\//gm)].map(([, folder]) => folder)));
  for (const folder of ['access', 'client', 'connection', 'protocol', 'server', 'session', 'state', 'store', 'transport'])
    assert.ok(folders.has(folder), `no planted bug in src/${folder}`);
  const promises = new Set(planted.map(({ promise }) => promise));
  for (let promise = 1; promise <= 15; promise += 1) assert.ok(promises.has(promise), `no planted bug breaks promise ${promise}`);
});

test('MUTANT-1: where a patch changes a file is known to the line', () => {
  const text = 'one\n  two\nthree\nfour\n';
  const patch = 'Words. Breaks promise 1.\n\n--- a/x.ts\n+++ b/x.ts\n@@ -1,4 +1,4 @@\n one\n-  two\n+  2\n three\n+more\n four\n';
  const places = placesOf(patch, () => text);
  assert.deepEqual(
    places.map(({ file, from, to }) => [file, text.slice(from, to)]),
    [
      ['x.ts', 'two'],
      ['x.ts', 'two'],
      ['x.ts', 'three'],
    ],
  );
});
