import type { JsonValue } from '../../protocol/json.ts';
import type { Dice } from './dice.ts';
import { replaced } from './search-arguments.ts';

const WRONG: readonly JsonValue[] = [
  null,
  true,
  'no',
  '',
  0,
  -1,
  1e300,
  0.1,
  [],
  {},
  [[]],
  'x'.repeat(5_000),
  { $ref: 'x' },
  ['a', 1],
  { a: { b: [null] } },
];
const DEEP = 60;
const HUGE = 20_000;

/** The value with one thing wrong about it: a part missing, more than asked for, or something of another kind. Most schemas refuse it. */
export function breakValue(value: JsonValue, dice: Dice): JsonValue {
  const places = placesIn(value);
  const place = dice.pick(places);
  switch (dice.below(6)) {
    case 0:
      return without(value, place);
    case 1:
      return replaced(value, [...place, 'unasked'], dice.pick(WRONG));
    case 2:
      return dice.pick(WRONG);
    case 3:
      return replaced(value, place, dice.chance(50) ? 'x'.repeat(HUGE) : nested(DEEP));
    default:
      return replaced(value, place, dice.pick(WRONG));
  }
}

/** Every place of a value but itself; itself where it has none. */
function placesIn(value: JsonValue): readonly (readonly string[])[] {
  const places: (readonly string[])[] = [];
  const collect = (at: JsonValue, path: readonly string[]): void => {
    if (path.length > 0) places.push(path);
    if (typeof at !== 'object' || at === null || isReference(at) || path.length > 5) return;
    for (const [key, inner] of Object.entries(at)) collect(inner as JsonValue, [...path, key]);
  };
  collect(value, []);
  return places.length > 0 ? places : [[]];
}

function isReference(value: object): boolean {
  return '$known' in value || '$person' in value;
}

function without(value: JsonValue, [key, ...rest]: readonly string[]): JsonValue {
  if (key === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return rest.length === 0 ? value.toSpliced(Number(key), 1) : value.with(Number(key), without(value[Number(key)] ?? null, rest));
  const { [key]: inner, ...others } = value;
  return rest.length === 0 || inner === undefined ? others : { ...others, [key]: without(inner, rest) };
}

function nested(depth: number): JsonValue {
  let value: JsonValue = 1;
  for (let index = 0; index < depth; index += 1) value = [value];
  return value;
}
