import type { JsonValue } from '../protocol/json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import { WIRE_LIMITS } from '../protocol/wire-limits.ts';
import { HoldfastError } from './holdfast-error.ts';

const { bytes, depth, values } = WIRE_LIMITS.command;
// What is around the arguments in a frame needs room too.
const MOST_BYTES = bytes - 512;
const MOST_DEPTH = depth - 2;
const MOST_VALUES = values - 8;

/**
 * What will be sent: a copy, so that later changes by the caller do not matter. Absent arguments become `{}`. Arguments
 * that the server would end the connection over are refused here.
 */
export function copyArguments(args: unknown = {}): JsonValue {
  const text: string | undefined = JSON.stringify(args);
  if (text === undefined) throw new Error('they are not JSON');
  if (new TextEncoder().encode(text).length > MOST_BYTES)
    throw new HoldfastError('too-large', `The arguments are larger than ${MOST_BYTES} bytes.`);
  const copy: JsonValue = JSON.parse(text);
  let left = MOST_VALUES;
  const check = (value: JsonValue, level: number): void => {
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new Error(`${value} is not exact`);
    if (typeof value === 'string' && !value.isWellFormed()) throw new Error('a string holds half a character');
    if (typeof value !== 'object' || value === null) return;
    const members = Object.entries(value);
    left -= members.length || 1;
    if (left < 0 || level > MOST_DEPTH) throw new Error('they hold too many values, or too deep ones');
    for (const [key, item] of members) {
      if (!isPlainKey(key)) throw new Error(`the key ${JSON.stringify(key)} is reserved or needs an escape`);
      check(item, level + 1);
    }
  };
  check(copy, 0);
  return copy;
}
