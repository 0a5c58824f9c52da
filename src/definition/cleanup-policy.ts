/**
 * When sessions of a type are given up, put away and deleted. Times are in ms; null: never. `hold` keeps a session from
 * every step while it returns true; it must not change anything.
 */
export type CleanupPolicy = {
  /** What keeps a session alive: what people do in it, or also their coming and going. */
  readonly activity: 'commands' | 'attendance';
  /** A session in which nothing happened for this long counts as abandoned. */
  readonly abandonAfterMs: number | null;
  /** The same for one that is paused. */
  readonly pausedAfterMs: number | null;
  /** So long before, people and webhooks are warned. 0: they are not. */
  readonly warnBeforeMs: number;
  /** An abandoned session is ended after this time, unless somebody comes back. */
  readonly graceMs: number;
  /** An ended session is archived after this time. */
  readonly completedAfterMs: number | null;
  /** An archived session is deleted, with its archive, after this time. What it is remembered by stays. */
  readonly deleteAfterMs: number | null;
  readonly hold?: ((state: object, meta: object) => boolean) | undefined;
};

/**
 * What is kept of a session: `full`: all of it, until it is cleaned up; `{ days }`: its events for so many days, and nothing
 * of it for longer than that after its end; `metadata-only`: nothing from its end on. The history record always stays.
 */
export type Retention = 'full' | { readonly days: number } | 'metadata-only';

const DAY_MS = 24 * 3_600_000;

export const DEFAULT_CLEANUP: CleanupPolicy = {
  activity: 'commands',
  abandonAfterMs: 7 * DAY_MS,
  pausedAfterMs: 30 * DAY_MS,
  warnBeforeMs: DAY_MS,
  graceMs: DAY_MS,
  completedAfterMs: 30 * DAY_MS,
  deleteAfterMs: 90 * DAY_MS,
};

/** For sessions that nothing is done to by itself. */
export const NO_CLEANUP: Partial<CleanupPolicy> = {
  abandonAfterMs: null,
  pausedAfterMs: null,
  completedAfterMs: null,
  deleteAfterMs: null,
};
