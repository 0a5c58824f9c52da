import { createRequire } from 'node:module';

/** One line of a log: fields that name things, and a sentence. */
type Log = (fields: object, message: string) => void;

/** Where log lines go; a pino logger is one. */
export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STDERR = 2;

/** JSON lines on standard error. */
export function createLogger(level: LogLevel): Logger {
  const shown = (of: LogLevel): boolean => LOG_LEVELS.indexOf(of) >= LOG_LEVELS.indexOf(level);
  let lines: Logger | undefined;
  const write = (of: keyof Logger): Log => (shown(of) ? (fields, message) => (lines ??= openLines(level))[of](fields, message) : ignore);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** Loaded with the first line: a server that only warns starts without it. */
function openLines(level: LogLevel): Logger {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: STDERR, sync: false }));
}

function ignore(): void {
  // Nothing is asked for.
}

export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The logger that an option asks for: one of the host's own, ours at a level, or none. */
export function loggerOf(option: Logger | { readonly level: LogLevel } | false | undefined): Logger {
  if (option === false) return silentLogger;
  if (option === undefined) return createLogger('info');
  return 'info' in option ? option : createLogger(option.level);
}
