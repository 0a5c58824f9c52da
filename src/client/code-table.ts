import type { CloseCode, CODES, Code, Then } from '../protocol/codes.ts';

type Table = typeof CODES;
type ThenOf<C extends Code> = Table[C]['then'];
type NotStop = { [C in Code]: ThenOf<C> extends 'stop' ? never : C }[Code];

/*
 * What the client needs of the one table of codes. The compiler holds it equal to that table, whose sentences the server
 * sends along anyway and which would be a tenth of the client.
 */

const THEN: { readonly [C in NotStop]: ThenOf<C> } = {
  'unauthenticated': 'sign-in',
  'expired': 'sign-in',
  'full': 'retry',
  'out-of-order': 'reconnect',
  'unknown-instance': 'reset',
  'too-many-unanswered': 'retry',
  'unavailable': 'retry',
  'disk-full': 'retry',
  'token-reused': 'reconnect',
  'lost': 'reconnect',
  'rate-limited': 'retry',
  'too-many-connections': 'retry',
  'login-timeout': 'reconnect',
  'timed-out': 'reconnect',
  'too-slow': 'reconnect',
  'shutting-down': 'reconnect',
  'internal': 'retry',
};

const BY_CLOSE: { readonly [C in CloseCode as Table[C]['close']]: C } = {
  1000: 'left',
  1009: 'too-large',
  1011: 'internal',
  1012: 'shutting-down',
  4400: 'bad-frame',
  4401: 'unauthenticated',
  4403: 'forbidden',
  4404: 'not-found',
  4408: 'login-timeout',
  4409: 'full',
  4410: 'ended',
  4411: 'out-of-order',
  4412: 'unknown-instance',
  4413: 'too-slow',
  4414: 'timed-out',
  4415: 'replaced',
  4416: 'token-reused',
  4417: 'lost',
  4418: 'expired',
  4419: 'invite-invalid',
  4420: 'kicked',
  4421: 'banned',
  4422: 'locked',
  4423: 'quarantined',
  4426: 'unsupported-version',
  4429: 'too-many-unanswered',
  4430: 'rate-limited',
  4431: 'too-many-connections',
  4503: 'unavailable',
  4507: 'disk-full',
};

/** A code of a newer server that this client does not know: nothing to be done about it but to tell. */
export function thenOf(code: Code): Then {
  const known: Partial<Record<Code, Then>> = THEN;
  return (Object.hasOwn(known, code) && known[code]) || 'stop';
}

/** The code that a WebSocket close code stands for. */
export function codeOfClose(close: number): Code | undefined {
  const known: Readonly<Record<number, Code>> = BY_CLOSE;
  return known[close];
}
