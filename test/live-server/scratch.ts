import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { cleanUp } from './clean-up.ts';
import { LiveServer } from './live-server.ts';

/** A directory that goes when the test is over. */
export async function scratchDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  cleanUp(t, () => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A server, not started, that ends with the test. By default its data lies in a directory of its own. */
export async function prepareServer(t: TestContext, dir?: string): Promise<LiveServer> {
  const aside = await scratchDir(t);
  const server = await LiveServer.create(dir ?? join(aside, 'data'), aside);
  cleanUp(t, () => (server.running ? server.kill() : undefined));
  return server;
}
