import type { JsonValue } from '../protocol/json.ts';
import { HoldfastError } from './holdfast-error.ts';

/** A server takes frames of 64 KiB; what is around the arguments needs some of it. */
const MOST_BYTES = 65_536 - 512;

/**
 * What will be sent: a copy, so that later changes by the caller do not matter. Absent arguments become `{}`. Arguments
 * that cannot be sent at all are refused here, because the server would close the connection over them.
 */
export function copyArguments(command: string, args: unknown): { readonly args: JsonValue } | HoldfastError {
  const text = toJson(args ?? {});
  if (text === undefined) return new HoldfastError('invalid-arguments', `The arguments of ${command} are not JSON.`);
  if (text.length * 3 > MOST_BYTES && new TextEncoder().encode(text).length > MOST_BYTES) {
    return new HoldfastError('too-large', `The arguments of ${command} are larger than ${MOST_BYTES} bytes.`);
  }
  const copy: JsonValue = JSON.parse(text);
  return { args: copy };
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
