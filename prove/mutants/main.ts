/** `npm run prove -- mutants`: does the suite see? Plants one bug at a time in a copy and runs the tests that ought to notice. */
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { takeBaseline, type BaselineFile } from './baseline.ts';
import { firstThatCompile } from './compile.ts';
import { findMutants } from './find-mutants.ts';
import { judge, type Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { listPlanted, placesOf, type Planted } from './planted.ts';
import { noticedIn, readResults, readSurvivors, writeResults, type Results } from './results.ts';
import { samplePlaces } from './sample.ts';
import { testsFor } from './test-order.ts';
import { changedSince, currentCommit, TreeCopy } from './tree-copy.ts';

const HELP = `npm run prove -- mutants [planted] [automatic]
  planted     bugs that somebody could make (prove/planted)
  automatic   small changes made by rules, in src/session, store, connection and state
  --count 200     automatic mutants
  --seed 1        chooses them
  --only <text>   those whose name, id or file contains it
  --jobs 1        so many at a time, each in a copy of its own
  --again         also what is known already
  --deep          tests that are far away, the simulation and the long suites, too: for what the others missed
  --baseline <commit>   how long tests take and what they run, as it was at that commit
What is known is kept in prove/results/mutants.json; an interrupted run goes on where it stood. What is committed is looked at.`;

const SOURCES = 'src/{session,store,connection,state}/**/*.ts';

type Run = {
  readonly results: Results;
  readonly copies: readonly TreeCopy[];
  /** The first of them. */
  readonly copy: TreeCopy;
  readonly baseline: readonly BaselineFile[];
  readonly deep: boolean;
  readonly again: boolean;
  /** Files that are not as they were when the baseline was taken. */
  readonly changed: ReadonlySet<string>;
  wanted(...names: string[]): boolean;
};

/** Runs what is asked for; 0 where everything planted was caught and every survivor has its reason. */
export async function runMutants(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      again: { type: 'boolean', default: false },
      deep: { type: 'boolean', default: false },
      baseline: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const commit = currentCommit();
  const results = readResults(Number(values.seed));
  results.commit = commit;
  const copy = new TreeCopy(commit);
  const copies = [copy, ...Array.from({ length: Number(values.jobs) - 1 }, () => new TreeCopy(commit))];
  process.once('exit', () => copies.forEach((each) => each.remove()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const baseline = await takeBaseline(copy, values.baseline ?? commit, (line) => console.log(`as it is: ${line}`));
  const wanted = (...names: string[]): boolean => names.some((name) => name.includes(values.only));
  const changed = changedSince(values.baseline ?? commit, commit);
  const run: Run = { results, copies, copy, baseline, changed, wanted, deep: values.deep, again: values.again };
  const all = positionals.length === 0;
  if (all || positionals.includes('planted')) await runPlanted(run);
  if (all || positionals.includes('automatic')) await runAutomatic(run, Number(values.count), Number(values.seed));
  return summarize(readResults(results.seed));
}

async function runPlanted(run: Run): Promise<void> {
  const { results } = run;
  const planted = listPlanted();
  for (const name of Object.keys(results.planted)) if (!planted.some((each) => each.name === name)) delete results.planted[name];
  const left = planted.filter(({ name }) => run.wanted(name) && (run.again || results.planted[name]?.verdict.outcome !== 'caught'));
  await inCopies(run, left, async (each, copy, index) => {
    const verdict = await judgePlanted(run, copy, each);
    const files = [...each.patch.matchAll(/^--- a\/(.+)$/gm)].map(([, file]) => String(file));
    results.planted[each.name] = { words: each.words, promise: each.promise, files, verdict };
    writeResults(results, 'planted');
    console.log(`planted ${index + 1}/${left.length} ${each.name}: ${said(verdict)}`);
  });
}

/** Does the work of each item, in order, in whichever copy is free. */
async function inCopies<T>(
  { copies }: Run,
  items: readonly T[],
  work: (item: T, copy: TreeCopy, index: number) => Promise<void>,
): Promise<void> {
  const waiting = items.entries();
  await Promise.all(
    copies.map(async (copy) => {
      for (const [index, item] of waiting) await work(item, copy, index);
    }),
  );
}

function judgePlanted({ results, baseline, changed, deep }: Run, copy: TreeCopy, { patch }: Planted): Promise<Verdict> {
  const places = placesOf(patch, (file) => copy.read(file));
  const tests = testsFor(places, { baseline, changed, deep, noticed: noticedIn(results) });
  return copy.withPatch(patch, () => judge(copy.directory, tests));
}

async function runAutomatic(run: Run, count: number, seed: number): Promise<void> {
  const { results, baseline, changed, deep } = run;
  const chosen = await choose(run, count, seed);
  const left = chosen.filter(({ id, file }) => run.wanted(id, file) && (run.again || isOpen(results.automatic[id], run.deep)));
  await inCopies(run, left, async (mutant, copy, index) => {
    const { start, end, ...about } = mutant;
    const tests = testsFor([{ file: mutant.file, from: start, to: end }], { baseline, changed, deep, noticed: noticedIn(results) });
    const verdict = await copy.withMutant(mutant, () => judge(copy.directory, tests));
    results.automatic[mutant.id] = { ...about, deep, verdict };
    writeResults(results, 'automatic');
    console.log(`mutant ${index + 1}/${left.length} ${mutant.file}:${mutant.line} ${mutant.change}: ${said(verdict)}`);
  });
}

/** Those judged before whose code is still there, and as many more as are missing. What is gone from the code is forgotten. */
async function choose({ results, copy }: Run, count: number, seed: number): Promise<readonly Mutant[]> {
  const files = globSync(SOURCES, { cwd: copy.directory })
    .toSorted()
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => ({ file, text: copy.read(file) }))
    .map(({ file, text }) => ({ file, length: text.length, mutants: findMutants(file, text) }));
  const all = new Map(files.flatMap(({ mutants }) => mutants.map((mutant) => [mutant.id, mutant])));
  for (const id of Object.keys(results.automatic)) if (!all.has(id)) delete results.automatic[id];
  results.chosen = results.chosen.filter((id) => all.has(id));
  const missing = count - results.chosen.length;
  if (missing > 0) {
    const isChosen = new Set(results.chosen);
    // A few more than are wanted: of some nothing compiles.
    const places = samplePlaces(files, count + 15, seed).filter((candidates) => !candidates.some(({ id }) => isChosen.has(id)));
    const more = await firstThatCompile(copy, places, missing, (line) => console.log(line));
    results.chosen = [...results.chosen, ...more.map(({ id }) => id)];
    writeResults(results, 'automatic');
  }
  return results.chosen.slice(0, count).map((id) => all.get(id) as Mutant);
}

/** Not judged yet, or only by the tests that are near. */
function isOpen(known: Results['automatic'][string] | undefined, deep: boolean): boolean {
  return known === undefined || (deep && known.verdict.outcome === 'missed' && !known.deep);
}

function said(verdict: Verdict): string {
  const { seconds } = verdict;
  return verdict.outcome === 'caught'
    ? `caught in ${seconds} s by ${verdict.file}: ${verdict.test}`
    : `MISSED by ${verdict.files} files in ${seconds} s`;
}

function summarize({ planted, automatic }: Results): number {
  const bugs = Object.entries(planted);
  const missed = bugs.filter(([, { verdict }]) => verdict.outcome === 'missed');
  console.log(`\nPlanted bugs: ${bugs.length - missed.length} of ${bugs.length} caught.`);
  for (const [name, { words }] of missed) console.log(`  missed: ${name}: ${words}`);
  const mutants = Object.values(automatic);
  const survived = mutants.filter(({ verdict }) => verdict.outcome === 'missed');
  const reasons = readSurvivors();
  console.log(`Automatic mutants: ${mutants.length - survived.length} of ${mutants.length} killed, ${survived.length} survived.`);
  for (const { id, file, line, change, before } of survived)
    console.log(`  ${id} ${file}:${line} ${change} \`${oneLine(before)}\`: ${reasons[id]?.reason ?? 'NO REASON GIVEN'}`);
  return missed.length === 0 && survived.every(({ id }) => reasons[id] !== undefined) ? 0 : 1;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 80);
}

if (import.meta.main) process.exitCode = await runMutants(process.argv.slice(2));
