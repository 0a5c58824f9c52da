import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { syncFile } from './sync-file-adapter.ts';

/**
 * Makes a directory for its owner only, unless it is there, with those above it that are missing, and has its name on the
 * disk: until then a power loss takes it away with everything in it, however well that was synced. Also where it was there,
 * since whoever made it may have been killed before the sync.
 */
export function makeDirectory(path: string): void {
  const wanted = resolve(path);
  const first = mkdirSync(wanted, { recursive: true, mode: 0o700 });
  for (let made = wanted; ; made = dirname(made)) {
    syncName(made, first !== undefined);
    if (first === undefined || made === resolve(first) || made === dirname(made)) return;
  }
}

function syncName(path: string, isNew: boolean): void {
  try {
    syncFile(dirname(path));
  } catch (error) {
    // Who may not read the directory above cannot sync it; then it was made by somebody else.
    if (isNew) throw error;
  }
}
