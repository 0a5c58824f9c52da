/** `npm run prove`: see HELP in options.ts, and README.md. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describeVersions } from './environment.ts';
import { findProofs } from './find-proofs.ts';
import { HELP, readOptions, UsageError, type Options } from './options.ts';
import { INTERRUPTED, prove } from './prove.ts';
import { units } from './report.ts';

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

/** The first Ctrl-C keeps what is done, the second ends it at once. */
function listenForInterrupt(): AbortSignal {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(INTERRUPTED);
      interrupt.abort();
    });
  return interrupt.signal;
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'mutants') return runMutants(args.slice(1));
  const options = readOptions(args);
  if (options.act === 'list') return listProofs(options);
  if (options.act !== 'help')
    return prove(options, { out: process.stdout, live: process.stderr, versions: describeVersions, interrupt: listenForInterrupt() });
  console.log(HELP);
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  return error instanceof UsageError ? 2 : 1;
});
