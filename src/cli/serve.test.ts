import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('./main.ts', import.meta.url));
const GAME = fileURLToPath(new URL('../testing/tiny-tabletop.ts', import.meta.url));

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'data');
}

/** `holdfast serve` as a process of its own, once it says that it is ready. */
async function serve(t: TestContext, args: string[]): Promise<{ process: ChildProcess; line: string }> {
  const child = spawn(
    process.execPath,
    ['--conditions=holdfast-source', CLI, 'serve', GAME, '--port', '0', '--log-level', 'silent', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const [first] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => once(child.stderr, 'data'))]);
  return { process: child, line: String(first).trim() };
}

test('CLI-1: a definitions file in TypeScript is served as it is, and the line says where and how', async (t) => {
  const dir = await directory(t);
  const { line } = await serve(t, ['--dev', '--dir', dir]);
  const [, url = ''] =
    /^Holdfast is ready on (http:\/\/127\.0\.0\.1:\d+) \(dev, data in .*, durability full\)$/.exec(line) ?? assert.fail(line);
  const signedIn = await fetch(`${url}/v1/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Ada"}',
  });
  const { token } = (await signedIn.json()) as { token: string };
  const made = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}` },
    body: '{"type":"tabletop"}',
  });
  assert.equal(made.status, 201);
});

test('CLI-7: a second server on the same directory exits with 4 and says who holds it', async (t) => {
  const dir = await directory(t);
  await serve(t, ['--dev', '--dir', dir]);
  const second = spawn(process.execPath, ['--conditions=holdfast-source', CLI, 'serve', GAME, '--port', '0', '--dev', '--dir', dir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  second.stderr.on('data', (data) => (said += String(data)));
  const [code] = await once(second, 'exit');
  assert.equal(code, 4);
  const [, holder = ''] = /in use by process (\d+) /.exec(said) ?? assert.fail(said);
  assert.notEqual(Number(holder), second.pid);
});

test('CLI-1: with --json the ready line is for programs', async (t) => {
  const { line } = await serve(t, ['--dev', '--durability', 'memory', '--json']);
  const { ready, store, durability, dev } = JSON.parse(line);
  assert.deepEqual({ ready, store, durability, dev }, { ready: true, store: 'memory', durability: 'memory', dev: true });
});

test('CLI-8: SIGTERM ends a server in order, with exit code 0', async (t) => {
  const { process: child } = await serve(t, ['--dev', '--dir', await directory(t)]);
  child.kill('SIGTERM');
  const [code, signal] = await once(child, 'exit');
  assert.deepEqual([code, signal], [0, null]);
});

test('CLI-8: while a stop waits for a client that does not answer, a second signal ends it at once', async (t) => {
  const { process: child, line } = await serve(t, ['--dev', '--dir', await directory(t)]);
  const { hostname, port } = new URL(/http:\S+/.exec(line)?.[0] ?? '');
  const silent = connect(Number(port), hostname);
  t.after(() => silent.destroy());
  silent.on('error', () => undefined);
  const upgrade = ['GET /v1/connect HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  silent.write(
    `${[...upgrade, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol: holdfast.v1'].join('\r\n')}\r\n\r\n`,
  );
  await once(silent, 'data');
  child.kill('SIGTERM');
  await once(child.stderr ?? assert.fail('no output'), 'data');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [1, null]);
});
