import type { JsonValue } from '../protocol/json.ts';
import type { Path } from './op.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import { MAX_DEPTH, describeValue, isIndex, keyFault } from './json-rules.ts';
import { StateError } from './state-error.ts';

/** Throws `StateError` unless a value that came out of `JSON.parse` may stand in a tree: no reserved keys, not too deep. */
export function checkJson(value: unknown, depth = 0): asserts value is JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      break;
    case 'object':
      if (value === null) return;
      checkContainer(value, depth);
      return;
    default:
  }
  throw new StateError('bad-value', [], `${describeValue(value)} is not a JSON value`);
}

function checkContainer(value: object, depth: number): void {
  if (depth >= MAX_DEPTH) throw new StateError('too-deep', [], 'a value nests deeper than the limit');
  if (Array.isArray(value)) {
    for (const item of value) checkJson(item, depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new StateError('bad-value', [], `${describeValue(value)} is not a JSON value`);
  for (const [key, item] of Object.entries(value)) {
    const fault = keyFault(key);
    if (fault !== undefined) throw new StateError('reserved-key', [key], fault);
    checkJson(item, depth + 1);
  }
}

/** Throws `StateError` unless the value is a path: 1 to 64 keys and indexes, all of the keys plain. */
export function checkPath(value: unknown): asserts value is Path {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_DEPTH) {
    throw new StateError('bad-path', [], `a path must be a list of 1 to ${MAX_DEPTH} keys and indexes`);
  }
  for (const key of value as unknown[]) {
    if (typeof key === 'string' ? !isPlainKey(key) : !isIndex(key))
      throw new StateError('bad-path', [], 'a path holds a key that is refused or something that is neither key nor index');
  }
}
