import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DataDirectory } from './data-directory-adapter.ts';
import type { OpenDatabase } from './sqlite-database-adapter.ts';
import { StoreError } from './store.ts';
import { syncFile } from './sync-file-adapter.ts';
import type { BackupReport } from './store-transfer.ts';

const BUSY_TIMEOUT_MS = 10_000;

/**
 * Copies a database as it is at one moment, without free pages and all else that it has no use for. The copy gets its
 * name once it is whole and on the disk; what a crash leaves has another name, and the next attempt replaces it.
 */
export function copyDatabase(dir: string, path: string, openDatabase: OpenDatabase): BackupReport {
  if (existsSync(path)) throw new StoreError('unusable', `There is a file ${path} already; choose another name.`);
  const part = partOf(path);
  for (const rest of [part, `${part}-journal`]) rmSync(rest, { force: true });
  const db = openDatabase(new DataDirectory(dir).databasePath, { readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    db.prepare('VACUUM INTO ?').run(part);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    db.close();
  }
  syncFile(part);
  renameSync(part, path);
  syncFile(dirname(resolve(path)));
  return { path, bytes: statSync(path).size };
}

/** The name of a file until it is whole. */
export function partOf(path: string): string {
  return `${path}.part`;
}
