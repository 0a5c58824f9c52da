import type { Rate } from './token-bucket.ts';

/** How much the connections of one server may take up. Rates are far above what people do, and below what hurts others. */
export type ConnectionLimits = {
  /** Connections that have a transport, at once. Default 50,000. */
  readonly maxConnections: number;
  /** Transports whose login is not decided yet, at once. Default 5,000. */
  readonly maxHandshakes: number;
  /** Frames taken from one connection. Default 1,000 a second, 5,000 at once. */
  readonly connectionFrames: Rate;
  /** Frames taken from all connections of one identity. Default 2,000 a second, 10,000 at once. */
  readonly participantFrames: Rate;
  /**
   * Transports opened from one address. Default 50 a second, 500 at once. This machine's own addresses are not counted: a
   * proxy in front of the server would be taken for one busy client.
   */
  readonly addressOpens: Rate;
  /** Whoever is turned away is asked to wait at least this long, and at most twice that, at random. Default 1,000. */
  readonly turnAwayMs: number;
};

export const CONNECTION_LIMITS: ConnectionLimits = {
  maxConnections: 50_000,
  maxHandshakes: 5_000,
  connectionFrames: { perSecond: 1_000, burst: 5_000 },
  participantFrames: { perSecond: 2_000, burst: 10_000 },
  addressOpens: { perSecond: 50, burst: 500 },
  turnAwayMs: 1_000,
};

/** The limits with some changed. Throws a RangeError for values that cannot work. */
export function changeLimits(changes: Partial<ConnectionLimits>): ConnectionLimits {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const limits: ConnectionLimits = { ...CONNECTION_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    const numbers = typeof value === 'number' ? [value] : [value.perSecond, value.burst];
    if (!numbers.every((number) => number > 0)) throw new RangeError(`${name} must be more than 0`);
  }
  return limits;
}
