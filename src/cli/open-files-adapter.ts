import { existsSync } from 'node:fs';
import { sqliteStore, type Store, type StoreInfo } from '../server/index.ts';
import { CliError, EXIT } from './cli-error.ts';

/** Reads a data directory without changing it, whether its server runs or not. */
export async function withFiles<T>(dir: string, use: (store: Store, info: StoreInfo) => Promise<T>): Promise<T> {
  needDirectory(dir);
  const store = sqliteStore({ dir, readOnly: true });
  const info = await store.open();
  try {
    return await use(store, info);
  } finally {
    await store.close();
  }
}

/** A directory that a command reads must be there. */
export function needDirectory(path: string): void {
  if (!existsSync(path)) throw new CliError(EXIT.notFound, `There is no directory ${path}.`);
}

/** A file that a command reads must be there. */
export function needFile(path: string): void {
  if (!existsSync(path)) throw new CliError(EXIT.notFound, `There is no file ${path}.`);
}
