import type { JsonValue } from '../protocol/json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import { WIRE_LIMITS } from '../protocol/wire-limits.ts';
import type { ArgumentRules } from './explain-arguments.ts';

const { bytes, depth, values } = WIRE_LIMITS.command;
/** What is around the arguments in a frame needs room too. */
export const ARGUMENT_RULES: ArgumentRules = { mostBytes: bytes - 512, mostDepth: depth - 2, mostValues: values - 8, isPlainKey };

/**
 * What will be sent: a copy, so that later changes by the caller do not matter. Absent arguments become `{}`. Undefined
 * where the server would end the connection over them; `explainArguments` says why.
 */
export function copyArguments(args: unknown = {}): JsonValue | undefined {
  try {
    const text: string | undefined = JSON.stringify(args);
    if (text === undefined || new TextEncoder().encode(text).length > ARGUMENT_RULES.mostBytes) return undefined;
    const copy: JsonValue = JSON.parse(text);
    return isSound(copy) ? copy : undefined;
  } catch {
    return undefined;
  }
}

function isSound(copy: JsonValue): boolean {
  let left = ARGUMENT_RULES.mostValues;
  const check = (value: JsonValue, level: number): boolean => {
    if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
    if (typeof value === 'string') return value.isWellFormed();
    if (typeof value !== 'object' || value === null) return true;
    const members = Object.entries(value);
    left -= members.length || 1;
    return left >= 0 && level <= ARGUMENT_RULES.mostDepth && members.every(([key, item]) => isPlainKey(key) && check(item, level + 1));
  };
  return check(copy, 0);
}
