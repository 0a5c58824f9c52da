import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** An empty directory that is removed when the process ends, after everything that tests left open in it. */
export function temporaryDirectory(): string {
  if (made.length === 0) process.once('exit', () => made.forEach((path) => rmSync(path, { recursive: true, force: true })));
  const path = mkdtempSync(join(tmpdir(), 'holdfast-'));
  made.push(path);
  return path;
}
