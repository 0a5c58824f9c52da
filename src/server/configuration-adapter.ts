import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError, resolveConfiguration, type Found, type Resolved } from './configuration.ts';

const DEFAULT_FILE = 'holdfast.config.json';

/** The effective settings of this process: the one place that reads the environment. Throws `ConfigurationError`. */
export function readConfiguration(flags: Readonly<Record<string, unknown>>, configFile?: string): Resolved {
  const asked = configFile ?? process.env['HOLDFAST_CONFIG'];
  return resolveConfiguration({ flags, environment: process.env, file: readFile(asked ?? DEFAULT_FILE, asked !== undefined) });
}

function readFile(path: string, required: boolean): Found['file'] {
  let text: string;
  try {
    text = readFileSync(resolve(path), 'utf8');
  } catch (error) {
    if (!required && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigurationError([`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  try {
    return { path, content: JSON.parse(text) };
  } catch {
    throw new ConfigurationError([`${path}: is not JSON`]);
  }
}
