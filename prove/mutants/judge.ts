import type { BaselineFile } from './baseline.ts';
import { runTestFile, runTestFiles } from './run-test-file.ts';
import { isLong } from './test-order.ts';

/** What became of one wrong copy. `hang`: a file did not end that ends where nothing is wrong. */
export type Verdict =
  | { readonly outcome: 'caught'; readonly file: string; readonly test: string; readonly by: 'test' | 'hang'; readonly seconds: number }
  | { readonly outcome: 'missed'; readonly files: number; readonly seconds: number };

type Caught = Pick<Extract<Verdict, { outcome: 'caught' }>, 'file' | 'test' | 'by'>;

/** Files that run in one process; the first ones alone, since they are likely to notice. */
const AT_ONCE = 12;
const ALONE = 2;

/** Runs the files in order, to the first that notices: most of them many at once, and what fails there once more alone. */
export async function judge(directory: string, tests: readonly BaselineFile[]): Promise<Verdict> {
  const began = performance.now();
  for (const group of groupsOf(tests)) {
    const caught = await noticedIn(directory, group);
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    if (caught !== undefined) return { outcome: 'caught', ...caught, seconds };
  }
  return { outcome: 'missed', files: tests.length, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

function groupsOf(tests: readonly BaselineFile[]): readonly (readonly BaselineFile[])[] {
  const groups: BaselineFile[][] = [];
  for (const [index, each] of tests.entries()) {
    const last = groups.at(-1);
    const joins = last !== undefined && last.length < AT_ONCE && index > ALONE && !isLong(each.file);
    if (joins) last.push(each);
    else groups.push([each]);
  }
  return groups;
}

async function noticedIn(directory: string, group: readonly BaselineFile[]): Promise<Caught | undefined> {
  const [only] = group;
  if (only === undefined) return undefined;
  if (group.length === 1) return noticedBy(directory, only);
  const limitMs = limitOf(group.reduce((sum, { ms }) => sum + ms, 0));
  const together = await runTestFiles(
    group.map(({ file }) => file),
    { directory, limitMs },
  );
  if (together.outcome === 'passed') return undefined;
  const suspect = together.outcome === 'failed' ? group.findIndex(({ file }) => file === together.file) : -1;
  // Files that run in one process may disturb each other: what counts is what happens alone.
  for (const each of suspect < 0 ? group : [group[suspect] as BaselineFile, ...group.slice(suspect + 1)]) {
    const caught = await noticedBy(directory, each);
    if (caught !== undefined) return caught;
  }
  return undefined;
}

/** Whatever is noticed has to be seen twice: on a busy machine a test may fail for other reasons. */
async function noticedBy(directory: string, { file, ms }: BaselineFile): Promise<Caught | undefined> {
  const run = () => runTestFile(file, { directory, limitMs: limitOf(ms) });
  const first = await run();
  if (first.outcome === 'passed') return undefined;
  const again = await run();
  if (again.outcome === 'passed') return undefined;
  return again.outcome === 'hung' ? { file, test: 'the file does not end', by: 'hang' } : { file, test: again.test, by: 'test' };
}

/** Much more than the files take by themselves: the machine may have other things to do. */
function limitOf(ms: number): number {
  return 20_000 + 6 * ms;
}
