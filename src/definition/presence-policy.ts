/** How a session deals with who is here now. Durations are milliseconds. */
export type PresencePolicy<Role extends string = string> = {
  /** Who loses the connection is shown as before for this long: a return within it goes unnoticed. */
  readonly graceMs: number;
  /** Nobody has done anything on any device for this long: `idle`. */
  readonly idleAfterMs: number;
  /** Which changes of status become events of the log: none, those into and out of `idle`, or every one. */
  readonly record: 'none' | 'idle' | 'status';
  /** Who is told who is here: everyone, or these roles. */
  readonly visibleTo: 'all' | readonly Role[];
};

export const DEFAULT_PRESENCE: PresencePolicy = { graceMs: 3_000, idleAfterMs: 300_000, record: 'none', visibleTo: 'all' };
