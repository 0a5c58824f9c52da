import type { Command } from 'commander';
import { command, setting, wholeNumber, withPlace } from './program-parts.ts';
import { recoverSession } from './recover-session.ts';
import { snapshotSession } from './snapshot-session.ts';
import type { Flags, Surroundings } from './surroundings.ts';
import { verifySessions } from './verify-sessions.ts';

/** What is done about sessions whose data cannot be trusted. */
export function addRecoveryCommands(program: Command, surroundings: Surroundings): void {
  addVerify(program, surroundings);
  addRecover(program, surroundings);
  addSnapshot(program, surroundings);
}

function addVerify(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'verify', 'Checks everything that is stored of a session, or of all; changes nothing.'))
    .argument('[session]', 'id of the session')
    .option('--all', 'every session')
    .addOption(setting('sessions', 'file', 'file that exports the definitions, whose invariants are checked too'))
    .action((session: string | undefined, { all, ...flags }: Flags & { all?: boolean }) =>
      verifySessions({ session, all: all === true }, flags, surroundings),
    );
}

function addRecover(program: Command, surroundings: Surroundings): void {
  withPlace(
    command(
      program,
      'recover',
      'Takes a session back to an event that can be trusted, sets aside what came after it, and serves it again.',
    ),
  )
    .argument('<session>', 'id of the session')
    .requiredOption('--to <seq>', 'the last event that stays; that of the head sets nothing aside', wholeNumber)
    .option('--dry-run', 'only say what would be done')
    .option('--reason <text>', 'why')
    .addOption(setting('sessions', 'file', 'file that exports the definitions'))
    .action((session: string, { to, dryRun, reason, ...flags }: Flags & { to: number; dryRun?: boolean; reason?: string }) =>
      recoverSession({ session, to, dryRun: dryRun === true, reason }, flags, surroundings),
    );
}

function addSnapshot(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'snapshot', 'Stores a snapshot of a session now, from which its next wake begins.'))
    .argument('<session>', 'id of the session')
    .addOption(setting('sessions', 'file', 'file that exports the definitions; needed in files'))
    .action((session: string, flags: Flags) => snapshotSession(session, flags, surroundings));
}
