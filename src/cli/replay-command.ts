import type { Command } from 'commander';
import { command, setting, wholeNumber } from './program-parts.ts';
import { replaySessions } from './replay-sessions.ts';
import type { Flags, Surroundings } from './surroundings.ts';

/** What is asked before new code is let to stored sessions. */
export function addReplay(program: Command, surroundings: Surroundings): void {
  command(program, 'replay', 'Runs stored logs again with other code, in memory, and shows the first event in which it does otherwise.')
    .argument('[session]', 'id of the session')
    .option('--all', 'every session')
    .requiredOption('--against <file>', 'file that exports the definitions to run')
    .option('--from <seq>', 'compare from this event on', wholeNumber)
    .addOption(setting('dir', 'path', 'data directory to read (default: ./holdfast-data)'))
    .action((session: string | undefined, { all, against, from, ...flags }: Flags & { all?: boolean; against: string; from?: number }) =>
      replaySessions({ session, all: all === true, against, from }, flags, surroundings),
    );
}
