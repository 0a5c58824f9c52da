#!/usr/bin/env node
import { keepCompiledCode } from '../server/compile-cache-adapter.ts';

keepCompiledCode();
// Only what is imported from here on is kept.
const [{ readConfiguration }, { runCommandLine }] = await Promise.all([
  import('../server/configuration-adapter.ts'),
  import('./run-command-line.ts'),
]);

process.exitCode = await runCommandLine(process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  readConfiguration,
});
