import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';

/** Few keys, so that scripts meet the same ones again; some that look like indexes, which JavaScript orders by number. */
export const KEYS = ['a', 'b', 'c', 'name', '10', '2', '', '-1', 'toString'] as const;

export const key = fc.constantFrom(...KEYS);

const primitive = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', 'x', 'long text'), fc.boolean(), fc.constant(null));

/** JSON values of up to three levels. */
export const { value, object } = fc.letrec<{ value: JsonValue; object: JsonObject; array: JsonValue[] }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, primitive, tie('object'), tie('array')),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  array: fc.array(tie('value'), { maxLength: 5 }),
}));

/** Trees as sessions have them: a list, rows of objects and a map at the root. */
const typical: fc.Arbitrary<JsonObject> = fc.record(
  {
    list: fc.array(primitive, { minLength: 2, maxLength: 5 }),
    rows: fc.array(object, { minLength: 2, maxLength: 4 }),
    map: fc.dictionary(key, object, { maxKeys: 3, noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

export const tree: fc.Arbitrary<JsonObject> = fc.oneof(object, typical);
