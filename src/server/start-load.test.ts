import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** Starts a server in a process of its own, and says which of Node's own modules that loaded. */
const START = `
  const { createServer, memoryStore } = await import('holdfast/server');
  const { defineSession } = await import('holdfast');
  const table = defineSession('table', { version: 1, initial: () => ({}), commands: {} });
  const server = createServer({ sessions: [table], store: memoryStore(), dev: true, port: 0, logger: false });
  await server.start();
  console.log(JSON.stringify(process.moduleLoadList));
  await server.stop();
`;

test('SERVER-19: a start loads nothing of what only HTTP requests need', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=holdfast-source', '--input-type=module', '--eval', START]);
  const loaded = JSON.parse(stdout.toString() || assert.fail(stderr.toString())) as string[];
  assert.ok(
    loaded.some((name) => name.includes('_http_server')),
    'the listener is there',
  );
  assert.deepEqual(
    loaded.filter((name) => name.includes('undici')),
    [],
  );
});
