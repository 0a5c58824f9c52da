import { spawn } from 'node:child_process';

export type FileOutcome =
  | { readonly outcome: 'passed'; readonly ms: number }
  | { readonly outcome: 'failed'; readonly ms: number; readonly test: string; readonly output: string }
  | { readonly outcome: 'hung'; readonly ms: number };

export type RunFile = { readonly directory: string; readonly limitMs: number; readonly coverage?: string };

/** Runs one test file in a process of its own, to its first failing test or its end. */
export function runTestFile(file: string, { directory, limitMs, coverage }: RunFile): Promise<FileOutcome> {
  const began = performance.now();
  const args = ['--conditions=holdfast-source', '--test-reporter=tap', file];
  // What Node's own runner tells its children does not concern this one.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: directory,
    // A group of its own, so that the servers which a test started end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, CI: 'true', ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }) },
  });
  let output = '';
  let test: string | undefined;
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
    test ??= failedIn(output);
    if (test !== undefined) stop();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (output = (output + text).slice(-200_000)));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      stop();
      const ms = Math.round(performance.now() - began);
      if (test !== undefined) resolve({ outcome: 'failed', ms, test, output });
      else if (hung) resolve({ outcome: 'hung', ms });
      else resolve(code === 0 ? { outcome: 'passed', ms } : { outcome: 'failed', ms, test: 'the process ended', output });
    });
  });
}

/** The name of the first test that failed, as far as the output goes; a line that may be incomplete does not count. */
function failedIn(output: string): string | undefined {
  const found = /^ *not ok \d+ - (.*)\n/m.exec(output);
  return found?.[1]?.replaceAll('\\#', '#');
}
