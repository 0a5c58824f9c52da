import { basename, dirname } from 'node:path';
import type { BaselineFile } from './baseline.ts';
import { ranAt } from './coverage.ts';

/** A place in a source file, as offsets in its text. */
export type Place = { readonly file: string; readonly from: number; readonly to: number };

/** What is known of the tests. Of sources and tests that have `changed` since, only which loads which. */
export type Known = {
  readonly baseline: readonly BaselineFile[];
  readonly changed: ReadonlySet<string>;
  readonly deep: boolean;
  /** By source file: which tests noticed earlier changes of it. They are likely to notice this one, too. */
  readonly noticed: ReadonlyMap<string, ReadonlySet<string>>;
};

/** What takes longer is not asked first, unless it is about the very file. */
const NEAR_MOST_MS = 4_000;

/**
 * The test files that may notice a change at these places, those first that are likely to notice it soon: beside the file,
 * in its folder, other unit tests, then the long suites; of each kind the quick ones first. Which ran the changed lines is
 * known from the baseline; only `deep` takes the simulation, the tests of server and command line, and the long suites, also
 * those whose servers are killed and so cannot say what they ran.
 */
export function testsFor(places: readonly Place[], { baseline, changed, deep, noticed }: Known): readonly BaselineFile[] {
  const runs = (test: BaselineFile, { file, from, to }: Place): boolean =>
    changed.has(file) || changed.has(test.file) ? test.covered[file] !== undefined : ranAt(test.covered, file, from, to);
  // A file that came later than the baseline.
  const isNew = ({ file }: Place): boolean => !baseline.some(({ covered }) => covered[file] !== undefined);
  const reaches = (each: BaselineFile): boolean =>
    places.some((place) => runs(each, place) || (isNew(place) && dirname(each.file) === dirname(place.file))) ||
    (deep && isLong(each.file));
  const isNear = ({ file, ms }: BaselineFile): boolean =>
    !/^(test|src\/(cli|server|testing))\//.test(file) && (ms < NEAR_MOST_MS || rank(file, places, noticed) < 3);
  return baseline
    .filter((each) => each.passed && reaches(each) && (deep || isNear(each)))
    .toSorted((a, b) => rank(a.file, places, noticed) - rank(b.file, places, noticed) || a.ms - b.ms);
}

/** Suites with servers and load of their own. */
export function isLong(file: string): boolean {
  return /^test\/[^/]+\//.test(file);
}

function rank(file: string, places: readonly Place[], noticed: Known['noticed']): number {
  if (places.some((place) => file === place.file.replace(/(-adapter)?\.tsx?$/, '.test.ts'))) return 0;
  if (places.some((place) => noticed.get(place.file)?.has(file) === true)) return 1;
  if (places.some((place) => dirname(file) === dirname(place.file))) return sharesWord(file, places) ? 2 : 3;
  return isLong(file) ? 6 : basename(dirname(file)) === 'simulation' ? 5 : 4;
}

/** `session-log.ts` and `recovery-log.test.ts` are about one thing. */
function sharesWord(file: string, places: readonly Place[]): boolean {
  const words = new Set(
    basename(file)
      .replace(/\.test\.tsx?$/, '')
      .split('-'),
  );
  return places.some((place) =>
    basename(place.file)
      .replace(/\.tsx?$/, '')
      .split('-')
      .some((word) => words.has(word)),
  );
}
