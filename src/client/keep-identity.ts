import type { JsonValue } from '../protocol/json.ts';

/**
 * `after`, built from the parts of `before` wherever they are equal (key order included): so that a fresh snapshot of
 * unchanged content is the very same object, and a part of the application that shows an unchanged branch stays at rest.
 */
export function keepIdentity<T extends JsonValue>(before: JsonValue | undefined, after: T): T {
  return same(before, after) as T;
}

function same(before: JsonValue | undefined, after: JsonValue): JsonValue {
  if (before === after || typeof after !== 'object' || after === null || typeof before !== 'object' || before === null) return after;
  if (Array.isArray(after)) return Array.isArray(before) ? sameArray(before, after) : after;
  return Array.isArray(before) ? after : sameObject(before, after);
}

function sameArray(before: JsonValue[], after: JsonValue[]): JsonValue[] {
  for (let index = 0; index < after.length; index += 1) after[index] = same(before[index], after[index] as JsonValue);
  return before.length === after.length && after.every((value, index) => value === before[index]) ? before : after;
}

function sameObject(before: { [key: string]: JsonValue }, after: { [key: string]: JsonValue }): JsonValue {
  const keys = Object.keys(after);
  for (const key of keys) after[key] = same(Object.hasOwn(before, key) ? before[key] : undefined, after[key] as JsonValue);
  const keysBefore = Object.keys(before);
  return keys.length === keysBefore.length && keys.every((key, index) => key === keysBefore[index] && after[key] === before[key])
    ? before
    : after;
}
