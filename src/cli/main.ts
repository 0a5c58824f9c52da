#!/usr/bin/env node
import { supervise, wantsSupervisor } from './supervise-adapter.ts';
import { keepCompiledCode } from '../server/compile-cache-adapter.ts';

keepCompiledCode();
// Whoever reads only the first lines (`| head`) has what they wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const args = process.argv.slice(2);
// Whoever only waits for another process loads as little as that takes.
process.exitCode = wantsSupervisor(args) ? await supervise(args) : await runHere();

async function runHere(): Promise<number> {
  // Only what is imported from here on is kept.
  const [{ readConfiguration }, { runCommandLine }] = await Promise.all([
    import('../server/configuration-adapter.ts'),
    import('./run-command-line.ts'),
  ]);
  return runCommandLine(args, {
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    readConfiguration,
  });
}
