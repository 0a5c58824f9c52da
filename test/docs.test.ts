import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CodeBlock, listPages, readAnchors, readCodeBlocks, readLocalLinks, targetOf } from './markdown.ts';
import { ROOT } from './source-files.ts';

// Blocks of TypeScript in the pages are checked when their fence says `check`, and also run when it says `run`. All blocks
// of one page share a folder: `file=game.ts` names a block, so that others can import it; `serve=game.ts` runs a block
// against a development server of that definition. A block `text output` holds what the block before it prints.

const SOURCE = '--conditions=holdfast-source';
const ADDRESS = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/;

const blocks = listPages().flatMap(readCodeBlocks);
const checked = blocks.filter((block) => block.language === 'ts' && (block.words.has('check') || block.words.has('run')));
const run = checked.filter((block) => block.words.has('run'));
let workspace = '';

function folderOf(block: CodeBlock): string {
  return join(workspace, block.page.replaceAll(/[^\w]+/g, '-'));
}

function pathOf(block: CodeBlock): string {
  return join(folderOf(block), block.file ?? `line-${block.line}.ts`);
}

before(() => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-docs-')));
  mkdirSync(join(workspace, 'node_modules'));
  symlinkSync(ROOT, join(workspace, 'node_modules/holdfast'), 'junction');
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    symlinkSync(join(ROOT, 'node_modules', name), join(workspace, 'node_modules', name), 'junction');
  }
  writeFileSync(join(workspace, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    target: 'ES2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    customConditions: ['holdfast-source'],
    types: ['node'],
  };
  writeFileSync(join(workspace, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  for (const block of checked) {
    mkdirSync(folderOf(block), { recursive: true });
    // Without an import or export a file is a script, whose names would be shared by all.
    writeFileSync(pathOf(block), `${block.text}\nexport {};\n`);
  }
});

after(() => rmSync(workspace, { recursive: true, force: true }));

test('HOUSE-10: code in the pages type-checks under plain `strict`', () => {
  assert.ok(checked.length > 0, 'the pages have no code to check');
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const result = spawnSync(tsc, ['-p', '.', '--pretty', 'false'], {
    cwd: workspace,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  // Faults of the sources themselves are `npm run typecheck`'s to tell.
  const faults = result.stdout
    .split('\n')
    .filter((line) => line.includes('error TS') && !line.startsWith('..') && !line.startsWith('node_modules'));
  assert.deepEqual(faults, [], `\n${faults.join('\n')}\n`);
});

for (const block of run) {
  test(`HOUSE-10: the code at ${block.page}:${block.line} runs`, { timeout: 60_000 }, async (t) => {
    if (block.serve !== undefined) {
      const server = await startServer(block, block.serve);
      t.after(() => stopServer(server.process));
      writeFileSync(pathOf(block), block.text.replaceAll(new RegExp(ADDRESS, 'g'), server.address));
    }
    const result = spawnNode([pathOf(block)], folderOf(block));
    assert.equal(result.status, 0, `it ended with status ${result.status}:\n${result.stdout}${result.stderr}`);
    const next = blocks[blocks.indexOf(block) + 1];
    if (next?.page === block.page && next.words.has('output')) assert.equal(result.stdout.trim(), next.text.trim());
  });
}

function spawnNode(args: readonly string[], cwd: string): { status: number | null; stdout: string; stderr: string } {
  // A block that is itself a test must not take itself for a part of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, [SOURCE, ...args], { cwd, env, encoding: 'utf8', timeout: 45_000 });
}

async function startServer(block: CodeBlock, definition: string): Promise<{ process: ChildProcess; address: string }> {
  const folder = folderOf(block);
  const args = [
    SOURCE,
    join(ROOT, 'src/cli/main.ts'),
    'serve',
    definition,
    '--dev',
    '--port',
    '0',
    '--dir',
    join(folder, `data-${block.line}`),
  ];
  const server = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      printed += chunk.toString();
      const found = ADDRESS.exec(printed);
      if (found !== null) resolve(found[0]);
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    server.once('exit', () => reject(new Error(`the server did not start:\n${printed}`)));
  });
  return { process: server, address };
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
}

test('HOUSE-11: every link inside the repository leads to a file and a heading that exist', () => {
  const broken = listPages()
    .flatMap(readLocalLinks)
    .filter((link) => {
      const { path, anchor } = targetOf(link);
      if (!existsSync(join(ROOT, path))) return true;
      return anchor !== undefined && path.endsWith('.md') && !readAnchors(path).includes(anchor);
    })
    .map((link) => `${link.page}: ${link.to}`);
  assert.deepEqual(broken, [], `\n${broken.join('\n')}\n`);
});
