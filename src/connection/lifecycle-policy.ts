import type { Then } from '../protocol/codes.ts';

/** How long to wait before the next try: `firstMs`, times `factor` for each failure, up to `capMs`. */
export type Backoff = {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** The part of the wait that is left to chance, 0 to 1; 1 is full jitter: anything between nothing and the whole. */
  readonly jitter: number;
};

/** What an end does about a lost transport: opens the next one itself, waits for the peer to come back, or gives up. */
export type Reconnects = 'dials' | 'waits' | 'never';

/** Everything in which two connections, or two ends of one, may differ. Durations are milliseconds; Infinity means never. */
export type ConnectionPolicy = {
  /** A transport must be open within this time. */
  readonly openTimeoutMs: number;
  /** On an open transport a login must have been accepted within this time. */
  readonly loginTimeoutMs: number;
  /** With every sign of life while a login is decided this much is left for the rest of the answer, which may be long; 0: talk extends nothing. */
  readonly catchUpTimeoutMs: number;
  /** How often this end asks for a sign of life, where it asks. */
  readonly heartbeatMs: number;
  /** Whether it asks all the time, only when the peer has been silent for long, or never. */
  readonly pings: 'steadily' | 'when-suspect' | 'never';
  /** After this much silence a connection is suspect. */
  readonly suspectAfterMs: number;
  /** After this much silence its transport is given up. */
  readonly deadAfterMs: number;
  readonly reconnects: Reconnects;
  /** How long it may be without a live transport before it is closed. */
  readonly reconnectWindowMs: number;
  readonly backoff: Backoff;
  /** A transport that was live this long proved good: the next loss starts again with the shortest wait. */
  readonly provenMs: number;
};

/** The end that opens connections, and keeps trying. */
export const CLIENT_POLICY: ConnectionPolicy = {
  openTimeoutMs: 10_000,
  loginTimeoutMs: 10_000,
  catchUpTimeoutMs: 37_500,
  heartbeatMs: 15_000,
  pings: 'steadily',
  suspectAfterMs: 22_500,
  deadAfterMs: 37_500,
  reconnects: 'dials',
  reconnectWindowMs: Infinity,
  backoff: { firstMs: 100, factor: 2, capMs: 5_000, jitter: 0.5 },
  provenMs: 5_000,
};

/** The end that takes connections, and keeps the place of a lost one for a while. */
export const SERVER_POLICY: ConnectionPolicy = {
  ...CLIENT_POLICY,
  loginTimeoutMs: 5_000,
  catchUpTimeoutMs: 0,
  pings: 'when-suspect',
  reconnects: 'waits',
  reconnectWindowMs: 30_000,
};

/**
 * A policy with some parts changed. With another heartbeat the limits of silence change in proportion, unless given too.
 * Throws a RangeError for values that cannot work.
 */
export function changePolicy(base: ConnectionPolicy, changes: Partial<ConnectionPolicy>): ConnectionPolicy {
  const scale = (changes.heartbeatMs ?? base.heartbeatMs) / base.heartbeatMs;
  const silence = { suspectAfterMs: base.suspectAfterMs * scale, deadAfterMs: base.deadAfterMs * scale };
  const policy = { ...base, ...silence, ...changes };
  for (const [name, value] of Object.entries(policy)) {
    if (typeof value === 'number' && !(value >= 0)) throw new RangeError(`${name} must be 0 or more milliseconds, not ${value}`);
  }
  if (!(policy.heartbeatMs > 0)) throw new RangeError('heartbeatMs must be more than 0');
  if (policy.deadAfterMs < policy.suspectAfterMs) throw new RangeError('deadAfterMs must not be less than suspectAfterMs');
  const { jitter } = policy.backoff;
  if (!(jitter >= 0 && jitter <= 1)) throw new RangeError(`backoff.jitter must be from 0 to 1, not ${jitter}`);
  return policy;
}

/** What follows a loss: try again in a while, renew the credential first, try as a new one, wait for the peer, or close. */
export type AfterLoss = 'dial' | 'renew' | 'afresh' | 'wait' | 'close';

/** What each kind of end makes of what a code says. */
export const AFTER_LOSS: Readonly<Record<Reconnects, Readonly<Record<Then, AfterLoss>>>> = {
  dials: { 'retry': 'dial', 'reconnect': 'dial', 'sign-in': 'renew', 'reset': 'afresh', 'stop': 'close' },
  waits: { 'retry': 'wait', 'reconnect': 'wait', 'sign-in': 'wait', 'reset': 'close', 'stop': 'close' },
  never: { 'retry': 'close', 'reconnect': 'close', 'sign-in': 'close', 'reset': 'close', 'stop': 'close' },
};

/** Milliseconds to wait after the given failure in a row (1, 2, 3, ...). `random` is in [0, 1). */
export function waitAfter(failures: number, backoff: Backoff, random: number): number {
  const whole = Math.min(backoff.capMs, backoff.firstMs * backoff.factor ** (failures - 1));
  return whole * (1 - backoff.jitter * (1 - random));
}
