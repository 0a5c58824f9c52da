/**
 * The one table of every code that a client can meet, in rejections, errors, HTTP answers and closes.
 * `then` says what the client should do: `retry` the same thing later, `reconnect`, `sign-in` again, `reset` (start from
 * a snapshot as a new instance), `stop` (doing the same again cannot succeed).
 */
export type Then = 'retry' | 'reconnect' | 'sign-in' | 'reset' | 'stop';

type Row = {
  /** What the client should do. */
  readonly then: Then;
  /** HTTP status of the same outcome. */
  readonly http: number;
  /** WebSocket close code, for codes that end a connection (RFC 6455 section 7.4: 1000-1015 registered, 4000-4999 private). */
  readonly close?: number;
  /** One sentence: what happened, why, what to do. */
  readonly message: string;
};

export const CODES = {
  'bad-frame': { then: 'stop', http: 400, close: 4400, message: 'The server could not read a frame of this client; update the client.' },
  'bad-request': { then: 'stop', http: 400, message: 'The request is not of the documented form.' },
  'invalid-arguments': { then: 'stop', http: 422, message: 'The arguments do not fit the command’s schema.' },
  'unknown-command': { then: 'stop', http: 404, message: 'The session has no such command in its current mode.' },
  'unknown-type': { then: 'stop', http: 404, message: 'This server hosts no session type of that name.' },
  'not-found': { then: 'stop', http: 404, close: 4404, message: 'There is no such session, or it is not visible to you.' },
  'unauthenticated': { then: 'sign-in', http: 401, close: 4401, message: 'The credential is missing, wrong or expired; sign in again.' },
  'expired': { then: 'sign-in', http: 401, close: 4418, message: 'The credential has expired; sign in again.' },
  'forbidden': { then: 'stop', http: 403, close: 4403, message: 'Your role does not allow this.' },
  'full': { then: 'retry', http: 409, close: 4409, message: 'The session has no free seat.' },
  'ended': { then: 'stop', http: 410, close: 4410, message: 'The session has ended; its state can no longer change.' },
  'not-active': { then: 'stop', http: 409, message: 'The session is not taking game commands now.' },
  'illegal-transition': { then: 'stop', http: 409, message: 'The session cannot do this in its present status.' },
  'rejected': { then: 'stop', http: 409, message: 'The command was refused by the rules of the session.' },
  'conflict': { then: 'stop', http: 409, message: 'The state has changed since the seq that this command was based on.' },
  'handler-failed': { then: 'stop', http: 500, message: 'The session’s own code failed on this command; nothing changed.' },
  'body-differs': { then: 'stop', http: 409, message: 'This command number was already used with another body.' },
  'out-of-order': { then: 'reconnect', http: 409, close: 4411, message: 'A command number was skipped; reconnect to resend in order.' },
  'unknown-instance': {
    then: 'reset',
    http: 409,
    close: 4412,
    message: 'The server does not know this client instance; start as a new one.',
  },
  'too-many-unanswered': { then: 'retry', http: 429, close: 4429, message: 'More than 32 commands are unanswered; wait for answers.' },
  'too-large': { then: 'stop', http: 413, close: 1009, message: 'This is larger than the limit allows.' },
  'unavailable': { then: 'retry', http: 503, close: 4503, message: 'The session is not available at the moment; try again shortly.' },
  'disk-full': {
    then: 'retry',
    http: 507,
    close: 4507,
    message: 'The server’s disk is full; nothing was changed. Try again when space is free.',
  },
  'quarantined': { then: 'stop', http: 503, close: 4423, message: 'The session’s stored data failed a check; an operator must decide.' },
  'unsupported-version': { then: 'stop', http: 426, close: 4426, message: 'This protocol version is not supported by the server.' },
  'token-reused': {
    then: 'reconnect',
    http: 409,
    close: 4416,
    message: 'A reconnect token was used that had been replaced; this connection ends, and another is opened anew.',
  },
  'lost': { then: 'reconnect', http: 408, close: 4417, message: 'The connection did not come back in time; its place is given up.' },
  'invite-invalid': { then: 'stop', http: 404, close: 4419, message: 'This invitation is not valid, or no longer.' },
  'quota-exceeded': { then: 'stop', http: 403, message: 'You have as many of these as the server allows one person.' },
  'rate-limited': { then: 'retry', http: 429, close: 4430, message: 'Too much at once; wait before the next try.' },
  'too-many-connections': {
    then: 'retry',
    http: 503,
    close: 4431,
    message: 'The server has as many connections as it takes; try again shortly.',
  },
  'over-budget': {
    then: 'stop',
    http: 409,
    close: 4432,
    message: 'The session uses more than it may; what is not needed must go before anything is added.',
  },
  'login-timeout': { then: 'reconnect', http: 408, close: 4408, message: 'The first frame did not come in time.' },
  'timed-out': { then: 'reconnect', http: 408, close: 4414, message: 'Nothing was heard from this client for too long.' },
  'too-slow': { then: 'reconnect', http: 503, close: 4413, message: 'The client reads too slowly; reconnect to catch up.' },
  'replaced': { then: 'stop', http: 409, close: 4415, message: 'This client instance connected again elsewhere.' },
  'left': { then: 'stop', http: 200, close: 1000, message: 'You left the session.' },
  'shutting-down': { then: 'reconnect', http: 503, close: 1012, message: 'The server is restarting; reconnect shortly.' },
  'kicked': { then: 'stop', http: 403, close: 4420, message: 'You were removed from this session.' },
  'banned': { then: 'stop', http: 403, close: 4421, message: 'You are banned from this session.' },
  'locked': { then: 'stop', http: 409, close: 4422, message: 'The session is locked: nobody new comes in until it is opened again.' },
  'internal': { then: 'retry', http: 500, close: 1011, message: 'Something failed inside the server; it was logged.' },
} as const satisfies Record<string, Row>;

export type Code = keyof typeof CODES;
/** Codes that can end a connection. */
export type CloseCode = { [C in Code]: (typeof CODES)[C] extends { close: number } ? C : never }[Code];
