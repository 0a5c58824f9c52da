import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../test/source-files.ts';
import type { Mutant } from './mutant.ts';
import type { Verdict } from './judge.ts';

export type PlantedResult = {
  readonly words: string;
  readonly promise: number;
  /** What the patch changes. */
  readonly files: readonly string[];
  readonly verdict: Verdict;
};
/** `deep`: whether the tests that are far away were asked, too. */
export type MutantResult = Omit<Mutant, 'start' | 'end'> & { readonly deep: boolean; readonly verdict: Verdict };

/** What was found out, by the name of the patch or the id of the mutant. */
export type Results = {
  /** The last commit that a run looked at. */
  commit: string;
  /** Chooses the automatic mutants. */
  seed: number;
  planted: Record<string, PlantedResult>;
  /** The sample: ids of mutants that compile. */
  chosen: string[];
  automatic: Record<string, MutantResult>;
};

/** Why a mutant that no test notices is none that a test should notice, or what stands in the way. By the mutant's id. */
export type Survivors = Record<
  string,
  { readonly file: string; readonly function: string; readonly text: string; readonly reason: string }
>;

export const RESULTS = 'prove/results/mutants.json';
export const SURVIVORS = 'prove/mutants/survivors.json';

export function readResults(seed: number): Results {
  const path = join(ROOT, RESULTS);
  const none: Results = { commit: '', seed, planted: {}, chosen: [], automatic: {} };
  return existsSync(path) ? { ...none, ...(JSON.parse(readFileSync(path, 'utf8')) as Results) } : none;
}

/** Writes the part that a run has found out; the other part may be another run's. */
export function writeResults(results: Results, part: 'planted' | 'automatic'): void {
  const path = join(ROOT, RESULTS);
  mkdirSync(dirname(path), { recursive: true });
  const { commit, seed, chosen } = results;
  const merged: Results = {
    ...readResults(seed),
    commit,
    seed,
    ...(part === 'planted' ? { planted: sorted(results.planted) } : { chosen, automatic: sorted(results.automatic) }),
  };
  writeFileSync(`${path}.new`, `${JSON.stringify(merged, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function readSurvivors(): Survivors {
  const path = join(ROOT, SURVIVORS);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Survivors) : {};
}

/** Which tests noticed changes of a source file. */
export function noticedIn({ planted, automatic }: Results): ReadonlyMap<string, ReadonlySet<string>> {
  const noticed = new Map<string, Set<string>>();
  const note = (source: string, verdict: Verdict): void => {
    if (verdict.outcome === 'caught') noticed.set(source, (noticed.get(source) ?? new Set()).add(verdict.file));
  };
  for (const { files, verdict } of Object.values(planted)) for (const file of files) note(file, verdict);
  for (const { file, verdict } of Object.values(automatic)) note(file, verdict);
  return noticed;
}
