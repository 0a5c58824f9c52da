import { CommanderError } from 'commander';
import { ConfigurationError } from '../server/configuration.ts';
import { AuthOptionsError, ServerOptionsError, StoreError } from '../server/index.ts';
import { CliError, EXIT, type ExitCode } from './cli-error.ts';
import { idsAsOperands } from './ids-as-operands.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs one command line (without `node` and the script) and says how it went. A server that was started goes on. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const program = createProgram(surroundings);
  for (const each of [program, ...program.commands]) {
    each.configureOutput({ writeOut: (text) => surroundings.print(text.trimEnd()), writeErr: (text) => surroundings.note(text.trimEnd()) });
  }
  try {
    await program.parseAsync(idsAsOperands(args), { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    surroundings.note(error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof ConfigurationError || error instanceof AuthOptionsError || error instanceof ServerOptionsError) return EXIT.usage;
  if (error instanceof StoreError && (error.code === 'locked' || error.code === 'disk-full')) return EXIT.unavailable;
  return EXIT.failed;
}
