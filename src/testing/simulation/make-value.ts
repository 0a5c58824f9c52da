import type { JsonObject, JsonValue } from '../../protocol/json.ts';
import type { Dice } from './dice.ts';

/** A JSON Schema, as far as it is understood here (draft 2020-12; draft 7 reads alike). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * - `plain`: what people send; small, and often the same, so that acts meet.
 * - `edge`: at the bounds of what the schema allows.
 */
export type Mood = 'plain' | 'edge';

/** Few, so that acts concern the same things. */
export const WORDS: readonly string[] = ['a', 'b', 'c', 'd', 'the old mill'];
const ODD_WORDS = ['x', ' padded ', 'Ünïcödé', '🎲🎲', 'two\nlines', '"quoted"', '\\', '0', '__proto__', '\u0000', 'e\u0301', '<b>'];
const LONG = 300;
/** Nested deeper than this there is only what must be. */
const DEEP = 6;

const FORMATS: Readonly<Record<string, string>> = {
  'email': 'ada@example.org',
  'uri': 'https://example.org/a',
  'url': 'https://example.org/a',
  'uuid': '6f1c2f0e-9a7b-4c3d-8e5f-0a1b2c3d4e5f',
  'date-time': '2026-01-02T03:04:05Z',
  'date': '2026-01-02',
  'time': '03:04:05Z',
  'duration': 'PT5M',
  'ipv4': '192.0.2.1',
  'ipv6': '2001:db8::1',
  'hostname': 'example.org',
};

/** Something that stands in a schedule's arguments for what is only known when they are sent: see `resolveArguments`. */
export type Reference = { readonly $known: number } | { readonly $person: number };

/** A value that fits a schema, as far as the schema says it in the words above. */
export function makeValue(schema: unknown, dice: Dice, mood: Mood, root: JsonSchema = asSchema(schema), depth = 0): JsonValue {
  const fitting = settled(asSchema(schema), dice, root);
  if ('const' in fitting) return fitting['const'] as JsonValue;
  if (Array.isArray(fitting['enum'])) return dice.pick(fitting['enum'] as JsonValue[]);
  switch (typeOf(fitting, dice)) {
    case 'string':
      return makeString(fitting, dice, mood);
    case 'integer':
      return makeNumber(fitting, dice, mood, 1);
    case 'number':
      return makeNumber(fitting, dice, mood, numberIn(fitting, 'multipleOf') ?? 0);
    case 'boolean':
      return dice.chance(50);
    case 'null':
      return null;
    case 'array':
      return makeArray(fitting, dice, mood, root, depth);
    case 'object':
      return makeObject(fitting, dice, mood, root, depth);
    default:
      return dice.pick<JsonValue>([null, true, 0, 1.5, 'a', [], {}, { a: [1, 'b'] }]);
  }
}

function asSchema(schema: unknown): JsonSchema {
  return typeof schema === 'object' && schema !== null ? (schema as JsonSchema) : {};
}

/** The schema with references followed, one of its alternatives chosen, and what must hold together put together. */
function settled(schema: JsonSchema, dice: Dice, root: JsonSchema, hops = 0): JsonSchema {
  if (hops > 20) return {};
  const reference = schema['$ref'];
  if (typeof reference === 'string') return settled(resolve(reference, root), dice, root, hops + 1);
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives) && alternatives.length > 0) {
    const { anyOf: _, oneOf: __, ...rest } = schema;
    return settled(together(rest, asSchema(dice.pick(alternatives))), dice, root, hops + 1);
  }
  if (Array.isArray(schema['allOf'])) {
    const { allOf, ...rest } = schema;
    const parts = (allOf as unknown[]).map((part) => settled(asSchema(part), dice, root, hops + 1));
    return parts.reduce<JsonSchema>(together, rest);
  }
  return schema;
}

function together(one: JsonSchema, other: JsonSchema): JsonSchema {
  const properties = { ...asSchema(one['properties']), ...asSchema(other['properties']) };
  const required = [...listIn(one, 'required'), ...listIn(other, 'required')];
  return { ...one, ...other, ...(Object.keys(properties).length > 0 ? { properties } : {}), ...(required.length > 0 ? { required } : {}) };
}

function resolve(reference: string, root: JsonSchema): JsonSchema {
  const steps = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return asSchema(steps.reduce<unknown>((at, step) => asSchema(at)[step.replaceAll('~1', '/').replaceAll('~0', '~')], root));
}

function typeOf(schema: JsonSchema, dice: Dice): string | undefined {
  const type = schema['type'];
  if (Array.isArray(type)) return dice.pick(type as string[]);
  if (typeof type === 'string') return type;
  if ('properties' in schema || 'additionalProperties' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  if ('minLength' in schema || 'pattern' in schema) return 'string';
  return 'minimum' in schema || 'maximum' in schema ? 'number' : undefined;
}

function makeString(schema: JsonSchema, dice: Dice, mood: Mood): JsonValue {
  const [min, max] = [numberIn(schema, 'minLength') ?? 0, numberIn(schema, 'maxLength') ?? Infinity];
  const known = FORMATS[String(schema['format'])];
  if (known !== undefined) return known;
  if (mood === 'plain' && schema['pattern'] === undefined && max >= 8) {
    if (dice.chance(35)) return { $known: dice.below(1_000) };
    if (dice.chance(15)) return { $person: dice.below(100) };
  }
  if (mood === 'edge' && dice.chance(60)) return 'z'.repeat(dice.pick([min, Math.min(max, min + 1), Math.min(max, Math.max(min, LONG))]));
  const word = mood === 'edge' ? dice.pick(ODD_WORDS) : fittingWord(schema, dice);
  return word.padEnd(min, word === '' ? 'a' : word).slice(0, Math.min(max, 1e6));
}

function fittingWord(schema: JsonSchema, dice: Dice): string {
  const pattern = schema['pattern'];
  if (typeof pattern !== 'string') return dice.pick(WORDS);
  const fits = [...WORDS, ...Object.values(FORMATS), 'A', 'abc', 'ABC', '1', '123', '#1a2b3c', 'a-b', 'a_b', ''].filter((word) =>
    new RegExp(pattern, 'u').test(word),
  );
  return fits.length > 0 ? dice.pick(fits) : 'a';
}

function makeNumber(schema: JsonSchema, dice: Dice, mood: Mood, grid: number): number {
  const step = grid === 0 ? 0.5 : grid;
  const low = numberIn(schema, 'minimum') ?? exclusive(schema, 'exclusiveMinimum', step);
  const high = numberIn(schema, 'maximum') ?? exclusive(schema, 'exclusiveMaximum', -step);
  const min = low ?? Math.min(-5, high === undefined ? 0 : high - 10);
  const max = high ?? Math.max(20, min + 20);
  const onGrid = (value: number): number =>
    grid === 0 ? value : Math.min(Math.floor(max / grid), Math.max(Math.ceil(min / grid), Math.round(value / grid))) * grid;
  if (mood === 'edge')
    return onGrid(dice.pick([min, max, low === undefined ? -1e9 : min, high === undefined ? 1e9 : max, Math.min(max, Math.max(min, 0))]));
  // Small ones are what people send where the schema leaves it open.
  const from = Math.max(min, Math.min(max, -3));
  return onGrid(
    grid === 0 ? from + dice.below(Math.max(1, Math.min(40, (max - from) * 2))) / 2 : dice.int(from, Math.min(max, Math.max(from, 20))),
  );
}

function exclusive(schema: JsonSchema, name: string, by: number): number | undefined {
  const bound = numberIn(schema, name);
  return bound === undefined ? undefined : bound + by;
}

function makeArray(schema: JsonSchema, dice: Dice, mood: Mood, root: JsonSchema, depth: number): JsonValue[] {
  const first = listIn(schema, 'prefixItems');
  const [min, max] = [numberIn(schema, 'minItems') ?? 0, numberIn(schema, 'maxItems') ?? 50];
  const more = schema['items'] === false ? 0 : Math.max(0, max - first.length);
  const wish = depth > DEEP ? 0 : mood === 'edge' ? dice.pick([0, 1, Math.min(more, 20)]) : dice.below(4);
  const length = Math.max(min, Math.min(first.length + more, first.length + wish));
  return Array.from({ length }, (_, index) => makeValue(first[index] ?? schema['items'], dice, mood, root, depth + 1));
}

function makeObject(schema: JsonSchema, dice: Dice, mood: Mood, root: JsonSchema, depth: number): JsonObject {
  const required = new Set(listIn(schema, 'required'));
  const made: Record<string, JsonValue> = {};
  const optional = depth > DEEP ? 0 : mood === 'edge' ? dice.pick([0, 50, 100]) : 50;
  for (const [key, property] of Object.entries(asSchema(schema['properties']))) {
    if (required.has(key) || dice.chance(optional)) made[key] = makeValue(property, dice, mood, root, depth + 1);
  }
  const rest = schema['additionalProperties'];
  if (typeof rest !== 'object' || rest === null) return made;
  const wish = Math.max(numberIn(schema, 'minProperties') ?? 0, depth > DEEP ? 0 : dice.below(3));
  for (let index = 0; index < wish; index += 1) made[WORDS[index] ?? `key${index}`] = makeValue(rest, dice, mood, root, depth + 1);
  return made;
}

function numberIn(schema: JsonSchema, name: string): number | undefined {
  const value = schema[name];
  return typeof value === 'number' ? value : undefined;
}

function listIn(schema: JsonSchema, name: string): readonly unknown[] {
  const value = schema[name];
  return Array.isArray(value) ? (value as unknown[]) : [];
}
