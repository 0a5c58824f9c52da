import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECRET_BYTES = 32;

/**
 * A secret of the server's own. With a directory it is kept there in a file of that name, for its owner's eyes only, so that
 * what it signed is good after a restart; without one it lasts as long as the process.
 */
export async function loadKeptSecret(dir: string | undefined, file: string): Promise<Uint8Array<ArrayBuffer>> {
  if (dir === undefined) return new Uint8Array(randomBytes(SECRET_BYTES));
  const path = join(dir, file);
  const known = await readSecret(path);
  if (known !== undefined) return known;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const made = randomBytes(SECRET_BYTES);
  await writeFile(path, made.toString('base64url'), { mode: 0o600 });
  await chmod(path, 0o600);
  return new Uint8Array(made);
}

async function readSecret(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const secret = Buffer.from(await readFile(path, 'utf8'), 'base64url');
    return secret.length === SECRET_BYTES ? new Uint8Array(secret) : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
