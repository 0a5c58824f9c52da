import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isTest, listFiles, parseSource, readJson, readText, ROOT, type SyntaxNode, visitNodes } from './source-files.ts';

type Manifest = {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
};
type Locked = {
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly version?: string;
  readonly optionalDependencies?: Record<string, string>;
};

const manifest = readJson('package.json') as Manifest;
const { packages } = readJson('package-lock.json') as { packages: Record<string, Locked> };

test('HOUSE-6: every dependency is named by one exact version', () => {
  const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  const loose = named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  assert.deepEqual(loose, []);
});

test('HOUSE-6: the lock file holds the versions that package.json names', () => {
  const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  const different = named.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version);
  assert.deepEqual(different, []);
});

test('HOUSE-6: the lock file holds what every platform needs, or npm ci would refuse it', () => {
  const wanted = Object.values(packages).flatMap((locked) => Object.keys(locked.optionalDependencies ?? {}));
  assert.deepEqual(
    wanted.filter((name) => packages[`node_modules/${name}`] === undefined),
    [],
  );
});

test('HOUSE-6: no runtime dependency runs an install script', () => {
  const scripted = Object.entries(packages).filter(([, locked]) => locked.hasInstallScript === true && locked.dev !== true);
  assert.deepEqual(scripted, []);
});

/** What the lint must refuse in the core, the rule that does it, and an example. */
const BANNED: Readonly<Record<string, readonly [rule: string, text: string]>> = {
  'the clock': ['eslint(no-restricted-globals)', 'export const at = Date.now();'],
  'a new date': ['eslint(no-restricted-globals)', 'export const at = new Date();'],
  'the performance clock': ['eslint(no-restricted-globals)', 'export const at = performance.now();'],
  'the process clock': ['eslint(no-restricted-properties)', 'export const at = process.hrtime();'],
  'a timer': ['eslint(no-restricted-globals)', 'setTimeout(() => undefined, 1);'],
  'a timer by way of globalThis': ['eslint(no-restricted-properties)', 'globalThis.setInterval(() => undefined, 1);'],
  'Math.random': ['eslint(no-restricted-properties)', 'export const n = Math.random();'],
  'crypto randomness': [
    'eslint(no-restricted-imports)',
    "import { randomBytes } from 'node:crypto';\nexport const bytes = randomBytes(4);",
  ],
  'web crypto': ['eslint(no-restricted-globals)', 'export const id = crypto.randomUUID();'],
  'fetch': ['eslint(no-restricted-globals)', "export const answer = await fetch('http://localhost');"],
  'a socket': ['eslint(no-restricted-imports)', "import { connect } from 'node:net';\nexport const socket = connect(1);"],
  'the disk': ['eslint(no-restricted-imports)', "import { readFileSync } from 'node:fs';\nexport const text = readFileSync('x');"],
  'the environment': ['eslint(no-restricted-properties)', "export const path = process.env['PATH'];"],
  'a forgotten promise': ['typescript(no-floating-promises)', 'Promise.resolve(1);'],
  'any': ['typescript(no-explicit-any)', 'export const x: any = 1;'],
  'a default export': ['import(no-default-export)', 'const x = 1;\nexport default x;'],
};

/** Lints one text as if it were a source file of that path; returns the names of the rules it breaks. */
function lintAs(t: TestContext, path: string, text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(ROOT, file), join(folder, file));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
  const run = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--format', 'json', path], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: { code: string }[] };
  return diagnostics.map((diagnostic) => diagnostic.code);
}

for (const [what, [rule, text]] of Object.entries(BANNED)) {
  test(`HOUSE-7: the lint refuses ${what} in the core`, (t) => {
    assert.deepEqual(lintAs(t, 'src/session/example.ts', text), [rule]);
  });
}

test('HOUSE-7: an adapter may touch clock, randomness, disk and network', (t) => {
  const text = `
    import { randomBytes } from 'node:crypto';
    import { readFileSync } from 'node:fs';
    import { connect } from 'node:net';
    export const all = [Date.now(), randomBytes(4), readFileSync('x'), connect(1), fetch, setTimeout];
  `;
  assert.deepEqual(lintAs(t, 'src/session/example-adapter.ts', text), []);
});

test('HOUSE-7: only the server reads the environment', (t) => {
  const text = "export const path = process.env['PATH'];";
  assert.deepEqual(lintAs(t, 'src/server/example.ts', text), []);
  assert.notDeepEqual(lintAs(t, 'src/session/example-adapter.ts', text), []);
});

test('HOUSE-8: types are not silenced', () => {
  const faults = listFiles('src/**/*.{ts,tsx}', 'examples/**/*.{ts,tsx}')
    .filter((path) => !isTest(path))
    .flatMap((path) => findSilencing(path).map((what) => `${path}: ${what}`));
  assert.deepEqual(faults, [], `\n${faults.join('\n')}\n`);
});

function findSilencing(path: string): string[] {
  const { program, comments } = parseSource(readText(path), path);
  const found = comments.filter((comment) => /@ts-(ignore|expect-error|nocheck)/.test(comment)).map((comment) => comment.trim());
  visitNodes(program, (node) => {
    if (node.type !== 'TSAsExpression') return;
    const inner = node['expression'] as SyntaxNode;
    const through = inner.type === 'TSAsExpression' ? (inner['typeAnnotation'] as SyntaxNode).type : '';
    if (through === 'TSUnknownKeyword' || through === 'TSAnyKeyword') found.push('a cast through unknown');
  });
  return found;
}

test('HOUSE-9: the changelog tells of the version in package.json', () => {
  assert.match(readText('CHANGELOG.md'), new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}( |$)`, 'm'));
});
