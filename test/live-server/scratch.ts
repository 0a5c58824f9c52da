import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUp, type Scope } from './clean-up.ts';
import { LiveServer, type LiveServerOptions } from './live-server.ts';

/** A directory that goes when the test is over. */
export async function scratchDir(t: Scope): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  cleanUp(t, () => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A server, not started, that ends with the test. By default its data lies in a directory of its own. */
export async function prepareServer(t: Scope, dir?: string, options?: LiveServerOptions): Promise<LiveServer> {
  const aside = await scratchDir(t);
  const server = await LiveServer.create(dir ?? join(aside, 'data'), aside, options);
  cleanUp(t, () => server.end());
  return server;
}
