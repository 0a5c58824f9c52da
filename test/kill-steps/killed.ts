import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Stop } from './stopping.ts';

const STEPPING = fileURLToPath(new URL('./stepping-process.ts', import.meta.url));
/** More steps than anything here takes: it would never end. */
const MOST_STEPS = 80;

/** What a process has come to. */
export type Ended = {
  /** The step that it was killed before; undefined: it did its work to the end. */
  readonly killedAt: number | undefined;
  /** What it said. */
  readonly words: readonly string[];
};

/** One process that is killed before a step, unless it has fewer. */
async function killedAt(stop: Stop, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, KILL_STEPS: JSON.stringify(stop) };
  const child = spawn(process.execPath, ['--conditions=holdfast-source', STEPPING, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const exited = once(child, 'exit');
  const words: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) words.push(line);
  const [code, signal] = (await exited) as [number | null, string | null];
  if (signal === 'SIGKILL') return { killedAt: stop.at, words };
  if (code !== 0 || words.at(-1) !== 'done') throw new Error(`step ${stop.at}: code ${code}, ${signal}, said ${words.join()}`);
  return { killedAt: undefined, words };
}

/**
 * Has something done again and again, killed before its first step, its second, and so on, until it comes to its end.
 * `check` sees what each left. Resolves with the count of kills.
 */
export async function killAtEveryStep(
  steps: Omit<Stop, 'at'>,
  { args, check }: { args: (at: number) => readonly string[]; check: (ended: Ended) => Promise<void> },
): Promise<number> {
  for (let at = 1; at <= MOST_STEPS; at += 1) {
    const ended = await killedAt({ ...steps, at }, args(at));
    await check(ended);
    if (ended.killedAt === undefined) return at - 1;
  }
  throw new Error(`it still goes on after ${MOST_STEPS} steps`);
}
