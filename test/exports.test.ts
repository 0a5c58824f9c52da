import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseSource, readJson, readText, ROOT, type SyntaxNode } from './source-files.ts';

// After a change that is meant: HOLDFAST_UPDATE_GOLDEN=1 npm test -- test/exports.test.ts, and name it in CHANGELOG.md.
const GOLDEN = 'test/golden/exports.json';

type Entry = { readonly values: string[]; readonly types: string[] };
type Conditions = { readonly 'holdfast-source': string; readonly 'types': string; readonly 'default': string };

const { exports } = readJson('package.json') as { exports: Record<string, Conditions | string> };
const ENTRIES = Object.entries(exports).filter((entry): entry is [string, Conditions] => typeof entry[1] !== 'string');

/** What an entry's hand-written index names; `export *` is refused, because nobody sees what it adds. */
function readEntry(source: string): Entry {
  const [values, types]: [string[], string[]] = [[], []];
  const { program } = parseSource(readText(source), source);
  for (const node of program['body'] as SyntaxNode[]) {
    assert.notEqual(node.type, 'ExportAllDeclaration', `${source}: name each export instead of \`export *\``);
    assert.notEqual(node.type, 'ExportDefaultDeclaration', `${source}: no default exports`);
    if (node.type !== 'ExportNamedDeclaration') continue;
    assert.equal(node['declaration'] ?? null, null, `${source}: an entry only re-exports`);
    for (const item of node['specifiers'] as SyntaxNode[]) {
      const name = String((item['exported'] as SyntaxNode)['name']);
      (node['exportKind'] === 'type' || item['exportKind'] === 'type' ? types : values).push(name);
    }
  }
  return { values: values.sort(), types: types.sort() };
}

function nameOf(subpath: string): string {
  return `holdfast${subpath.slice(1)}`;
}

test('HOUSE-5: the public exports are those of the golden list', () => {
  const found = Object.fromEntries(ENTRIES.map(([subpath, to]) => [nameOf(subpath), readEntry(to['holdfast-source'].slice(2))]));
  if (process.env['HOLDFAST_UPDATE_GOLDEN'] === '1') writeFileSync(join(ROOT, GOLDEN), `${JSON.stringify(found, null, 2)}\n`);
  assert.deepEqual(
    found,
    readJson(GOLDEN),
    `the public exports changed; if that is meant: HOLDFAST_UPDATE_GOLDEN=1 npm test -- test/exports.test.ts`,
  );
});

for (const [subpath, to] of ENTRIES) {
  test(`HOUSE-5: ${nameOf(subpath)} loads and exports what it names`, async () => {
    const source = to['holdfast-source'].slice(2);
    const loaded = (await import(pathToFileURL(join(ROOT, source)).href)) as object;
    assert.deepEqual(Object.keys(loaded).sort(), readEntry(source).values);
  });

  test(`HOUSE-5: ${nameOf(subpath)} names its source, its types and its build alike`, () => {
    const stem = to['holdfast-source'].replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
    assert.deepEqual(to, { 'holdfast-source': to['holdfast-source'], 'types': `${stem}.d.ts`, 'default': `${stem}.js` });
    assert.ok(existsSync(join(ROOT, to['holdfast-source'])), `${to['holdfast-source']} does not exist`);
  });
}
