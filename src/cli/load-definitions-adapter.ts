import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { definitionsIn } from '../server/definitions-in.ts';
import type { ServerOptions } from '../server/index.ts';
import { CliError, EXIT } from './cli-error.ts';

/** Every definition that a file exports. TypeScript runs as it is: Node strips the types. */
export async function loadDefinitions(file: string): Promise<ServerOptions['sessions']> {
  const path = resolve(file);
  if (!existsSync(path)) throw new CliError(EXIT.notFound, `There is no file ${path}.`);
  const definitions = definitionsIn(await load(path));
  if (definitions.length > 0) return definitions;
  throw new CliError(
    EXIT.usage,
    `${file} exports no session definition: export what defineSession(...) gives, as in \`export const game = defineSession('game', {...})\`.`,
  );
}

async function load(path: string): Promise<object> {
  try {
    const loaded: unknown = await import(pathToFileURL(path).href);
    return typeof loaded === 'object' && loaded !== null ? loaded : {};
  } catch (error) {
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new CliError(EXIT.failed, `${path} could not be loaded:\n${cause}`, { cause: error });
  }
}
