import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory, and how to be rid of it with everything in it. */
export async function makeScratchDirectory(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
