import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Versions } from './environment.ts';
import { findProofs, type Found } from './find-proofs.ts';
import { readOptions, UsageError, type Options } from './options.ts';
import { Progress, type Screen } from './progress.ts';
import type { Proof } from './proof.ts';
import { reportPage } from './report-page.ts';
import { reportLines } from './report-lines.ts';
import { isSound, makeReport, type Report } from './report.ts';
import { clearPieces } from './run-piece.ts';
import { Runner, type Entry } from './runner.ts';
import { differenceOf, forgetRun, lastRun, saveRun, type SavedRun } from './saved-run.ts';
import { isExhausted, newTally, type Tally } from './tally.ts';

/** Exit code of a run that was interrupted. */
export const INTERRUPTED = 130;
/** Between two savings of what is known. */
const SAVE_EVERY_MS = 1_000;

export type Surroundings = {
  /** Takes the report. */
  readonly out: Pick<Screen, 'write'>;
  /** Takes the progress and what is wrong, at once. */
  readonly live: Screen;
  versions(): Versions;
  readonly interrupt: AbortSignal;
};

type Ready = Found & { readonly proof: Proof };

/** Does a run, or goes on with one. The exit code: 0 nothing wrong, 1 something, 130 interrupted. */
export async function prove(options: Options, surroundings: Surroundings): Promise<number> {
  const old = options.act === 'continue' ? continueRun(options, surroundings.versions()) : undefined;
  const found = await findProofs(old?.proofs ?? options.proofs, old?.tallies.map(({ name }) => name) ?? options.names);
  const ready = found.filter((each): each is Ready => 'proof' in each);
  const run = old ?? beginRun(options, ready, surroundings.versions());
  const missing = await missingNeeds(ready);
  for (const each of found)
    if ('broken' in each) surroundings.live.write(`MISSING ${each.name}: its file cannot be loaded\n${each.broken}\n`);
  for (const [name, line] of missing) surroundings.live.write(`MISSING ${name}: ${line}\n`);
  const entries = ready.map(({ proof, file }): Entry => ({
    proof,
    file,
    tally: run.tallies.find(({ name }) => name === proof.name) as Tally,
  }));
  await runEntries({ options, surroundings, run, entries: entries.filter(({ proof }) => !missing.has(proof.name)) });
  const report = reportRun(run, entries, missing, surroundings.versions());
  const isOver = entries.every(({ proof, tally }) => missing.has(proof.name) || isExhausted(tally));
  if (isOver) forgetRun(options.dir, run);
  surroundings.out.write(`\n${writeReport(options, report)}\n\n${reportLines(report).join('\n')}\n`);
  if (!isOver) surroundings.out.write(`\nNot all is done. Go on with: npm run prove -- --continue${dirOption(options)}\n`);
  if (surroundings.interrupt.aborted) return INTERRUPTED;
  return isSound(report) && ready.length === found.length ? 0 : 1;
}

function beginRun(options: Options, proofs: readonly Ready[], versions: Versions): SavedRun {
  const startedAt = new Date().toISOString();
  const { form, seed, from } = options;
  const tallies = proofs.map(({ proof }) => newTally(proof, from, options.units ?? proof[form]));
  const id = `${startedAt.replaceAll(/[:.]/g, '-')}-${process.pid}`;
  return { id, startedAt, versions, form, seed, proofs: options.proofs, elapsedMs: 0, tallies };
}

function continueRun({ dir }: Options, versions: Versions): SavedRun {
  const run = lastRun(dir);
  const difference = differenceOf(run.versions, versions);
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

type Running = {
  readonly options: Options;
  readonly surroundings: Surroundings;
  readonly run: SavedRun;
  readonly entries: readonly Entry[];
};

async function runEntries({ options, surroundings, run, entries }: Running): Promise<void> {
  const { live, interrupt } = surroundings;
  const [started, before] = [performance.now(), run.elapsedMs];
  let savedAt = 0;
  const save = (): void => {
    run.elapsedMs = before + performance.now() - started;
    savedAt = performance.now();
    saveRun(options.dir, run);
  };
  const progress = new Progress(live, () => runner.stages());
  const runner = new Runner(entries, {
    seed: run.seed,
    jobs: options.jobs,
    dir: resolve(options.dir),
    ...(options.minutes === undefined ? {} : { minutes: options.minutes }),
    repeat: (name, from, count) =>
      `npm run prove -- ${name} --seed ${run.seed} --from ${from} --units ${count}${proofsOption(run)}${dirOption(options)}`,
    say: (text) => progress.say(text),
    onPiece: () => {
      if (performance.now() - savedAt > SAVE_EVERY_MS) save();
    },
  });
  const stop = (): void => {
    progress.say('\nStopping; what is under way will be done again. (Once more ends it at once.)');
    runner.stop();
  };
  interrupt.addEventListener('abort', stop, { once: true });
  clearPieces(options.dir);
  save();
  progress.start();
  await runner.run();
  progress.stop();
  interrupt.removeEventListener('abort', stop);
  save();
}

function reportRun(run: SavedRun, entries: readonly Entry[], missing: ReadonlyMap<string, string>, now: Versions): Report {
  const { form, seed, versions, elapsedMs } = run;
  const notes = now.sources === versions.sources ? [] : ['The sources changed while it ran: what was found is about several versions.'];
  const proved = entries.map((entry) => ({ ...entry, missing: missing.get(entry.proof.name) }));
  return makeReport({ form, seed, versions, notes, seconds: elapsedMs / 1_000 }, proved, new Date());
}

const USUAL = readOptions([]);

function proofsOption({ proofs }: Pick<Options, 'proofs'>): string {
  return proofs === USUAL.proofs ? '' : ` --proofs ${proofs}`;
}

function dirOption({ dir }: Pick<Options, 'dir'>): string {
  return dir === USUAL.dir ? '' : ` --dir ${dir}`;
}

/** JSON and page, side by side. */
function writeReport({ dir, json }: Options, report: Report): string {
  const paths = [join(dir, 'report.json'), ...(json === undefined ? [] : [json])];
  for (const path of paths) {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(path.replace(/(\.json)?$/, '.html'), reportPage(report));
  }
  return `Report: ${paths.map((path) => path.replace(/(\.json)?$/, '.html')).join(', ')}`;
}
