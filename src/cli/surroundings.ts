import type { Resolved } from '../server/configuration.ts';

/** What a command needs from outside, so that tests can give it. */
export type Surroundings = {
  /** One line on standard output: what was asked for. */
  readonly print: (line: string) => void;
  /** One line on standard error: what people should know besides. */
  readonly note: (line: string) => void;
  /** Flags of the command line over the environment and the file. */
  readonly readConfiguration: (flags: Readonly<Record<string, unknown>>, file?: string) => Resolved;
};

/** Flags that a command was given, by the names of the settings. */
export type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean; readonly config?: string };

/** The settings of a command. */
export function settingsOf(flags: Flags, surroundings: Surroundings): Resolved {
  const { json: _json, config, ...settings } = flags;
  return surroundings.readConfiguration(settings, config);
}
