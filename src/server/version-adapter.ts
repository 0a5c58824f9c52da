import { readFileSync } from 'node:fs';

/** Version of this package, as its manifest says: the same two folders up from the sources and from what is built. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown';
  return typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
