import type { Internal } from './tree.ts';

/** How much session time had passed at `since` (wall-clock milliseconds), when it began to run; null: it stands still. */
export type SessionTime = { ranMs: number; since: number | null };

/** Session time at `at`: what passed while the session was active. Never decreases. */
export function sessionTimeAt({ time }: Pick<Internal, 'time'>, at: number): number {
  return time.ranMs + (time.since === null ? 0 : Math.max(0, at - time.since));
}

/** The wall-clock time at which session time will be `due`; null while it stands still. */
export function wallTimeOf({ time }: Pick<Internal, 'time'>, due: number): number | null {
  return time.since === null ? null : time.since + (due - time.ranMs);
}

/** Lets session time run from `at` on, or stand still. `internal` is a draft. */
export function runSessionTime(internal: Internal, at: number, running: boolean): void {
  if (running === (internal.time.since !== null)) return;
  internal.time = { ranMs: sessionTimeAt(internal, at), since: running ? at : null };
}
