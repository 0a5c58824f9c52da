import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listFiles, ROOT } from '../../test/source-files.ts';
import { readCoverage, type Covered } from './coverage.ts';
import { runTestFile } from './run-test-file.ts';
import type { TreeCopy } from './tree-copy.ts';

/** What one test file does where nothing is wrong. */
export type BaselineFile = { readonly file: string; readonly passed: boolean; readonly ms: number; readonly covered: Covered };

const LIMIT_MS = 600_000;

/** Those that need a browser, a build, or a disk and a machine to themselves are left out: they come last in any case. */
const LEFT_OUT =
  /^(test\/(browser|acceptance|disk-full|scale|damage|docs\.test|house\.test|types)|examples\/|bench\/|prove\/)|shim|screenshot/;

export function suiteFiles(): string[] {
  return listFiles('{src,test}/**/*.test.{ts,tsx}').filter((file) => !LEFT_OUT.test(file));
}

/** Runs every test file once as it is, and keeps how long it took and what it ran; goes on where an interrupted run stood. */
export async function takeBaseline(copy: TreeCopy, commit: string, say: (line: string) => void): Promise<readonly BaselineFile[]> {
  const path = join(ROOT, 'holdfast-data', 'mutants', `${commit.slice(0, 12)}.ndjson`);
  mkdirSync(dirname(path), { recursive: true });
  const known = existsSync(path) ? readLines(path) : [];
  const files = suiteFiles().filter((file) => existsSync(join(copy.directory, file)));
  for (const file of files) {
    if (known.some((each) => each.file === file)) continue;
    const taken = await takeOne(copy, file);
    known.push(taken);
    writeFileSync(path, `${JSON.stringify(taken)}\n`, { flag: 'a' });
    say(`${known.length}/${files.length} ${file} ${taken.ms} ms${taken.passed ? '' : ' FAILS AS IT IS'}`);
  }
  return known;
}

function readLines(path: string): BaselineFile[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as BaselineFile);
}

async function takeOne({ directory }: TreeCopy, file: string): Promise<BaselineFile> {
  const coverage = mkdtempSync(join(tmpdir(), 'holdfast-coverage-'));
  try {
    const { outcome, ms } = await runTestFile(file, { directory, limitMs: LIMIT_MS, coverage });
    return { file, passed: outcome === 'passed', ms, covered: readCoverage(coverage, directory) };
  } finally {
    rmSync(coverage, { recursive: true, force: true, maxRetries: 3 });
  }
}
