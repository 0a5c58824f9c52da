import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Brings what stands in the write-ahead logs of a stopped server into the databases themselves. */
export function settleDatabases(dir: string): void {
  for (const path of filesUnder(dir).filter(isDatabase)) {
    const database = new DatabaseSync(path);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
  }
}

/** Flips the lowest bit of the first byte of `text` wherever it stands in the databases; answers how often that was. */
export function flipBitOf(dir: string, text: string): number {
  let flips = 0;
  for (const path of filesUnder(dir)) {
    const bytes = readFileSync(path);
    let changed = false;
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
      bytes[at] = (bytes[at] as number) ^ 1;
      changed = true;
      flips += 1;
    }
    if (changed) writeFileSync(path, bytes);
  }
  return flips;
}

function filesUnder(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());
}

function isDatabase(path: string): boolean {
  return readFileSync(path).subarray(0, 15).toString('latin1') === 'SQLite format 3';
}
