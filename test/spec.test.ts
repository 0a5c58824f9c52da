import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listFiles, literalText, parseSource, readText, type SyntaxNode, visitNodes } from './source-files.ts';

const RULE = /^- \*\*([A-Z]+)-(\d+)\*\* /;
const ID = /^([A-Z]+-\d+): /;

type NamedTest = { readonly path: string; readonly name: string };

function listRules(): string[] {
  return readText('SPEC.md')
    .split('\n')
    .map((line) => RULE.exec(line))
    .filter((match) => match !== null)
    .map((match) => `${match[1]}-${match[2]}`);
}

/** Local names under which a file has node:test's `test` or `it`. */
function testFunctions(program: SyntaxNode): Set<string> {
  const names = new Set<string>();
  visitNodes(program, (node) => {
    if (node.type !== 'ImportDeclaration' || literalText(node['source']) !== 'node:test') return;
    for (const item of node['specifiers'] as SyntaxNode[]) {
      const imported = (item['imported'] as SyntaxNode | undefined)?.['name'] ?? 'test';
      if (imported === 'test' || imported === 'it') names.add(String((item['local'] as SyntaxNode)['name']));
    }
  });
  return names;
}

function listTestsOf(path: string): NamedTest[] {
  const { program } = parseSource(readText(path), path);
  const functions = testFunctions(program);
  const tests: NamedTest[] = [];
  visitNodes(program, (node) => {
    if (node.type !== 'CallExpression') return;
    const callee = node['callee'] as SyntaxNode;
    const target = callee.type === 'MemberExpression' ? (callee['object'] as SyntaxNode) : callee;
    if (target.type !== 'Identifier' || !functions.has(String(target['name']))) return;
    const name = literalText((node['arguments'] as SyntaxNode[])[0]);
    if (callee.type === 'Identifier' || name !== undefined) tests.push({ path, name: name ?? '' });
  });
  return tests;
}

/** Tests are in test files, and in the contract suites that the test kit exports. */
function listTests(): NamedTest[] {
  return listFiles('{src,test,examples,bench,prove}/**/*.test.{ts,tsx}', 'src/testing/**/*.ts', 'src/**/*contract*.ts')
    .filter((path, index, all) => all.indexOf(path) === index)
    .flatMap(listTestsOf);
}

test('HOUSE-4: every rule of the specification has a test named after it', () => {
  const tested = new Set(listTests().map(({ name }) => ID.exec(name)?.[1]));
  const missing = listRules().filter((rule) => !tested.has(rule));
  assert.deepEqual(missing, [], `rules without a test:\n${missing.join('\n')}\n`);
});

test('HOUSE-4: every test is named after a rule that exists', () => {
  const rules = new Set(listRules());
  const wrong = listTests().filter(({ name }) => !rules.has(ID.exec(name)?.[1] ?? ''));
  const lines = wrong.map(({ path, name }) => `${path}: ${name === '' ? '(a name that is not a fixed text)' : name}`);
  assert.deepEqual(lines, [], `tests that name no rule:\n${lines.join('\n')}\n`);
});

test('HOUSE-4: the rules of an area are numbered from 1 without gap or repetition', () => {
  const areas = Map.groupBy(listRules(), (rule) => rule.slice(0, rule.lastIndexOf('-')));
  for (const [area, rules] of areas) {
    const expected = rules.map((_, index) => `${area}-${index + 1}`);
    assert.deepEqual(rules, expected, `the numbers of ${area} are not 1, 2, 3, ...`);
  }
});
