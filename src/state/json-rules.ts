import type { JsonArray, JsonObject } from '../protocol/json.ts';
import { RESERVED_KEYS, isPlainKey } from '../protocol/plain-key.ts';

/** A JSON value that holds others. */
export type Container = JsonObject | JsonArray;

/** Most containers inside one another, and most keys in a path. */
export const MAX_DEPTH = 64;

/** Why no state, path or value may hold a key, if so: see `isPlainKey`. */
export function keyFault(key: string): string | undefined {
  if (isPlainKey(key)) return undefined;
  if (RESERVED_KEYS.includes(key)) return 'this key is reserved by the language and refused';
  return 'this key holds a character that must be escaped in JSON and is refused';
}

/** Whether a number can be an array index. */
export function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** What a wrong value is, in words for an error message. */
export function describeValue(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const name: unknown = isContainer(prototype) && typeof prototype.constructor === 'function' ? prototype.constructor.name : undefined;
  return typeof name === 'string' && name !== '' ? `a ${name}` : 'an object with a prototype of its own';
}
