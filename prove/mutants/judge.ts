import type { BaselineFile } from './baseline.ts';
import { runTestFile } from './run-test-file.ts';
import { isLong } from './test-order.ts';

/** What became of one wrong copy. `hang`: a file did not end that ends where nothing is wrong. */
export type Verdict =
  | { readonly outcome: 'caught'; readonly file: string; readonly test: string; readonly by: 'test' | 'hang'; readonly seconds: number }
  | { readonly outcome: 'missed'; readonly files: number; readonly seconds: number };

/** Much more than the file takes by itself: the machine may have other things to do. */
function limitOf({ ms }: BaselineFile): number {
  return 20_000 + 6 * ms;
}

/** Runs the files in order, to the first that notices. What a suite with servers of its own notices has to be noticed twice. */
export async function judge(directory: string, tests: readonly BaselineFile[]): Promise<Verdict> {
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 100) / 10;
  for (const each of tests) {
    const run = () => runTestFile(each.file, { directory, limitMs: limitOf(each) });
    const first = await run();
    if (first.outcome === 'passed') continue;
    const again = first.outcome === 'hung' || isLong(each.file) ? await run() : first;
    if (again.outcome === 'passed') continue;
    const { file } = each;
    if (again.outcome === 'hung') return { outcome: 'caught', file, test: 'the file does not end', by: 'hang', seconds: seconds() };
    return { outcome: 'caught', file, test: again.test, by: 'test', seconds: seconds() };
  }
  return { outcome: 'missed', files: tests.length, seconds: seconds() };
}
