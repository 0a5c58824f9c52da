import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** The repository's own folder. */
export const ROOT = resolve(import.meta.dirname, '..');

export type RunOptions = {
  readonly cwd?: string;
  /** `show` passes the output through, `keep` returns it. */
  readonly output: 'show' | 'keep';
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
};

export type RunResult = { readonly ok: boolean; readonly timedOut: boolean; readonly output: string };

/** Runs a program to its end, without a shell and without standard input. */
export function runProgram(program: string, args: readonly string[], options: RunOptions): RunResult {
  const result = spawnSync(program, args, {
    cwd: options.cwd ?? ROOT,
    stdio: options.output === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...options.env },
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    // npm and the tools in node_modules/.bin are .cmd files on Windows, which only a shell starts.
    shell: process.platform === 'win32' && program !== process.execPath,
  });
  const kept = options.output === 'keep' ? `${result.stdout ?? ''}${result.stderr ?? ''}` : '';
  const timedOut = result.error !== undefined && 'code' in result.error && result.error.code === 'ETIMEDOUT';
  return { ok: result.status === 0, timedOut, output: result.error === undefined ? kept : `${kept}${result.error.message}\n` };
}

/** The path of a tool that npm installed here, such as `tsc`. */
export function toolPath(name: string): string {
  return join(ROOT, 'node_modules', '.bin', name);
}

/** Prints why and ends the process with status 1. */
export function fail(why: string): never {
  console.error(why);
  process.exit(1);
}
