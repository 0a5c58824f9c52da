import { enableCompileCache, flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** By then a server has taken its clients in, so that what that needs is in the cache too. */
const SETTLED_MS = 3_000;

/**
 * Keeps compiled code between starts, in the user's own cache directory: code in one that others can write is code they
 * can plant. `NODE_COMPILE_CACHE` names another, `NODE_DISABLE_COMPILE_CACHE=1` keeps none. Where it cannot be written,
 * starts are slower and nothing else.
 */
export function keepCompiledCode(): void {
  enableCompileCache(join(cacheHome(), 'holdfast'));
  // A process that is killed would never write it.
  setTimeout(flushCompileCache, SETTLED_MS).unref();
}

function cacheHome(): string {
  const { env, platform } = process;
  if (env['XDG_CACHE_HOME']) return env['XDG_CACHE_HOME'];
  if (platform === 'win32') return env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
}
