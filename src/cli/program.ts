import { Command, Option } from 'commander';
import { STATUSES } from '../server/session-json.ts';
import { VERSION } from '../server/version-adapter.ts';
import { addBackupCommands } from './backup-commands.ts';
import { addCleanupCommands } from './cleanup-commands.ts';
import { playDemo } from './demo.ts';
import { listEvents } from './list-events.ts';
import { listSessions } from './list-sessions.ts';
import { countSessions } from './count-sessions.ts';
import { makeToken, type TokenRequest } from './make-token.ts';
import { addOperatorCommands } from './operator-commands.ts';
import { addRecoveryCommands } from './recovery-commands.ts';
import { command, setting, wholeNumber, withPlace } from './program-parts.ts';
import { addReplay } from './replay-command.ts';
import { serve } from './serve.ts';
import { showConfig } from './show-config.ts';
import { showSession } from './show-session.ts';
import type { Flags, Surroundings } from './surroundings.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  it failed
  2  the command, a flag or a setting is wrong
  3  there is no such session, file or directory
  4  not now: the server does not answer, or the data directory is in use
  5  stored data failed its check

Every setting can stand in a flag, in the environment (HOLDFAST_PORT) or in holdfast.config.json: see \`holdfast config\`.`;

/** The whole command line. Parsing rejects with commander's own error on wrong usage. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('holdfast')
    .description('A durable live-session server: what it has acknowledged is in the log, whatever happens.')
    .version(VERSION)
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(add --help for what is possible)')
    .exitOverride();
  for (const add of [
    addServe,
    addToken,
    addSessions,
    addShow,
    addEvents,
    addOperatorCommands,
    addRecoveryCommands,
    addCleanupCommands,
    addBackupCommands,
    addReplay,
    addDemo,
    addConfig,
  ])
    add(program, surroundings);
  return program;
}

function addServe(program: Command, surroundings: Surroundings): void {
  command(program, 'serve', 'Serves the session definitions that a file exports.')
    .argument('[file]', 'module that exports definitions (.ts or .js)')
    .addOption(setting('dir', 'path', 'data directory (default: ./holdfast-data)'))
    .addOption(setting('port', 'number', 'port; 0 chooses a free one (default: 4700)'))
    .addOption(setting('host', 'address', 'address to listen on (default: 127.0.0.1)'))
    .addOption(setting('dev', undefined, 'development: anyone signs in under any name, from this machine only'))
    .addOption(setting('devAnyHost', undefined, 'development where other machines can connect'))
    .addOption(setting('static', 'path', 'directory of a built web page to serve'))
    .addOption(setting('durability', 'level', 'what an ack promises: full, normal or memory (default: full)'))
    .addOption(setting('prefix', 'path', 'path below which all routes live'))
    .addOption(setting('origins', 'list', 'origins of pages on other hosts that may connect, separated by commas'))
    .addOption(setting('trustedProxies', 'list', 'proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas'))
    .addOption(
      setting('hangMs', 'ms', 'a command that runs for longer never returns: its session is quarantined (default: 5000; 0: never)'),
    )
    .option('--no-supervise', 'do not start it again when it dies')
    .addOption(new Option('--supervised').hideHelp())
    .addOption(setting('logLevel', 'level', 'least important log lines shown (default: info)'))
    .addOption(setting('secret', 'text', 'secret that signs tokens; rather use HOLDFAST_SECRET').hideHelp())
    .addOption(setting('jwksUrl', 'url', 'address of the issuer’s public keys'))
    .addOption(setting('operatorJwksUrl', 'url', 'address of the keys of the operators’ issuer'))
    .addOption(setting('webhookUrl', 'url', 'who is told of what happens to sessions'))
    .addOption(setting('webhookSecret', 'text', 'secret that signs what is sent there; rather use HOLDFAST_WEBHOOK_SECRET').hideHelp())
    .addOption(setting('operatorIssuer', 'text', '`iss` that operators’ tokens must carry'))
    .addOption(setting('operatorSecret', 'text', 'secret that signs operators’ tokens; rather use HOLDFAST_OPERATOR_SECRET').hideHelp())
    .addOption(setting('issuer', 'text', '`iss` that tokens must carry'))
    .addOption(setting('audience', 'text', '`aud` that tokens must carry (default: holdfast)'))
    .action(
      async (
        file: string | undefined,
        { supervised, supervise: _supervise, ...flags }: Flags & { supervised?: boolean; supervise?: boolean },
      ) => void (await serve(file, flags, surroundings, { supervised })),
    );
}

function addToken(program: Command, surroundings: Surroundings): void {
  command(program, 'token', 'Makes a token, signed with the configured secret.')
    .requiredOption('--sub <id>', 'participant id')
    .option('--name <name>', 'display name')
    .option('--role <role>', 'role wished for at a first join')
    .option('--operator', 'for an operator, signed with their own secret')
    .option(
      '--scope <list>',
      'what the operator may do: read, evict, dump, end, recover, erase, backup; separated by commas (default: read)',
    )
    .option('--ttl <time>', 'valid for: 90s, 30m, 12h, 7d', '1h')
    .addOption(setting('secret', 'text', 'secret that signs tokens; rather use HOLDFAST_SECRET').hideHelp())
    .addOption(setting('issuer', 'text', '`iss` of the token'))
    .addOption(setting('audience', 'text', '`aud` of the token (default: holdfast)'))
    .addOption(setting('operatorSecret', 'text', 'secret that signs operators’ tokens; rather use HOLDFAST_OPERATOR_SECRET').hideHelp())
    .action(({ sub, name, role, ttl, operator, scope, ...flags }: Flags & TokenRequest) =>
      makeToken({ sub, name, role, ttl, operator, scope }, flags, surroundings),
    );
}

function addSessions(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'sessions', 'Lists sessions, newest first: of a running server (--url), or from the files.'))
    .option('--type <name>', 'only of this type')
    .addOption(new Option('--status <status>', 'only with this status').choices(STATUSES))
    .option('--limit <count>', 'at most this many', wholeNumber, 100)
    .option('--counts', 'only how many there are: created, live, archived, deleted')
    .action(({ type, status, limit, counts, ...flags }: Flags & { type?: string; status?: string; limit: number; counts?: true }) =>
      counts === true ? countSessions(flags, surroundings) : listSessions({ type, status, limit }, flags, surroundings),
    );
}

function addShow(program: Command, surroundings: Surroundings): void {
  withPlace(command(program, 'show', 'Shows one session: of a running server (--url), or rebuilt from the files.'))
    .argument('<session>', 'id of the session')
    .action((id: string, flags: Flags) => showSession(id, flags, surroundings));
}

function addEvents(program: Command, surroundings: Surroundings): void {
  command(program, 'events', 'Lists the events of a session from the files, checking each against the chain.')
    .argument('<session>', 'id of the session')
    .addOption(setting('dir', 'path', 'data directory to read (default: ./holdfast-data)'))
    .option('--from <seq>', 'first event', wholeNumber, 1)
    .option('--limit <count>', 'at most this many', wholeNumber, 1_000)
    .action((session: string, { from, limit, ...flags }: Flags & { from: number; limit: number }) =>
      listEvents({ session, from, limit }, flags, surroundings),
    );
}

function addDemo(program: Command, surroundings: Surroundings): void {
  command(
    program,
    'demo',
    'Plays the whole life of a session against a real server, which it starts, kills and clears away, and checks each step.',
  ).action((flags: Flags) => playDemo(flags, surroundings));
}

function addConfig(program: Command, surroundings: Surroundings): void {
  command(program, 'config', 'Shows every setting, its value and where it was found. Secrets are hidden.').action((flags: Flags) =>
    showConfig(flags, surroundings),
  );
}
