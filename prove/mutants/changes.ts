import type { SyntaxNode } from '../../test/source-files.ts';

/** A text that takes the place of another, and what kind of mistake that is. */
export type Change = { readonly name: string; readonly start: number; readonly end: number; readonly after: string };

type Spanned = SyntaxNode & { readonly end: number };
type Rule = (node: Spanned, text: string, parent: SyntaxNode | undefined) => readonly Change[];

const OPERATORS: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&&': '||',
  '||': '&&',
  '+=': '-=',
  '-=': '+=',
  '++': '--',
  '--': '++',
  '??=': '=',
  '||=': '=',
};

const METHODS: Readonly<Record<string, string>> = { some: 'every', every: 'some', min: 'max', max: 'min' };

/** What can be done wrong, by the kind of the place in the syntax tree. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  BinaryExpression: [operator],
  LogicalExpression: [operator],
  AssignmentExpression: [operator],
  UpdateExpression: [operator],
  IfStatement: [negated, removed],
  ConditionalExpression: [negated],
  UnaryExpression: [withoutNot],
  Literal: [constant],
  ExpressionStatement: [removed],
  ForOfStatement: [removed],
  ContinueStatement: [asBreak],
  ReturnStatement: [returnsNothing],
  AwaitExpression: [withoutAwait],
  CallExpression: [swappedArguments, otherMethod],
  NewExpression: [swappedArguments],
  MethodDefinition: [endsAtOnce],
  FunctionDeclaration: [endsAtOnce],
  SpreadElement: [withoutSpread],
};

/** Every change that a rule makes of this node. */
export function changesAt(node: SyntaxNode, parent: SyntaxNode | undefined, text: string): readonly Change[] {
  const rules = Object.hasOwn(RULES, node.type) ? (RULES[node.type] ?? []) : [];
  return rules.flatMap((rule) => rule(node as Spanned, text, parent));
}

function child(node: SyntaxNode, name: string): Spanned | undefined {
  return (node[name] ?? undefined) as Spanned | undefined;
}

function operator(node: Spanned, text: string): readonly Change[] {
  const symbol = String(node['operator']);
  const after = OPERATORS[symbol];
  const [left, right] = [child(node, 'left'), child(node, 'right')];
  const isText = [left, right].some((side) => side?.type === 'TemplateLiteral' || typeof side?.['value'] === 'string');
  if (after === undefined || (symbol.startsWith('+') && isText)) return [];
  const [from, to] = left === undefined || right === undefined ? [node.start, node.end] : [left.end, right.start];
  const start = text.indexOf(symbol, from);
  return start < 0 || start >= to ? [] : [{ name: `${symbol} is ${after}`, start, end: start + symbol.length, after }];
}

function negated(node: Spanned, text: string): readonly Change[] {
  const test = child(node, 'test');
  if (test === undefined) return [];
  return [{ name: 'condition negated', start: test.start, end: test.end, after: `!(${text.slice(test.start, test.end)})` }];
}

function removed(node: Spanned, _text: string, parent: SyntaxNode | undefined): readonly Change[] {
  const isLoneElse = parent?.type === 'IfStatement' && parent['alternate'] === node;
  if (isLoneElse || child(node, 'alternate') !== undefined || node['directive'] !== undefined) return [];
  if (child(node, 'expression')?.['callee'] !== undefined && child(child(node, 'expression') as Spanned, 'callee')?.type === 'Super')
    return [];
  return [{ name: 'statement removed', start: node.start, end: node.end, after: ';' }];
}

function withoutNot(node: Spanned): readonly Change[] {
  const argument = child(node, 'argument');
  return node['operator'] !== '!' || argument === undefined
    ? []
    : [{ name: 'not removed', start: node.start, end: argument.start, after: '' }];
}

function constant(node: Spanned, _text: string, parent: SyntaxNode | undefined): readonly Change[] {
  const { value } = node as { readonly value?: unknown };
  const { start, end } = node;
  if (typeof value === 'boolean') return [{ name: 'constant', start, end, after: String(!value) }];
  if (typeof value !== 'number' || parent?.type === 'UnaryExpression') return [];
  return [
    { name: 'constant', start, end, after: String(value + 1) },
    ...(value === 1 ? [{ name: 'constant', start, end, after: '0' }] : []),
  ];
}

function asBreak({ start, end }: Spanned): readonly Change[] {
  return [{ name: 'continue is break', start, end, after: 'break;' }];
}

function returnsNothing(node: Spanned): readonly Change[] {
  if (child(node, 'argument') === undefined) return [];
  return [{ name: 'returns nothing', start: node.start, end: node.end, after: 'return undefined;' }];
}

function withoutAwait(node: Spanned, _text: string, parent: SyntaxNode | undefined): readonly Change[] {
  const argument = child(node, 'argument');
  if (argument === undefined) return [];
  return [{ name: 'await dropped', start: node.start, end: argument.start, after: parent?.type === 'ExpressionStatement' ? 'void ' : '' }];
}

function swappedArguments(node: Spanned, text: string): readonly Change[] {
  const [first, second] = node['arguments'] as readonly (Spanned | undefined)[];
  const callee = child(node, 'callee');
  // Which comes first does not matter to them.
  if (/^Math\.m(ax|in)$/.test(text.slice(callee?.start, callee?.end))) return [];
  if (first === undefined || second === undefined || first.type === 'SpreadElement' || second.type === 'SpreadElement') return [];
  const [one, between, two] = [
    text.slice(first.start, first.end),
    text.slice(first.end, second.start),
    text.slice(second.start, second.end),
  ];
  return one === two ? [] : [{ name: 'arguments swapped', start: first.start, end: second.end, after: `${two}${between}${one}` }];
}

function otherMethod(node: Spanned): readonly Change[] {
  const callee = child(node, 'callee');
  const property = callee?.type === 'MemberExpression' ? child(callee, 'property') : undefined;
  const after = METHODS[String(property?.['name'])];
  if (property === undefined || after === undefined || !Object.hasOwn(METHODS, String(property['name']))) return [];
  return [{ name: `${String(property['name'])} is ${after}`, start: property.start, end: property.end, after }];
}

function endsAtOnce(node: Spanned): readonly Change[] {
  const body = child(child(node, 'value') ?? node, 'body');
  const statements = body?.['body'];
  const first = Array.isArray(statements) ? (statements[0] as Spanned | undefined) : undefined;
  const isTrivial = first === undefined || node['kind'] === 'constructor' || first.type === 'ReturnStatement';
  return isTrivial ? [] : [{ name: 'returns at once', start: first.start, end: first.start, after: 'if (true as boolean) return; ' }];
}

function withoutSpread(node: Spanned, text: string, parent: SyntaxNode | undefined): readonly Change[] {
  if (parent?.type !== 'ArrayExpression') return [];
  return [{ name: 'part left out', start: node.start, end: node.end + (text[node.end] === ',' ? 1 : 0), after: '' }];
}
