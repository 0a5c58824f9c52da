import { globSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { parseSync } from 'vite';

/** The repository's own folder. */
export const ROOT = resolve(import.meta.dirname, '..');

/** Paths of the files that match, relative to the repository, with forward slashes, sorted. */
export function listFiles(...patterns: string[]): string[] {
  const found = globSync(patterns, { cwd: ROOT, exclude: (name) => /(^|[\\/])(node_modules|dist|\.git)$/.test(name) });
  return found.map((path) => path.split(sep).join('/')).sort();
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readJson(path: string): unknown {
  return JSON.parse(readText(path));
}

export function isTest(path: string): boolean {
  return /\.test(-d)?\.tsx?$/.test(path);
}

/** A node of the syntax tree, as the parser gives it. */
export type SyntaxNode = { readonly type: string; readonly start: number; readonly [key: string]: unknown };

export function parseSource(text: string, path = 'file.ts'): { readonly program: SyntaxNode; readonly comments: readonly string[] } {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  return { program: parsed.program as object as SyntaxNode, comments: parsed.comments.map((comment) => comment.value) };
}

/** Calls `visit` for every node below and including this one. */
export function visitNodes(node: unknown, visit: (node: SyntaxNode) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visitNodes(item, visit);
  } else if (typeof node === 'object' && node !== null) {
    if ('type' in node && typeof node.type === 'string') visit(node as SyntaxNode);
    for (const child of Object.values(node)) visitNodes(child, visit);
  }
}

export type Import = { readonly from: string; readonly typeOnly: boolean };

/** Everything that a source names from other files: imports, re-exports, `import()`, types, and `new URL(..., import.meta.url)`. */
export function listImports(text: string, path?: string): Import[] {
  const imports: Import[] = [];
  visitNodes(parseSource(text, path).program, (node) => {
    const from = importedFrom(node);
    if (from !== undefined) imports.push({ from, typeOnly: isTypeOnly(node) });
  });
  return imports;
}

function importedFrom(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literalText(node['source'] ?? node['argument']);
    case 'NewExpression':
      return urlBesideModule(node);
    default:
      return undefined;
  }
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = Array.isArray(node['specifiers']) ? (node['specifiers'] as SyntaxNode[]) : [];
  return specifiers.length > 0 && specifiers.every((item) => item['importKind'] === 'type' || item['exportKind'] === 'type');
}

function urlBesideModule(node: SyntaxNode): string | undefined {
  const [first, second] = node['arguments'] as SyntaxNode[];
  const callee = node['callee'] as SyntaxNode;
  return callee['name'] === 'URL' && second?.type === 'MemberExpression' ? literalText(first) : undefined;
}

/** The text of a string literal, or the first fixed part of a template. */
export function literalText(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const { type, value, quasis, literal } = node as Partial<Record<string, unknown>>;
  if (type === 'TSLiteralType') return literalText(literal);
  if (type === 'Literal' && typeof value === 'string') return value;
  if (type !== 'TemplateLiteral' || !Array.isArray(quasis)) return undefined;
  const first = quasis[0] as { value: { cooked: string } } | undefined;
  return first?.value.cooked;
}
