import type { JsonValue } from '../../src/protocol/json.ts';

/** JSON as a text can have it: also with keys that stand twice, and with what is no JSON at all. */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: Member[] }
  | { readonly kind: 'array'; readonly items: JsonNode[] }
  /** Stands in the text as it is. */
  | { readonly kind: 'raw'; readonly text: string };

export type Member = { key: string; node: JsonNode };

export function nodeOf(value: JsonValue): JsonNode {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(nodeOf) };
  if (typeof value !== 'object' || value === null) return { kind: 'raw', text: JSON.stringify(value) };
  return { kind: 'object', members: Object.entries(value).map(([key, item]) => ({ key: JSON.stringify(key), node: nodeOf(item) })) };
}

export function textOf(node: JsonNode): string {
  if (node.kind === 'raw') return node.text;
  if (node.kind === 'array') return `[${node.items.map(textOf).join(',')}]`;
  return `{${node.members.map(({ key, node: item }) => `${key}:${textOf(item)}`).join(',')}}`;
}
