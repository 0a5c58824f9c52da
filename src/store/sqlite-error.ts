import { StoreError } from './store.ts';

/**
 * What an error of SQLite means for what was being done.
 * - `full`: no room; the transaction did not reach its commit record and was rolled back cleanly.
 * - `busy`: another process holds the file; nothing was written.
 * - `sync`: reading, writing or syncing failed; what is on the disk is unknown.
 * - `damage`: what was read is not what SQLite wrote.
 * - `other`: none of these; the statement alone failed.
 */
export type SqliteFault = 'full' | 'busy' | 'sync' | 'damage' | 'other';

const FAULT_OF_CODE: Readonly<Record<number, SqliteFault>> = {
  5: 'busy',
  6: 'busy',
  10: 'sync',
  11: 'damage',
  13: 'full',
  14: 'sync',
  26: 'damage',
};

/** Of the operating system, where a file is written without SQLite. */
const FAULT_OF_NAME: Readonly<Record<string, SqliteFault>> = { ENOSPC: 'full', EDQUOT: 'full', EIO: 'sync' };

/** The file is in use by another process for longer than was waited. */
export class BusyError extends Error {
  readonly errcode = 5;
  override readonly name = 'BusyError';
}

/** Another process has opened the files for writing since: this one does not own them any more. Nothing was written. */
export class TakenOverError extends Error {
  override readonly name = 'TakenOverError';
}

/** Sorts an error thrown by node:sqlite, or by the operating system. */
export function faultOf(error: unknown): SqliteFault {
  const code = resultCode(error);
  if (code === undefined && error instanceof Error && 'code' in error) return FAULT_OF_NAME[String(error.code)] ?? 'other';
  return code === undefined ? 'other' : (FAULT_OF_CODE[code & 0xff] ?? 'other');
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same failure for a caller that waits for an answer instead of a result. */
export function storeErrorOf(error: unknown, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  const options = { cause: error };
  if (faultOf(error) === 'full')
    return new StoreError('disk-full', `The disk was full while ${doing}; free some space and try again.`, options);
  return new StoreError('failed', `The database failed while ${doing}: ${messageOf(error)}.`, options);
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
