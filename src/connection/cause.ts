import { CODES, type CloseCode, type Code } from '../protocol/codes.ts';
import type { Cause } from './lifecycle-states.ts';

/** The cause that a code of the table stands for, with the table's sentence unless another is given. */
export function causeOf(code: Code, message: string = CODES[code].message, retryAfterMs?: number): Cause {
  const { then } = CODES[code];
  return retryAfterMs === undefined ? { code, message, then } : { code, message, then, retryAfterMs };
}

/** The cause that the other end has named. A code that this end does not know stands for a passing failure. */
export function causeNamed(code: string, message: string, retryAfterMs?: number): Cause {
  return causeOf(isCode(code) ? code : 'unavailable', message, retryAfterMs);
}

function isCode(code: string): code is Code {
  return Object.hasOwn(CODES, code);
}

/** The code under which a transport is closed for this cause. */
export function closeCodeOf({ code }: Cause): CloseCode {
  if (code === 'gone') return 'timed-out';
  return isCloseCode(code) ? code : 'internal';
}

function isCloseCode(code: Code): code is CloseCode {
  return 'close' in CODES[code];
}
