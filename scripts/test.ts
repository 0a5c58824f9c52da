// npm test: what the tests need beyond npm, then the unit tests, then the long suites one at a time.
// File arguments run only those files: npm test -- src/state/apply.test.ts
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ensureChromium } from './chromium.ts';
import { fail, ROOT, runProgram } from './run-tool.ts';

/** Suites that start servers, browsers or load (a folder each in test, or named so): they would disturb each other and the rest. */
const LONG = /(^|[\\/])test[\\/][^\\/]+[\\/]|\.(e2e|long)\.test\.tsx?$/;

type Phase = {
  readonly name: string;
  readonly files: readonly string[];
  readonly concurrency: number;
  /** For one test. */
  readonly timeoutMs: number;
  /** For all of it: a file whose process never ends would otherwise hold up everything. */
  readonly limitMs: number;
};

function findTests(): string[] {
  return globSync(
    ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}', 'examples/**/*.test.{ts,tsx}', 'bench/**/*.test.ts', 'prove/**/*.test.ts'],
    {
      cwd: ROOT,
      exclude: (name) => /(^|[\\/])(node_modules|dist)$/.test(name),
    },
  ).sort();
}

function runPhase(phase: Phase): boolean {
  if (phase.files.length === 0) return true;
  console.log(`\n${phase.name}: ${phase.files.length} files`);
  const args = ['--test', '--conditions=holdfast-source', `--test-concurrency=${phase.concurrency}`, `--test-timeout=${phase.timeoutMs}`];
  const result = runProgram(process.execPath, [...args, ...phase.files], { output: 'show', timeoutMs: phase.limitMs });
  if (result.timedOut)
    console.error(`${phase.name}: stopped after ${phase.limitMs / 60_000} minutes; the files named as interrupted did not end.`);
  return result.ok;
}

function main(): void {
  const asked = process.argv.slice(2);
  const files = asked.length > 0 ? asked : findTests();
  if (asked.length === 0 || files.some((file) => LONG.test(file))) {
    const chromium = ensureChromium();
    if ('error' in chromium) fail(chromium.error);
  }
  const units = files.filter((file) => !LONG.test(file));
  const long = files.filter((file) => LONG.test(file));
  const passed = [
    runPhase({ name: 'Unit tests', files: units, concurrency: availableParallelism(), timeoutMs: 120_000, limitMs: 1_200_000 }),
    runPhase({ name: 'Long suites', files: long, concurrency: 1, timeoutMs: 900_000, limitMs: 3_000_000 }),
  ];
  if (passed.includes(false)) process.exitCode = 1;
}

main();
