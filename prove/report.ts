import { describeMachine, type Machine, type Versions } from './environment.ts';
import type { Proof, Wrong } from './proof.ts';
import { unseenOf, type Tally } from './tally.ts';

/** `held`: all was done and nothing was wrong. `so far`: nothing was wrong in what was done. */
export type Verdict = 'held' | 'so far' | 'wrong' | 'unseen' | 'missing' | 'not begun';

export type ProofReport = {
  readonly name: string;
  readonly title: string;
  readonly claim: string;
  readonly unit: string;
  /** Targets of the two forms, and of this run. */
  readonly short: number;
  readonly long: number;
  readonly target: number;
  readonly done: number;
  readonly verdict: Verdict;
  /** What has to be there first, and how to get it. */
  readonly missing?: string;
  /** Time of all pieces together. */
  readonly workSeconds: number;
  /** Most memory of one process. */
  readonly memoryMb: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly highest: Readonly<Record<string, number>>;
  readonly mustOccur: readonly string[];
  /** What had to occur and did not. */
  readonly unseen: readonly string[];
  readonly wrong: readonly Wrong[];
};

export type Report = {
  readonly at: string;
  readonly form: 'short' | 'long';
  readonly seed: number;
  readonly seconds: number;
  readonly complete: boolean;
  readonly versions: Versions;
  readonly machine: Machine;
  readonly notes: readonly string[];
  readonly proofs: readonly ProofReport[];
};

export type Proved = { readonly proof: Proof; readonly tally: Tally; readonly missing?: string | undefined };

function verdictOf(tally: Tally, unseen: readonly string[], missing: string | undefined): Verdict {
  if (missing !== undefined) return 'missing';
  if (tally.wrong.length > 0) return 'wrong';
  if (unseen.length > 0) return 'unseen';
  if (tally.done === tally.target) return 'held';
  return tally.done === 0 ? 'not begun' : 'so far';
}

export function reportProof({ proof, tally, missing }: Proved): ProofReport {
  const { name, title, claim, unit, short, long, mustOccur = [] } = proof;
  const { target, done, highest, wrong } = tally;
  const unseen = unseenOf(tally, proof);
  // What never occurred although it must is a figure, too.
  const counts = { ...Object.fromEntries(mustOccur.map((key) => [key, 0])), ...tally.counts };
  return {
    name,
    title,
    claim,
    unit,
    short,
    long,
    target,
    done,
    verdict: verdictOf(tally, unseen, missing),
    ...(missing === undefined ? {} : { missing }),
    workSeconds: Math.round(tally.workMs / 100) / 10,
    memoryMb: Math.round(tally.memory / 2 ** 20),
    counts,
    highest,
    mustOccur,
    unseen,
    wrong,
  };
}

export function makeReport(
  run: Pick<Report, 'form' | 'seed' | 'seconds' | 'versions' | 'notes'>,
  proved: readonly Proved[],
  at: Date,
): Report {
  const proofs = proved.map(reportProof);
  const complete = proofs.every(({ done, target }) => done === target);
  const { form, seed, seconds, versions, notes } = run;
  return {
    at: at.toISOString(),
    form,
    seed,
    seconds: Math.round(seconds),
    complete,
    versions,
    machine: describeMachine(),
    notes,
    proofs,
  };
}

/** True where nothing is wrong, missing or unseen. */
export function isSound({ proofs }: Report): boolean {
  return proofs.every(({ verdict }) => verdict === 'held' || verdict === 'so far' || verdict === 'not begun');
}

/** `12,345`. */
export function whole(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 });
}

/** `1 round`, `2,000 rounds`. */
export function units(count: number, unit: string): string {
  return `${whole(count)} ${count === 1 ? unit : plural(unit)}`;
}

export function plural(unit: string): string {
  return /(?:s|sh|ch|x)$/.test(unit) ? `${unit}es` : `${unit}s`;
}

/** `3 h 12 min`, `42 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What a run used, in one line. */
export function sentenceOf({ versions, machine, seed }: Report): string {
  const commit = versions.commit === undefined ? '' : `, commit ${versions.commit.slice(0, 10)}${versions.modified ? ' with changes' : ''}`;
  return (
    `Holdfast ${versions.holdfast}${commit}, seed ${seed}; Node ${versions.node}, SQLite ${versions.sqlite}; ` +
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, ${machine.system}`
  );
}
