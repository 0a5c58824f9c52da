import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What is asked for on the command line. */
export type Options = {
  readonly act: 'run' | 'continue' | 'list' | 'help';
  /** Proofs by name; none: all. */
  readonly names: readonly string[];
  readonly form: 'short' | 'long';
  readonly seed: number;
  /** The first unit. */
  readonly from: number;
  /** In place of the target of each proof. */
  readonly units?: number;
  /** For the whole run. */
  readonly minutes?: number;
  /** Pieces at a time. */
  readonly jobs: number;
  /** Where the report goes besides `dir`. */
  readonly json?: string;
  /** Where runs are kept, and pieces have their files. */
  readonly dir: string;
  /** Where the proofs are. */
  readonly proofs: string;
};

export const HELP = `npm run prove [-- <proof>... <options>]

Puts every promise to the test and reports what was found. Without names all proofs run, in their short form (some minutes).

  --long            the published form: hours
  --seed <n>        another seed (default 1); unit and seed together determine what happens
  --from <n>        the first unit (default 0)
  --units <n>       so many units of each proof, in place of its target
  --minutes <n>     ends the run after that time; each proof gets its share
  --continue        goes on with the run that was interrupted last, or ended by --minutes
  --jobs <n>        pieces at a time (default: one per core); proofs that load the machine run alone
  --json <file>     also writes the report there, and the page beside it (.html)
  --dir <folder>    where runs, reports and the pieces' files are kept (default holdfast-data/prove)
  --proofs <folder> other proofs than those of prove/proofs
  --list            the proofs, what each would disprove, and its targets
  --help            this

  npm run prove -- mutants   plants bugs one at a time and says which test caught which; by hand, takes hours

Ctrl-C ends a run and keeps what is done. Exit code: 0 nothing wrong; 1 something is wrong, is missing, or never occurred although it
must; 2 wrong usage; 130 interrupted. prove/README.md says how to add a proof.`;

/** Wrong usage: the message is for whoever typed it. */
export class UsageError extends Error {}

const KEPT = ['seed', 'from', 'units', 'proofs'] as const;

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const whole = (name: 'seed' | 'from' | 'units' | 'jobs', least: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new UsageError(`--${name} is a whole number from ${least} on, not ${text}.`);
    return value;
  };
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0)) throw new UsageError(`--minutes is a number above 0, not ${values.minutes}.`);
  if (values.continue && (positionals.length > 0 || values.long || KEPT.some((name) => values[name] !== undefined)))
    throw new UsageError(
      '--continue goes on with the same proofs, form, seed and units as before: it takes --minutes, --jobs, --json and --dir only.',
    );
  const units = whole('units', 1);
  return {
    act: values.help ? 'help' : values.list ? 'list' : values.continue ? 'continue' : 'run',
    names: positionals,
    form: values.long ? 'long' : 'short',
    seed: whole('seed', 0) ?? 1,
    from: whole('from', 0) ?? 0,
    ...(units === undefined ? {} : { units }),
    ...(minutes === undefined ? {} : { minutes }),
    jobs: whole('jobs', 1) ?? availableParallelism(),
    ...(values.json === undefined ? {} : { json: values.json }),
    dir: values.dir ?? join('holdfast-data', 'prove'),
    proofs: values.proofs ?? fileURLToPath(new URL('proofs', import.meta.url)),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        long: { type: 'boolean', default: false },
        seed: { type: 'string' },
        from: { type: 'string' },
        units: { type: 'string' },
        minutes: { type: 'string' },
        continue: { type: 'boolean', default: false },
        jobs: { type: 'string' },
        json: { type: 'string' },
        dir: { type: 'string' },
        proofs: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}
