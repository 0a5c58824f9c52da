import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

const BLOCK_BYTES = 1024 * 1024;

/**
 * Writes the write-ahead log of a database again as it is read, and waits until it is on the disk. After a failed sync, in
 * this process or in one that is gone, what is read may be in the page cache alone: the kernel has dropped the pages' dirty
 * marks, so that another sync writes nothing and reports no fault. SQLite would then move commits into the database file that
 * the log on the disk does not hold, and a power loss meanwhile would leave a mixture that nothing repairs.
 *
 * Only while nobody else can write it. Does nothing where there is no log.
 */
export function renewLog(databasePath: string): void {
  const file = openLog(`${databasePath}-wal`);
  if (file === undefined) return;
  const block = Buffer.alloc(BLOCK_BYTES);
  try {
    for (let at = 0; ;) {
      const length = readSync(file, block, 0, BLOCK_BYTES, at);
      if (length === 0) break;
      for (let written = 0; written < length;) written += writeSync(file, block, written, length - written, at + written);
      at += length;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function openLog(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
