import { CODES, type Code } from '../protocol/codes.ts';
import type { JsonValue } from '../protocol/json.ts';

/** A refusal: a value with a stable code, never an exception. Nothing was changed. */
export type Refusal = { readonly ok: false; readonly code: Code; readonly message: string; readonly details?: JsonValue | undefined };

/** What became of a request: what it asked for, or a refusal. */
export type Outcome<T> = ({ readonly ok: true } & T) | Refusal;

/** A refusal with the table's own sentence unless a more exact one is known. */
export function refuse(code: Code, message: string = CODES[code].message, details?: JsonValue): Refusal {
  return details === undefined ? { ok: false, code, message } : { ok: false, code, message, details };
}
