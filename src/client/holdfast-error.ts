import { CODES, type Code, type Then } from '../protocol/codes.ts';
import type { JsonValue } from '../protocol/json.ts';

/**
 * Something that was asked for did not happen. `code` is from the one table of codes and stable; `message` says what
 * happened, why and what to do; `then` says what a program should do: `retry`, `reconnect`, `sign-in`, `reset`, `stop`.
 *
 * @example
 * try {
 *   await session.commands.roll({ sides: 20 });
 * } catch (error) {
 *   if (error instanceof HoldfastError && error.then === 'retry') offerToTryAgain();
 * }
 */
export class HoldfastError extends Error {
  readonly code: Code;
  readonly then: Then;
  /** What the server's code adds, for example the failing arguments; undefined when nothing. */
  readonly details: JsonValue | undefined;
  /** Milliseconds that the server asks to wait before trying again. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: Code,
    message?: string,
    more: { details?: JsonValue | undefined; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message ?? CODES[code].message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'HoldfastError';
    this.code = code;
    this.then = CODES[code].then;
    this.details = more.details;
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** Whether a text is a code that this client knows. */
export function isCode(value: unknown): value is Code {
  return typeof value === 'string' && Object.hasOwn(CODES, value);
}

/** What a closed connection means, by the one table; a close that the table does not name is a lost connection. */
export function errorOfClose(closeCode: number, reason: string): HoldfastError {
  for (const [code, row] of Object.entries(CODES)) {
    if (isCode(code) && 'close' in row && row.close === closeCode) return new HoldfastError(code, reason || undefined);
  }
  return new HoldfastError('unavailable', `The connection to the server was lost (${closeCode}${reason === '' ? '' : `: ${reason}`}).`);
}
