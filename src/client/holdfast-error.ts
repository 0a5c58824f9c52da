import type { Code, Then } from '../protocol/codes.ts';
import type { JsonValue } from '../protocol/json.ts';
import { codeOfClose, thenOf } from './code-table.ts';

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
    message: string,
    more: { readonly details?: JsonValue | undefined; readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, more);
    this.name = 'HoldfastError';
    this.code = code;
    this.then = thenOf(code);
    this.details = more.details;
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** What a closed connection means, by the one table; a close that the table does not name is a lost connection. */
export function errorOfClose(close: number, reason: string): HoldfastError {
  return new HoldfastError(codeOfClose(close, reason) ?? 'unavailable', `The connection to the server ended: ${reason || close}.`);
}
