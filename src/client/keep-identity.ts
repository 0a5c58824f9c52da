import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { isContainer } from '../state/json-rules.ts';

/**
 * `after`, built from the parts of `before` wherever they are equal (key order included): so that a fresh snapshot of
 * unchanged content is the very same object, and a part of the application that shows an unchanged branch stays at rest.
 * Changes `after` in place, which nobody else may hold.
 */
export function keepIdentity<T extends JsonValue>(before: JsonValue | undefined, after: T): T {
  if (before === undefined || !isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) return after;
  // Arrays are walked by their indexes as keys.
  const [old, now] = [before as JsonObject, after as JsonObject];
  const [oldKeys, keys] = [Object.keys(old), Object.keys(now)];
  let equal = oldKeys.length === keys.length;
  keys.forEach((key, index) => {
    const kept = keepIdentity(Object.hasOwn(old, key) ? old[key] : undefined, now[key] as JsonValue);
    now[key] = kept;
    equal &&= oldKeys[index] === key && old[key] === kept;
  });
  return equal ? (before as T) : after;
}
