import type { Command } from 'commander';
import { command, setting, withPlace } from './program-parts.ts';
import type { Flags, Surroundings } from './surroundings.ts';
import { sweepSessions } from './sweep-sessions.ts';

/** What is done about sessions that are over. */
export function addCleanupCommands(program: Command, surroundings: Surroundings): void {
  withPlace(
    command(program, 'sweep', 'Cleans up now what the policies say: at a running server (--url), or in the files of a stopped one.'),
  )
    .option('--dry-run', 'only say what would be done, and why')
    .addOption(setting('sessions', 'file', 'file that exports the definitions; needed for files'))
    .action(({ dryRun, ...flags }: Flags & { dryRun?: boolean }) => sweepSessions(dryRun === true, flags, surroundings));
}
