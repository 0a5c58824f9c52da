import type { JsonValue } from '../protocol/json.ts';
import type { WIRE_LIMITS } from '../protocol/wire-limits.ts';
import { isReservedKey } from '../state/json-rules.ts';
import { HoldfastError } from './holdfast-error.ts';

/** The server's own, which the compiler compares. */
const LIMITS: Pick<(typeof WIRE_LIMITS)['command'], 'bytes' | 'depth' | 'values'> = { bytes: 16_384, depth: 32, values: 4_096 };
/** What is around the arguments in a frame needs room too. */
const MOST_BYTES = LIMITS.bytes - 512;

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
  let left = LIMITS.values - 8;
  const check = (value: JsonValue, depth: number): void => {
    left -= 1;
    if (left < 0 || depth > LIMITS.depth - 2) throw new Error('they hold too many values, or too deep ones');
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new Error(`${value} is not exact`);
    if (typeof value === 'string' && !value.isWellFormed()) throw new Error('a string holds half a character');
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (isReservedKey(key)) throw new Error(`the key ${key} is reserved`);
      check(key, depth);
      check(item, depth + 1);
    }
  };
  check(copy, 0);
  return copy;
}
