import { basename, join } from 'node:path';
import { listFiles, readText, ROOT } from '../../test/source-files.ts';
import type { Place } from './test-order.ts';

/** A bug that somebody could make, as a patch. */
export type Planted = {
  readonly name: string;
  readonly path: string;
  /** What it does wrong, in a sentence. */
  readonly words: string;
  /** Number of the promise that it breaks. */
  readonly promise: number;
  readonly patch: string;
};

const FIRST_LINE = /^(?<words>\S.*\.) Breaks promise (?<promise>\d+)\.$/;

export function listPlanted(): readonly Planted[] {
  return listFiles('prove/planted/*.patch').map((path) => {
    const patch = readText(path);
    const { words = '', promise = '0' } = FIRST_LINE.exec(patch.split('\n', 1)[0] ?? '')?.groups ?? {};
    return { name: basename(path, '.patch'), path: join(ROOT, path), words, promise: Number(promise), patch };
  });
}

/** Where a patch changes something: the lines that go, and the line before what comes. `read` gives the files as they are. */
export function placesOf(patch: string, read: (file: string) => string): readonly Place[] {
  const places: Place[] = [];
  let file = '';
  let line = 0;
  for (const text of patch.split('\n')) {
    const [, path, start] = /^--- a\/(.+)$|^@@ -(\d+)/.exec(text) ?? [];
    if (path !== undefined) file = path;
    else if (start !== undefined) line = Number(start);
    else if (file !== '' && text.startsWith('-') && !text.startsWith('---')) places.push(lineAt(file, read(file), line++));
    else if (file !== '' && text.startsWith('+') && !text.startsWith('+++')) places.push(lineAt(file, read(file), line - 1));
    else if (text.startsWith(' ')) line += 1;
  }
  return places;
}

function lineAt(file: string, text: string, line: number): Place {
  const lines = text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const known = lines[line - 1] ?? '';
  return { file, from: start + (known.length - known.trimStart().length), to: start + known.length };
}
