import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { test } from 'node:test';
import { type Import, isTest, listFiles, listImports, readJson, readText } from './source-files.ts';

type Layer = {
  /** Folders of src that it may import. */
  readonly folders: readonly string[];
  /** Folders of which it may import types only. */
  readonly types?: readonly string[];
  /** Packages from npm; `type x` means types only. */
  readonly packages?: readonly string[];
  /** True when it also runs in browsers: nothing of Node. */
  readonly browser?: boolean;
};

const LIBRARY = ['protocol', 'state', 'definition', 'access', 'connection', 'session', 'store', 'transport', 'monitor'];
const EVERYTHING = [...LIBRARY, 'server', 'client', 'react', 'yjs'];

/** Who may import whom (CONTRIBUTING.md holds the same table for people). `.` is src itself: the entry `holdfast`. */
const LAYERS: Readonly<Record<string, Layer>> = {
  '.': { folders: ['protocol', 'state', 'definition'], browser: true },
  'protocol': { folders: [], browser: true },
  'state': { folders: ['protocol'], browser: true },
  'definition': { folders: ['protocol', 'state'], packages: ['type @standard-schema/spec'], browser: true },
  'connection': { folders: ['protocol'], browser: true },
  'session': { folders: ['protocol', 'state', 'definition', 'access'], types: ['store'] },
  'access': { folders: ['protocol', 'state', 'definition'] },
  'store': { folders: ['protocol'] },
  'transport': { folders: ['protocol', 'connection'], packages: ['ws'] },
  'monitor': { folders: ['protocol'] },
  'server': { folders: LIBRARY, packages: ['@hono/node-server', 'hono', 'jose', 'pino', 'ws', 'zod'] },
  'client': { folders: ['protocol', 'state', 'connection'], types: ['definition'], browser: true },
  'react': { folders: ['client'], packages: ['react'], browser: true },
  'yjs': { folders: ['client'], packages: ['yjs'], browser: true },
  'testing': { folders: [...EVERYTHING, 'cli'], packages: ['ws', 'zod', 'hono'] },
  'cli': { folders: ['server', 'client'], packages: ['commander'] },
};

/** Tests beside a file may also drive it with the test kit and a real store. */
const FOR_TESTS = ['testing', 'store'];

function layerOf(path: string): string {
  const [, first = '', second] = path.split('/');
  return second === undefined && first.includes('.') ? '.' : first;
}

function checkFolderImport(path: string, layer: Layer, imported: Import): string | undefined {
  const target = posix.join(posix.dirname(path), imported.from);
  if (target === 'package.json' && layerOf(path) === 'server') return undefined; // for its version
  if (!target.startsWith('src/')) {
    return isTest(path) && /^(test|examples)\//.test(target) ? undefined : `${path} imports ${target}, which is outside src`;
  }
  const [own, other] = [layerOf(path), layerOf(target)];
  const allowed = own === other || layer.folders.includes(other) || (imported.typeOnly && layer.types?.includes(other) === true);
  if (allowed || (isTest(path) && FOR_TESTS.includes(other))) return undefined;
  const legal = [...layer.folders, ...(layer.types ?? []).map((name) => `${name} (types)`)].join(', ') || 'nothing';
  return `${path} imports ${target}; src/${own} may import ${legal}`;
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function checkPackageImport(path: string, layer: Layer, imported: Import): string | undefined {
  const name = packageOf(imported.from);
  const packages = layer.packages ?? [];
  if (packages.includes(name) || (imported.typeOnly && packages.includes(`type ${name}`))) return undefined;
  return `${path} imports the package ${name}; src/${layerOf(path)} may import ${packages.join(', ') || 'none'}`;
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

function isNode(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

type Checked = { readonly path: string; readonly layer: Layer; readonly imported: Import };

function everyImport(): Checked[] {
  return listFiles('src/**/*.{ts,tsx}').flatMap((path) => {
    const layer = LAYERS[layerOf(path)];
    assert.ok(layer, `${path}: the folder src/${layerOf(path)} is not in the import table`);
    return listImports(readText(path), path).map((imported) => ({ path, layer, imported }));
  });
}

function report(faults: readonly (string | undefined)[]): void {
  const found = faults.filter((fault) => fault !== undefined);
  assert.deepEqual(found, [], `\n${found.join('\n')}\n`);
}

test('HOUSE-1: a folder of src imports only the folders that the import table allows', () => {
  const relative = everyImport().filter(({ imported }) => isRelative(imported.from));
  assert.ok(relative.length > 0, 'no import was read: the reader is broken');
  report(relative.map(({ path, layer, imported }) => checkFolderImport(path, layer, imported)));
});

test('HOUSE-1: an import that the table does not allow is found, in whatever form it is written', () => {
  const text = `
    import type { A } from '../store/a.ts';
    export * from '../server/b.ts';
    const c = await import('../client/c.ts');
    type D = import('../cli/d.ts').D;
    const e = new URL('../testing/e.ts', import.meta.url);
    // import '../react/f.ts';
  `;
  const faults = listImports(text).map((imported) => checkFolderImport('src/protocol/x.ts', { folders: [] }, imported));
  assert.equal(faults.filter((fault) => fault !== undefined).length, 5);
});

test('HOUSE-2: what also runs in browsers imports nothing of Node', () => {
  const browser = everyImport().filter(({ path, layer }) => layer.browser === true && !isTest(path));
  report(browser.map(({ path, imported }) => (isNode(imported.from) ? `${path} imports ${imported.from}` : undefined)));
});

test('HOUSE-3: published code imports only runtime dependencies, each where it belongs', () => {
  const { dependencies } = readJson('package.json') as { dependencies: Record<string, string> };
  const packages = everyImport().filter(({ path, imported }) => !isTest(path) && !isRelative(imported.from) && !isNode(imported.from));
  report(packages.map(({ path, layer, imported }) => checkPackageImport(path, layer, imported)));
  const optional = ['react', 'yjs'];
  const named = new Set(packages.map(({ imported }) => packageOf(imported.from)));
  report([...named].map((name) => (name in dependencies || optional.includes(name) ? undefined : `${name} is not a dependency`)));
});
