import type { Code, Then } from '../protocol/codes.ts';

/** Why something ended: what is told to people and programs, and what this end should do about it. */
export type Cause = {
  /** A code of the one table, or `gone`: the peer or the network is gone without a word. */
  readonly code: Code | 'gone';
  /** One sentence for people. */
  readonly message: string;
  readonly then: Then;
  /** Milliseconds that the other end asks to wait before the next try. */
  readonly retryAfterMs?: number | undefined;
};

/** What a connection takes along from one transport to the next. */
export type Carried = {
  /** Number of its newest transport, 1 or more. What happens to an older one changes nothing. */
  readonly transport: number;
  /** True once a login was accepted. */
  readonly everLive: boolean;
  /** Losses and failed tries since the last transport that proved good; decides how long the next wait is. */
  readonly failures: number;
  /** True when the credential has been renewed since it was last live: a second refusal is final. */
  readonly renewed: boolean;
};

/** A time without a live transport. */
export type Outage = {
  /** When it was lost, or, if it was never live, when it first failed. */
  readonly lostAt: number;
  /** When the reconnect window ends; Infinity when it never does. */
  readonly until: number;
  /** What the newest failure was. */
  readonly cause: Cause;
};

/** On its way to being live; must be there by `deadline`. */
type Underway = Carried & {
  readonly since: number;
  readonly deadline: number;
  /** How many tries this end has made since it was last live, this one included. */
  readonly attempt: number;
  /** Present when this is a way back. */
  readonly outage: Outage | undefined;
};

/** The transport is being opened. */
export type Connecting = Underway & { readonly state: 'connecting' };

/** The transport is open; nobody has presented a login on it. */
export type Connected = Underway & { readonly state: 'connected' };

/** A login was presented and is being decided. */
export type Authenticating = Underway & { readonly state: 'authenticating' };

type LoggedIn = Carried & {
  readonly since: number;
  /** When the login of this transport was accepted. */
  readonly loggedInAt: number;
  /** When anything was last heard. */
  readonly heardAt: number;
  /** When this end next asks for a sign of life; Infinity when it does not ask. */
  readonly pingAt: number;
  /** After a wake: until when an answer should have come; Infinity when none is awaited. */
  readonly answerBy: number;
};

/** Logged in, and heard of recently. */
export type Live = LoggedIn & { readonly state: 'live' };

/** Logged in, but silent for long; given up at `deadAt` unless anything is heard. */
export type Suspect = LoggedIn & { readonly state: 'suspect'; readonly deadAt: number };

/** Without a transport, within its reconnect window. */
export type Reconnecting = Carried &
  Outage & {
    readonly state: 'reconnecting';
    readonly since: number;
    /** The number that this end's next try will have since it was last live; 0 when it only waits for the peer. */
    readonly attempt: number;
    /** What ends the wait: `time` (at `retryAt`), a new `credential`, or the `peer` coming back. */
    readonly awaits: 'time' | 'credential' | 'peer';
    readonly retryAt: number | undefined;
    /** Not even a wake tries before this: the other end asked for it. */
    readonly notBefore: number;
  };

/** Over for good. */
export type Closed = {
  readonly state: 'closed';
  readonly transport: number;
  readonly everLive: boolean;
  readonly since: number;
  readonly reason: Cause;
};

/**
 * Where a connection is in its life, at either end. `since` says how long it has been in this state. All times are
 * milliseconds of the clock that the host uses for its events; `shiftTimes` puts them on another one.
 */
export type ConnectionStatus = Connecting | Connected | Authenticating | Live | Suspect | Reconnecting | Closed;

export type ConnectionState = ConnectionStatus['state'];

/**
 * The same status with every time moved by `byMs`: hosts count in monotonic time, people read wall-clock time.
 *
 * @example shiftTimes(status, clock.now() - clock.monotonic())
 */
export function shiftTimes(status: ConnectionStatus, byMs: number): ConnectionStatus {
  const shifted = shift(status, byMs);
  if (!('outage' in shifted) || shifted.outage === undefined) return shifted;
  return { ...shifted, outage: shift(shifted.outage, byMs) };
}

/** Numbers in a status that are no times. */
const COUNTS = ['transport', 'failures', 'attempt'];

function shift<Part extends object>(part: Part, byMs: number): Part {
  const times = Object.entries(part).filter(([name, at]) => typeof at === 'number' && !COUNTS.includes(name));
  return { ...part, ...Object.fromEntries(times.map(([name, at]) => [name, at + byMs])) };
}
