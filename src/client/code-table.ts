import type { CloseCode, CODES, Code, Then } from '../protocol/codes.ts';

type Table = typeof CODES;
type ThenOf<C extends Code> = Table[C]['then'];
/** Closes that nobody else uses. */
type Own = { [C in CloseCode]: `${Table[C]['close']}` extends `4${string}` ? Table[C]['close'] : never }[CloseCode];
const FIRST_OWN = 4_400;
const LAST_OWN = 4_599;
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

/** Closes that also come without a reason, from what stands between the ends. */
const BY_CLOSE: { readonly [C in CloseCode as Exclude<Table[C]['close'], Own>]: C } = {
  1000: 'left',
  1009: 'too-large',
  1011: 'internal',
  1012: 'shutting-down',
};

/** A code of a newer server that this client does not know: nothing to be done about it but to tell. */
export function thenOf(code: Code): Then {
  const known: Partial<Record<Code, Then>> = THEN;
  return (Object.hasOwn(known, code) && known[code]) || 'stop';
}

/** The code that a WebSocket close stands for: those of our servers name it as their reason. */
export function codeOfClose(close: number, reason: string): Code | undefined {
  const known: Readonly<Record<number, Code>> = BY_CLOSE;
  return known[close] ?? (close >= FIRST_OWN && close <= LAST_OWN && reason !== '' ? (reason as Code) : undefined);
}
