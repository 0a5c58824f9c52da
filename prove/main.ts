/** `npm run prove`: see HELP in options.ts, and README.md. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeVersions, hashSources } from './environment.ts';
import { findProofs, type Found } from './find-proofs.ts';
import { HELP, readOptions, UsageError, type Options } from './options.ts';
import { Progress } from './progress.ts';
import type { Proof } from './proof.ts';
import { reportPage } from './report-page.ts';
import { duration, isSound, makeReport, sentenceOf, units, whole, type ProofReport, type Report } from './report.ts';
import { Runner, type Entry } from './runner.ts';
import { differenceOf, forgetRun, lastRun, saveRun, type SavedRun } from './saved-run.ts';
import { isExhausted, newTally } from './tally.ts';

const INTERRUPTED = 130;
/** Between two savings of what is known. */
const SAVE_EVERY_MS = 1_000;

type Ready = Found & { readonly proof: Proof };

function beginRun(options: Options, proofs: readonly Ready[]): SavedRun {
  const startedAt = new Date().toISOString();
  const { form, seed, from } = options;
  return {
    id: `${startedAt.replaceAll(/[:.]/g, '-')}-${process.pid}`,
    startedAt,
    versions: describeVersions(),
    form,
    seed,
    proofs: options.proofs,
    elapsedMs: 0,
    tallies: proofs.map(({ proof }) => newTally(proof, from, options.units ?? proof[form])),
  };
}

function continueRun({ dir }: Options): SavedRun {
  const run = lastRun(dir);
  const difference = differenceOf(run.versions, describeVersions());
  if (difference !== undefined)
    throw new UsageError(`The run of ${run.startedAt} cannot go on: ${difference}. Begin another, or go back to that version.`);
  return run;
}

/** What each proof lacks; nothing is left out silently. */
async function missingNeeds(proofs: readonly Ready[]): Promise<Map<string, string>> {
  const missing = new Map<string, string>();
  for (const { name, proof } of proofs) {
    const line = await proof.needs?.().catch((error: unknown) => `its needs cannot be checked: ${String(error)}`);
    if (line !== undefined) missing.set(name, line);
  }
  return missing;
}

async function prove(options: Options): Promise<number> {
  const isNew = options.act === 'run';
  const old = isNew ? undefined : continueRun(options);
  const found = await findProofs(old?.proofs ?? options.proofs, old?.tallies.map(({ name }) => name) ?? options.names);
  for (const each of found) if ('broken' in each) console.error(`MISSING ${each.name}: its file cannot be loaded\n${each.broken}`);
  const ready = found.filter((each): each is Ready => 'proof' in each);
  const run = old ?? beginRun(options, ready);
  const missing = await missingNeeds(ready);
  for (const [name, line] of missing) console.error(`MISSING ${name}: ${line}`);
  const entries = ready.map(({ proof, file }): Entry => ({
    proof,
    file,
    tally: run.tallies.find(({ name }) => name === proof.name) as Entry['tally'],
  }));
  const wasInterrupted = await runEntries(
    options,
    run,
    entries.filter(({ proof }) => !missing.has(proof.name)),
  );

  const notes =
    hashSources() === run.versions.sources ? [] : ['The sources changed while it ran: what was found is about several versions.'];
  const { form, seed, versions } = run;
  const proved = entries.map((entry) => ({ ...entry, missing: missing.get(entry.proof.name) }));
  const report = makeReport({ form, seed, versions, notes, seconds: run.elapsedMs / 1_000 }, proved, new Date());
  const isOver = entries.every(({ proof, tally }) => missing.has(proof.name) || isExhausted(tally));
  if (isOver) forgetRun(options.dir, run);
  writeReport(options, report);
  printReport(report);
  if (!isOver) console.log(`\nNot all is done. Go on with: ${continueCommand(options)}`);
  if (wasInterrupted) return INTERRUPTED;
  return isSound(report) && ready.length === found.length ? 0 : 1;
}

async function runEntries(options: Options, run: SavedRun, entries: readonly Entry[]): Promise<boolean> {
  const [started, before] = [performance.now(), run.elapsedMs];
  let [savedAt, wasInterrupted] = [0, false];
  const save = (): void => {
    run.elapsedMs = before + performance.now() - started;
    savedAt = performance.now();
    saveRun(options.dir, run);
  };
  const runner = new Runner(entries, {
    seed: run.seed,
    jobs: options.jobs,
    dir: resolve(options.dir),
    progress: () => progress,
    ...(options.minutes === undefined ? {} : { minutes: options.minutes }),
    repeat: (name, from, count) => repeatCommand(options, run, name, from, count),
    onPiece: () => {
      if (performance.now() - savedAt > SAVE_EVERY_MS) save();
    },
  });
  const progress = new Progress(process.stderr, () => runner.stages());
  const interrupt = (): void => {
    if (wasInterrupted) process.exit(INTERRUPTED);
    wasInterrupted = true;
    progress.say('\nStopping; what is under way will be done again. (Once more ends it at once.)');
    runner.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  save();
  progress.start();
  await runner.run();
  progress.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  save();
  return wasInterrupted;
}

const DEFAULTS = readOptions([]);

/** The options that are not as usual, so that a command does the same again. */
function placeOptions(options: Pick<Options, 'dir' | 'proofs'>): string {
  const proofs = options.proofs === DEFAULTS.proofs ? '' : ` --proofs ${options.proofs}`;
  return `${proofs}${options.dir === DEFAULTS.dir ? '' : ` --dir ${options.dir}`}`;
}

function repeatCommand({ dir }: Options, { proofs, seed }: SavedRun, name: string, from: number, count: number): string {
  return `npm run prove -- ${name} --seed ${seed} --from ${from} --units ${count}${placeOptions({ dir, proofs })}`;
}

function continueCommand({ dir }: Options): string {
  return `npm run prove -- --continue${placeOptions({ dir, proofs: DEFAULTS.proofs })}`;
}

function writeReport({ dir, json }: Options, report: Report): void {
  for (const path of [join(dir, 'report.json'), ...(json === undefined ? [] : [json])]) {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(path.replace(/(\.json)?$/, '.html'), reportPage(report));
  }
  console.log(`Report: ${join(dir, 'report.html')}${json === undefined ? '' : `, ${json}`}`);
}

const SIGN: Readonly<Record<ProofReport['verdict'], string>> = {
  'held': 'held',
  'so far': 'held so far',
  'wrong': 'WRONG',
  'unseen': 'NEVER OCCURRED',
  'missing': 'MISSING',
  'not begun': 'not begun',
};

function printReport(report: Report): void {
  console.log(`\n${sentenceOf(report)}\n`);
  const width = Math.max(0, ...report.proofs.map(({ name }) => name.length));
  for (const { name, unit, done, target, verdict, workSeconds, memoryMb, missing, unseen, wrong } of report.proofs) {
    const amount = done === target ? units(done, unit) : `${whole(done)} of ${units(target, unit)}`;
    const why = missing ?? (wrong.length > 0 ? `${wrong.length} wrong` : unseen.join(', '));
    const cost = done === 0 ? '' : `, ${duration(workSeconds)} of work, ${memoryMb} MB at most`;
    console.log(`${name.padEnd(width)}  ${SIGN[verdict]}${why === '' ? '' : ` (${why})`}: ${amount}${cost}`);
  }
  for (const note of report.notes) console.log(`NOTE ${note}`);
  for (const { name, unit, wrong } of report.proofs)
    for (const each of wrong) console.log(`WRONG ${name}, ${unit} ${each.unit}: ${each.what.split('\n', 1)[0]}\n  again: ${each.repeat}`);
  console.log(`In ${duration(report.seconds)}.`);
}

async function listProofs(options: Options): Promise<number> {
  for (const found of await findProofs(options.proofs, options.names)) {
    if ('broken' in found) {
      console.log(`${found.name}: cannot be loaded: ${found.broken.split('\n', 1)[0]}`);
      continue;
    }
    const { name, title, claim, unit, short, long, alone } = found.proof;
    console.log(`${name}: ${title}${alone === true ? ' (alone)' : ''}\n  ${claim}\n  ${units(short, unit)}; long: ${units(long, unit)}`);
  }
  return 0;
}

/** The planted bugs have a program of their own. */
function runMutants(args: readonly string[]): Promise<number> {
  const main = fileURLToPath(new URL('mutants/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=holdfast-source', main, ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both: the other decides what it means.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'mutants') return runMutants(args.slice(1));
  const options = readOptions(args);
  if (options.act === 'help') {
    console.log(HELP);
    return 0;
  }
  return options.act === 'list' ? listProofs(options) : prove(options);
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  return error instanceof UsageError ? 2 : 1;
});
