import type { Command } from 'commander';
import { backUp, exportOne, importOne, restoreBackup } from './backup.ts';
import { command, setting, withPlace } from './program-parts.ts';
import type { Flags, Surroundings } from './surroundings.ts';

/** How what is stored is copied, and brought back. */
export function addBackupCommands(program: Command, surroundings: Surroundings): void {
  addBackup(program, surroundings);
  addRestore(program, surroundings);
  addExport(program, surroundings);
  addImport(program, surroundings);
}

function addBackup(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'backup', 'Writes all that is stored into one new file, as it is at one moment, while a server goes on.'))
    .argument('<file>', 'the new file; with --url a name in the server’s directory of backups')
    .action((file: string, flags: Flags) => backUp(file, flags, surroundings));
}

function addRestore(program: Command, surroundings: Surroundings): void {
  command(program, 'restore', 'Makes a data directory of a backup, once everything in it was verified.')
    .argument('<file>', 'a file that `holdfast backup` wrote')
    .addOption(setting('dir', 'path', 'data directory to make; it must not have a database (default: ./holdfast-data)'))
    .option('--accept-damage', 'restore it although some logs are damaged')
    .action((file: string, { acceptDamage, ...flags }: Flags & { acceptDamage?: boolean }) =>
      restoreBackup(file, acceptDamage === true, flags, surroundings),
    );
}

function addExport(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'export', 'Writes one session into a new file, for another server.'))
    .argument('<session>', 'id of the session')
    .argument('<file>', 'the new file; with --url a name in the server’s directory of backups')
    .action((session: string, file: string, flags: Flags) => exportOne(session, file, flags, surroundings));
}

function addImport(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'import', 'Takes the session of a file in: at a running server (--url), or into the files of a stopped one.'))
    .argument('<file>', 'a file that `holdfast export` wrote; with --url a name in the server’s directory of backups')
    .option('--as <id>', 'under another id than its own')
    .action((file: string, { as, ...flags }: Flags & { as?: string }) => importOne(file, as, flags, surroundings));
}
