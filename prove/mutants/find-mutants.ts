import { createHash } from 'node:crypto';
import { parseSource, type SyntaxNode } from '../../test/source-files.ts';
import { changesAt, type Change } from './changes.ts';
import type { Mutant } from './mutant.ts';

/** Every mutant of a source file, in the order of the text. */
export function findMutants(file: string, text: string): Mutant[] {
  const found: { readonly change: Change; readonly within: string }[] = [];
  walk(parseSource(text, file).program, '', undefined, (node, within, parent) => {
    for (const change of changesAt(node, parent, text))
      if (change.after !== text.slice(change.start, change.end)) found.push({ change, within });
  });
  const seen = new Map<string, number>();
  return found
    .toSorted((a, b) => a.change.start - b.change.start || a.change.end - b.change.end)
    .map(({ change, within }) => {
      const before = text.slice(change.start, change.end);
      const key = JSON.stringify([file, within, change.name, before, change.after]);
      const count = seen.get(key) ?? 0;
      seen.set(key, count + 1);
      const id = createHash('sha256').update(`${key}${count}`).digest('hex').slice(0, 10);
      const { name, ...rest } = change;
      return { id, file, function: within, change: name, line: text.slice(0, change.start).split('\n').length, before, ...rest };
    });
}

type Visit = (node: SyntaxNode, within: string, parent: SyntaxNode | undefined) => void;

/** What exists for the type checker alone changes nothing that runs; texts of errors are for people. */
function isSkipped({ type, importKind }: SyntaxNode): boolean {
  return (
    /^TS(?!As|NonNull|Satisfies|Instantiation)/.test(type) ||
    /^(Import|Export(All|Default))/.test(type) ||
    type === 'ThrowStatement' ||
    importKind === 'type'
  );
}

function walk(node: unknown, within: string, parent: SyntaxNode | undefined, visit: Visit): void {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, within, parent, visit);
    return;
  }
  if (typeof node !== 'object' || node === null || !('type' in node) || typeof node.type !== 'string') return;
  const known = node as SyntaxNode;
  if (isSkipped(known)) return;
  const name = nameOf(known);
  const inside = name === undefined ? within : within === '' ? name : `${within}.${name}`;
  visit(known, inside, parent);
  for (const child of Object.values(known)) walk(child, inside, known, visit);
}

/** The name that functions, methods, classes and constants give to what is in them. */
function nameOf(node: SyntaxNode): string | undefined {
  const isNamed = /^(FunctionDeclaration|ClassDeclaration|MethodDefinition|PropertyDefinition|VariableDeclarator)$/.test(node.type);
  if (!isNamed) return undefined;
  const { type, name } = (node['id'] ?? node['key'] ?? {}) as { readonly type?: string; readonly name?: string };
  return name === undefined ? undefined : type === 'PrivateIdentifier' ? `#${name}` : name;
}
