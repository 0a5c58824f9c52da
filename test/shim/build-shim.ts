/** `node test/shim/build-shim.ts`: builds the library that makes a process's disk lose power or fail, and prints where it is. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./disk.c', import.meta.url));
const INSTALL = 'apt-get install -y --no-install-recommends gcc libc6-dev';

/** Undefined where the shim can be built; else one line: what is missing, and the command that gets it. */
export async function shimNeeds(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `The disk shim needs Linux; this is ${process.platform}.`;
  if (canBuild()) return undefined;
  const isDebian = existsSync('/etc/debian_version');
  if (isDebian && process.getuid?.() === 0) {
    const run = promisify(execFile);
    await run('sh', ['-c', `apt-get update -q && ${INSTALL}`]).catch(() => undefined);
    if (canBuild()) return undefined;
  }
  return `The disk shim needs a C compiler. Install it: ${isDebian ? `sudo ${INSTALL}` : 'gcc and the headers of the C library'}`;
}

/** Builds it unless it is there. Resolves with its path; rejects with what is missing. */
export async function buildShim(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const library = join(tmpdir(), `holdfast-disk-shim-${process.getuid?.() ?? 0}-${hash}.so`);
  if (process.platform === 'linux' && existsSync(library)) return library;
  const missing = await shimNeeds();
  if (missing !== undefined) throw new Error(missing);
  const fresh = `${library}.${process.pid}`;
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-shared', '-fPIC', '-o', fresh, SOURCE, '-lpthread'], { stdio: 'pipe' });
  renameSync(fresh, library);
  return library;
}

function canBuild(): boolean {
  try {
    // The headers may be missing even where the compiler is not.
    execFileSync('gcc', ['-fsyntax-only', SOURCE], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${await buildShim()}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
