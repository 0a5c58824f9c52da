import type { CommandDefinition } from '../../definition/command.ts';
import { checkValue } from '../../definition/check-value.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { Dice } from './dice.ts';
import { WORDS } from './make-value.ts';

type Schema = CommandDefinition['schema'];
type Fault = { readonly path: readonly string[]; readonly message: string };

const TRIES = 400;
const FIRST: readonly JsonValue[] = ['a', 1, {}, true, [], 0, null, 5, ''];
const TEXTS: readonly string[] = [
  'ada@example.org',
  'https://example.org/',
  '2026-01-02',
  '2026-01-02T03:04:05Z',
  '6f1c2f0e-9a7b-4c3d-8e5f-0a1b2c3d4e5f',
  '1',
  'abc',
  'ABC',
  'A1',
  'a-b',
  '#1a2b3c',
];

/** True where the schema takes it; one that throws or answers later takes nothing. */
export function fits(schema: Schema, value: JsonValue): boolean {
  return faultsOf(schema, value).length === 0;
}

/**
 * A value that the schema takes, found by trying: what it finds wrong is replaced by one thing after another until it finds
 * something else wrong, or nothing. For schemas that do not say what they are. Where it finds none, the last that it tried.
 */
export function searchArguments(schema: Schema, start: JsonValue, dice: Dice): JsonValue {
  let value = start;
  let faults = faultsOf(schema, value);
  const seen = new Set(faults.map(kindOf));
  for (let tries = 0; faults[0] !== undefined && tries < TRIES;) {
    const [fault] = faults;
    const better = candidatesFor(fault, dice).find((candidate) => {
      tries += 1;
      const left = faultsOf(schema, replaced(value, fault.path, candidate));
      return left.length < faults.length || isNews(left, seen);
    });
    if (better === undefined) break;
    value = replaced(value, fault.path, better);
    faults = faultsOf(schema, value);
    for (const found of faults) seen.add(kindOf(found));
  }
  return value;
}

/** What was not found wrong before is another step on the way. */
function isNews(faults: readonly Fault[], seen: ReadonlySet<string>): boolean {
  return faults.some((fault) => !seen.has(kindOf(fault)));
}

function kindOf({ path, message }: Fault): string {
  return `${path.join('.')}: ${message.replace(/received.*|\(was.*/, '')}`;
}

function faultsOf(schema: Schema, value: JsonValue): readonly Fault[] {
  try {
    const checked = checkValue(schema, value);
    return checked.ok ? [] : checked.issues.map(({ path, message }) => ({ path: path === '' ? [] : path.split('.'), message }));
  } catch (error) {
    return [{ path: [], message: String(error) }];
  }
}

/** Messages often say what is wanted: `Expected "north"`, `>=2`. */
function candidatesFor({ message }: Fault, dice: Dice): readonly JsonValue[] {
  const quoted = [...message.matchAll(/["'`]([^"'`]{1,64})["'`]/g)].map(([, text = '']) => text);
  const numbers = [...message.matchAll(/-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
  const lengths = numbers.filter((length) => length > 0 && length <= 10_000 && Number.isInteger(length));
  const first = dice.pick(WORDS);
  const more: readonly JsonValue[] = [[first], [1], [1, 1], [first, first], { a: 1 }, { a: first }, -1, 0.5, 100];
  return [
    ...shuffled(quoted, dice),
    first,
    ...FIRST,
    ...numbers.flatMap((number) => [number, number + 1, number - 1]),
    ...lengths.flatMap((length) => ['z'.repeat(length), 'z'.repeat(length + 1), 'z'.repeat(length - 1)]),
    ...TEXTS,
    ...more,
  ];
}

function shuffled<Item>(items: readonly Item[], dice: Dice): Item[] {
  return items
    .map((item) => ({ item, order: dice.next() }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ item }) => item);
}

/** The same value with another one at that place, which is made where it is not there. */
export function replaced(value: JsonValue, [key, ...rest]: readonly string[], by: JsonValue): JsonValue {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    const copy = [...value];
    copy[Number(key)] = replaced(copy[Number(key)] ?? null, rest, by);
    return copy;
  }
  const copy = typeof value === 'object' && value !== null ? { ...value } : {};
  return { ...copy, [key]: replaced(copy[key] ?? null, rest, by) };
}
