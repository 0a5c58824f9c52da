/** What the command's exit code says. Documented in the command's help. */
export const EXIT = {
  ok: 0,
  /** It was tried and failed. */
  failed: 1,
  /** The command, a flag or a setting is wrong. */
  usage: 2,
  /** There is no such session, file or directory. */
  notFound: 3,
  /** Not now: the server cannot be reached, or the data directory is held by another server. */
  unavailable: 4,
  /** Stored data failed its check. */
  damaged: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a sentence for people and a code for programs. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
