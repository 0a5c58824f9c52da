import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Versions } from './environment.ts';
import { UsageError, type Options } from './options.ts';
import type { Tally } from './tally.ts';

/** A run that is not over, as it is kept from one process to the next. */
export type SavedRun = {
  readonly id: string;
  readonly startedAt: string;
  readonly versions: Versions;
  readonly form: Options['form'];
  readonly seed: number;
  readonly proofs: string;
  /** Running time before this process. */
  elapsedMs: number;
  readonly tallies: readonly Tally[];
};

function runsFolder(dir: string): string {
  return join(dir, 'runs');
}

export function saveRun(dir: string, run: SavedRun): void {
  mkdirSync(runsFolder(dir), { recursive: true });
  const path = join(runsFolder(dir), `${run.id}.json`);
  writeFileSync(`${path}.new`, JSON.stringify(run));
  renameSync(`${path}.new`, path);
}

export function forgetRun(dir: string, { id }: SavedRun): void {
  rmSync(join(runsFolder(dir), `${id}.json`), { force: true });
}

/** The run that was begun last and is not over. */
export function lastRun(dir: string): SavedRun {
  const folder = runsFolder(dir);
  const [last] = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.endsWith('.json'))
    .sort()
    .reverse();
  if (last === undefined) throw new UsageError(`There is no run to go on with in ${folder}.`);
  return JSON.parse(readFileSync(join(folder, last), 'utf8')) as SavedRun;
}

/** Why a run cannot go on: what it found so far is about something else. */
export function differenceOf(before: Versions, now: Versions): string | undefined {
  if (before.sources !== now.sources) {
    const at = before.commit === undefined ? '' : ` (commit ${before.commit.slice(0, 10)}${before.modified ? ' with changes' : ''})`;
    return `the sources are not those with which the run began${at}`;
  }
  if (before.node !== now.node) return `the run began with Node ${before.node}, and this is ${now.node}`;
  return undefined;
}
