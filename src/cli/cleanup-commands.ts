import type { Command } from 'commander';
import { listDeadLetters, retryWebhooks } from './manage-webhooks.ts';
import { command, setting, withPlace } from './program-parts.ts';
import type { Flags, Surroundings } from './surroundings.ts';
import { sweepSessions } from './sweep-sessions.ts';

/** What is done about sessions that are over. */
export function addCleanupCommands(program: Command, surroundings: Surroundings): void {
  addSweep(program, surroundings);
  addWebhooks(program, surroundings);
}

function addSweep(program: Command, surroundings: Surroundings): void {
  withPlace(
    command(program, 'sweep', 'Cleans up now what the policies say: at a running server (--url), or in the files of a stopped one.'),
  )
    .option('--dry-run', 'only say what would be done, and why')
    .addOption(setting('sessions', 'file', 'file that exports the definitions; needed for files'))
    .action(({ dryRun, ...flags }: Flags & { dryRun?: boolean }) => sweepSessions(dryRun === true, flags, surroundings));
}

function addWebhooks(program: Command, surroundings: Surroundings): void {
  const webhooks = program.command('webhooks').description('Deliveries to webhooks that were given up.').exitOverride();
  withPlace(command(webhooks, 'list', 'Lists them.')).action((flags: Flags) => listDeadLetters(flags, surroundings));
  withPlace(command(webhooks, 'retry', 'Puts one, those of a webhook, or all back in their places.'))
    .argument('[delivery]', 'id of the delivery')
    .option('--webhook <name>', 'name of the webhook, or its address')
    .option('--all', 'all of them')
    .action((id: string | undefined, { webhook, all, ...flags }: Flags & { webhook?: string; all?: true }) =>
      retryWebhooks({ id, webhook, all: all === true }, flags, surroundings),
    );
}
