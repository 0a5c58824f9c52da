import type { JsonObject } from '../protocol/json.ts';
import { ViewHash } from '../state/view-hash.ts';
import type { RoundTrip, SessionClock } from './session-clock.ts';

/** The hash of a whole view, every value read anew: a value that somebody changed in place is found too. */
export function hashView(view: { readonly meta: JsonObject; readonly state: JsonObject }): string {
  return new ViewHash().of(view);
}

/** Medians, which one slow round trip does not move. */
export function estimateClock(roundTrips: readonly RoundTrip[]): SessionClock {
  const rtts = roundTrips.map(({ rttMs }) => rttMs);
  return {
    rttMs: median(rtts),
    jitterMs: median(rtts.slice(1).map((rtt, index) => Math.abs(rtt - (rtts[index] ?? rtt)))),
    offsetMs: median(roundTrips.map(({ offsetMs }) => offsetMs)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
