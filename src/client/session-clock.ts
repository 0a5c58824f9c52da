/** So many of the latest round trips count. */
export const ROUND_TRIPS = 9;

/** One measured round trip, and what it says of the server's clock. */
export type RoundTrip = { readonly rttMs: number; readonly offsetMs: number };

/** How far away the server is, in milliseconds: medians over the latest round trips. */
export type SessionClock = {
  /** A round trip. */
  readonly rttMs: number;
  /** By how much one round trip differs from the next. */
  readonly jitterMs: number;
  /** What to add to this device's wall-clock time to have the server's; right to within half a round trip. */
  readonly offsetMs: number;
};
