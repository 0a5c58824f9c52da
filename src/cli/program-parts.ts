import { InvalidArgumentError, Option, type Command } from 'commander';
import { flagName, type SettingName } from '../server/configuration.ts';

/** A command with what all of them take. */
export function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--json', 'answer as JSON, for programs')
    .option('--config <file>', 'settings file (default: holdfast.config.json)')
    .exitOverride();
}

/** A flag for a setting, by the setting's own name. */
export function setting(name: SettingName, value: string | undefined, about: string): Option {
  return new Option(`${flagName(name)}${value === undefined ? '' : ` <${value}>`}`, about);
}

/** Flags that say where sessions are read: a running server, or the files. */
export function withPlace(reading: Command): Command {
  return reading
    .addOption(setting('dir', 'path', 'data directory to read (default: ./holdfast-data)'))
    .addOption(setting('url', 'url', 'running server to ask instead'))
    .addOption(setting('token', 'token', 'token for that server; rather use HOLDFAST_TOKEN'));
}

/** A number from 1, as an option has it. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}
