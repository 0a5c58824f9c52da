import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SupervisedServer } from './supervised.ts';

/** The process that holds the data directory: the server itself. */
async function serverOf({ dir }: SupervisedServer): Promise<number> {
  return Number(JSON.parse(await readFile(join(dir, 'server.json'), 'utf8')).process);
}

test('RECOVERY-15: a server that is killed is started again, on the same port', { timeout: 60_000 }, async (t) => {
  const server = await SupervisedServer.start(t);
  const [url, first] = [await server.ready(1), await serverOf(server)];
  process.kill(first, 'SIGKILL');
  assert.equal(await server.ready(2), url);
  assert.notEqual(await serverOf(server), first);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
});

test('RECOVERY-15: a signal passes through: the server stops in order, and is not started again', { timeout: 60_000 }, async (t) => {
  const server = await SupervisedServer.start(t);
  assert.equal(await server.stop(), 0);
  assert.match(server.said, /SIGTERM: stopping/);
  assert.equal(server.said.includes('started again'), false);
});

test('RECOVERY-15: without its supervisor a server ends, so that another can be started', { timeout: 60_000 }, async (t) => {
  const server = await SupervisedServer.start(t);
  const child = await serverOf(server);
  server.kill('SIGKILL');
  for (let left = true; left;) {
    try {
      process.kill(child, 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    } catch {
      left = false;
    }
  }
});

test('RECOVERY-15: with --no-supervise nothing starts it again', { timeout: 60_000 }, async (t) => {
  const server = await SupervisedServer.start(t, ['--no-supervise']);
  process.kill(await serverOf(server), 'SIGKILL');
  await assert.rejects(server.ready(2), /it ended/);
});
