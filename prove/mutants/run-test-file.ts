import { spawn } from 'node:child_process';
import { join } from 'node:path';

export type FileOutcome =
  | { readonly outcome: 'passed'; readonly ms: number }
  | { readonly outcome: 'failed'; readonly ms: number; readonly test: string; readonly file: string | undefined }
  | { readonly outcome: 'hung'; readonly ms: number };

export type RunFile = { readonly directory: string; readonly limitMs: number; readonly coverage?: string };

/** Runs one test file in a process of its own, to its first failing test or its end. */
export function runTestFile(file: string, how: RunFile): Promise<FileOutcome> {
  return run([file], how);
}

/** Runs files in one process, which saves most of what starting takes, to the first failing test or their end. */
export function runTestFiles(files: readonly string[], how: RunFile): Promise<FileOutcome> {
  return run(['--test', '--test-isolation=none', '--test-force-exit', ...files], how);
}

function run(what: readonly string[], { directory, limitMs, coverage }: RunFile): Promise<FileOutcome> {
  const began = performance.now();
  const args = ['--conditions=holdfast-source', '--test-reporter=tap', ...what];
  // What Node's own runner tells its children does not concern this one.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: directory,
    // A group of its own, so that the servers which a test started end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...env,
      CI: 'true',
      NODE_COMPILE_CACHE: join(directory, 'holdfast-data', 'compiled'),
      ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
    },
  });
  let output = '';
  let failed: Failed | undefined;
  let hung = false;
  const stop = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const timer = setTimeout(() => {
    hung = true;
    stop();
  }, limitMs);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-200_000);
    failed ??= failedIn(output, directory);
    if (failed !== undefined) stop();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (output = (output + text).slice(-200_000)));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      stop();
      const ms = Math.round(performance.now() - began);
      if (failed !== undefined) resolve({ outcome: 'failed', ms, ...failed });
      else if (hung) resolve({ outcome: 'hung', ms });
      else resolve(code === 0 ? { outcome: 'passed', ms } : { outcome: 'failed', ms, test: 'the process ended', file: undefined });
    });
  });
}

type Failed = { readonly test: string; readonly file: string | undefined };

/** The first test that failed, as far as the output goes, once it also says where that test stands. */
function failedIn(output: string, directory: string): Failed | undefined {
  const found = /^ *not ok \d+ - (?<test>.*)\n(?:.*\n){0,6}? *location: '(?<path>.*?):\d+:\d+'\n/m.exec(output)?.groups;
  if (found === undefined) return undefined;
  const { test = '', path = '' } = found;
  return { test: test.replaceAll('\\#', '#'), file: path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined };
}
