import { InvalidArgumentError, type Command } from 'commander';
import { dumpSession } from './dump-session.ts';
import { endSession } from './end-session.ts';
import { evict, listConnections } from './list-connections.ts';
import { showAudit, type AuditRequest } from './show-audit.ts';
import { command, setting, wholeNumber, withPlace } from './program-parts.ts';
import type { Flags, Surroundings } from './surroundings.ts';
import { timeOf } from './time-adapter.ts';

/** What those who run a server do to its connections and sessions. Each of these acts is recorded. */
export function addOperatorCommands(program: Command, surroundings: Surroundings): void {
  addConnections(program, surroundings);
  addEvict(program, surroundings);
  addDump(program, surroundings);
  addEnd(program, surroundings);
  addAudit(program, surroundings);
}

function addConnections(program: Command, surroundings: Surroundings): void {
  withServer(command(program, 'connections', 'Lists the connections of a running server.'))
    .option('--session <id>', 'only of this session')
    .option('--participant <id>', 'only of this participant')
    .action(({ session, participant, ...flags }: Flags & { session?: string; participant?: string }) =>
      listConnections({ session, participant }, flags, surroundings),
    );
}

function addEvict(program: Command, surroundings: Surroundings): void {
  withServer(command(program, 'evict', 'Ends one connection of a running server for good.'))
    .argument('<connection>', 'id of the connection')
    .option('--reason <text>', 'a sentence for its client')
    .action((connection: string, { reason, ...flags }: Flags & { reason?: string }) => evict(connection, reason, flags, surroundings));
}

function addDump(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'dump', 'Prints the content of a session, rebuilt from its log: all of it, or as a participant sees it.'))
    .argument('<session>', 'id of the session')
    .option('--at <seq>', 'as it was after this event', wholeNumber)
    .option('--as <participant>', 'what this participant sees; from files it takes --sessions')
    .addOption(setting('sessions', 'file', 'file that exports the definitions'))
    .action((session: string, { at, as, ...flags }: Flags & { at?: number; as?: string }) =>
      dumpSession({ session, at, as }, flags, surroundings),
    );
}

function addEnd(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'end', 'Ends a session for good: at a running server (--url), or in the files of a stopped one.'))
    .argument('<session>', 'id of the session')
    .option('--reason <text>', 'why')
    .addOption(setting('sessions', 'file', 'file that exports the definitions; needed in files'))
    .action((session: string, { reason, ...flags }: Flags & { reason?: string }) => endSession(session, reason, flags, surroundings));
}

function addAudit(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'audit', 'Who did what to whom and when, newest first: of a running server (--url), or from the files.'))
    .option('--session <id>', 'only in this session or campaign')
    .option('--who <id>', 'only what this person did')
    .option('--subject <id>', 'only what was done to this person')
    .option('--from <time>', 'from then on, as in 2026-01-31 or 2026-01-31T20:00Z', moment)
    .option('--to <time>', 'before then', moment)
    .option('--limit <count>', 'at most this many', wholeNumber, 100)
    .action(({ session, who, subject, from, to, limit, ...flags }: Flags & AuditRequest) =>
      showAudit({ session, who, subject, from, to, limit }, flags, surroundings),
    );
}

/** A time as an option has it, in wall-clock milliseconds. */
function moment(text: string): number {
  const at = timeOf(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('Expected a date or time as in 2026-01-31 or 2026-01-31T20:00Z.');
  return at;
}

function withServer(asking: Command): Command {
  return asking
    .addOption(setting('url', 'url', 'running server'))
    .addOption(setting('token', 'token', 'operator’s token for it; rather use HOLDFAST_TOKEN'));
}
