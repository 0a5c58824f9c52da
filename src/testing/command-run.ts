import { runCommandLine } from '../cli/run-command-line.ts';
import { resolveConfiguration } from '../server/configuration.ts';

/** What a command line came to: its exit code, what it printed, and what it noted beside that. */
export type CommandRun = { readonly exitCode: number; readonly out: string; readonly notes: string };

/** Runs a command line as a person would, in this environment. */
export async function runCommand(args: string[], environment: Record<string, string> = {}): Promise<CommandRun> {
  const [printed, noted]: [string[], string[]] = [[], []];
  const exitCode = await runCommandLine(args, {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    readConfiguration: (flags) => resolveConfiguration({ flags, environment }),
  });
  return { exitCode, out: printed.join('\n'), notes: noted.join('\n') };
}
