/** What a session allows whom, as data. */
export type Policies<Role extends string = string> = {
  /** `open`: every authenticated identity may join. `invite`: the owner, participants and invited people. */
  readonly access: 'open' | 'invite';
  /** Role of who created the session. */
  readonly creatorRole: Role;
  /** Role of everyone else at a first join. */
  readonly joinRole: Role;
  /** How long the place of a lost connection is kept, in ms: a return within it goes unnoticed by the others. */
  readonly reconnectWindowMs: number;
  /** What becomes of the seat of who did not return in time: `held` for a later return, or `freed`. */
  readonly seat: 'held' | 'freed';
  /** How often at most a view's recipients are given its hash to compare, in ms. */
  readonly checkpointMs: number;
};

export const DEFAULT_POLICIES: Policies = {
  access: 'invite',
  creatorRole: 'gm',
  joinRole: 'player',
  reconnectWindowMs: 30_000,
  seat: 'held',
  checkpointMs: 15_000,
};

/** Roles that every definition has. */
export const BUILT_IN_ROLES = ['gm', 'player', 'spectator'] as const;
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number];
