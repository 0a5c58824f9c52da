import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** The connection lifecycle, which cannot wait until the network is gone, is 1.8 kB of it. */
const MOST_BYTES = 13_320;

/** The chunks of the client as an application's bundler makes them. */
async function bundle() {
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    root: fileURLToPath(new URL('.', import.meta.url)),
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: fileURLToPath(new URL('index.ts', import.meta.url)), formats: ['es'] },
      rolldownOptions: { output: { minify: true } },
    },
  });
  const [result] = Array.isArray(output) ? output : [output];
  assert.ok(result !== undefined && 'output' in result);
  return result.output.filter((part) => part.type === 'chunk');
}

test('CLIENT-16: the client that plays is at most 13.3 kB gzipped; lists, the second transport and inspections are loaded when they are needed', async (context: TestContext) => {
  const chunks = await bundle();
  const sizeOf = (names: readonly string[]) =>
    chunks.filter(({ fileName }) => names.includes(fileName)).reduce((sum, { code }) => sum + gzipSync(code).length, 0);
  const entry = chunks.find(({ isEntry }) => isEntry);
  assert.ok(entry !== undefined);
  const core = [entry.fileName, ...entry.imports];
  const later = chunks.filter(({ fileName }) => !core.includes(fileName));
  context.diagnostic(`core ${sizeOf(core)} bytes, loaded later ${sizeOf(later.map(({ fileName }) => fileName))} bytes, gzipped`);
  // A hash that begins with a dash is taken for a part of the name.
  assert.deepEqual(later.map(({ name }) => name.replace(/-.{8}\.js$/, '')).sort(), [
    'explain-arguments',
    'http',
    'http-campaigns',
    'http-catalogue',
    'http-invites',
    'inspection',
    'presence',
    'renewal',
    'sse-fallback',
    'sse-parser',
  ]);
  assert.deepEqual(core, [entry.fileName]);
  assert.ok(sizeOf(core) <= MOST_BYTES, `${sizeOf(core)} bytes`);
});

test('CLIENT-16: the client brings no other package along', async () => {
  const chunks = await bundle();
  const own = new Set(chunks.map(({ fileName }) => fileName));
  assert.deepEqual(
    chunks.flatMap(({ imports }) => imports).filter((name) => !own.has(name)),
    [],
  );
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  assert.deepEqual(
    modules.filter((id) => id.includes('node_modules')),
    [],
  );
});
