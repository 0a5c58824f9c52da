import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** Short enough for little to gather: some megabytes at the speed of a disk. */
const PAUSE_MS = 5;

/**
 * Has a file that grows written to the disk as it grows, until `isDone`. Otherwise what has gathered leaves at once, and
 * whoever syncs another file of the same disk meanwhile waits for all of it: tenths of a second.
 */
export async function keepFlushed(path: string, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await setTimeout(PAUSE_MS);
    // Not there yet, or already renamed: either way there is nothing to wait for.
    await flush(path).catch(() => undefined);
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
