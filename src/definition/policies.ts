import { DEFAULT_CLEANUP, type CleanupPolicy, type Retention } from './cleanup-policy.ts';
import { DEFAULT_PRESENCE, type PresencePolicy } from './presence-policy.ts';
import { DEFAULT_RIGHTS, type Rights } from './rights.ts';

/** What a session allows whom, as data. */
export type Policies<Role extends string = string> = {
  /** Who may join. A session can be created with less, never with more. */
  readonly access: Access;
  /** Role of who created the session. */
  readonly creatorRole: Role;
  /** Role of everyone else at a first join. */
  readonly joinRole: Role;
  /** Roles that take no seat and are counted instead of listed. */
  readonly audience: readonly Role[];
  /** Who may do what besides playing: roles and `owner`, by right. What is not named stays as it is by default. */
  readonly rights: Partial<Rights>;
  /** How long the place of a lost connection is kept, in ms: a return within it goes unnoticed by the others. */
  readonly reconnectWindowMs: number;
  /** What becomes of the seat of who did not return in time: `held` for a later return, or `freed`. */
  readonly seat: 'held' | 'freed';
  /** How often at most a view's recipients are given its hash to compare, in ms. */
  readonly checkpointMs: number;
  /** The status of a new session: in the `lobby` it gathers people and takes no game commands until it is started. */
  readonly start: 'lobby' | 'active';
  /** When nobody of the role `gm` is there any more: `pause` the session, `hand-over` to whoever joined first of those present, or `keep` going. */
  readonly whenGmLeaves: 'keep' | 'pause' | 'hand-over';
  /** Whether time in which the server was down counts for timers. */
  readonly timers: { readonly downtime: 'counts' | 'frozen' };
  /** Who is shown as here, and to whom. */
  readonly presence: PresencePolicy<Role>;
  /** When a session is given up, put away and deleted. */
  readonly cleanup: CleanupPolicy;
  /** How long its content is kept. */
  readonly retention: Retention;
};

export const DEFAULT_POLICIES: Policies = {
  access: 'invite',
  creatorRole: 'gm',
  joinRole: 'player',
  audience: ['spectator'],
  rights: DEFAULT_RIGHTS,
  reconnectWindowMs: 30_000,
  seat: 'held',
  checkpointMs: 15_000,
  start: 'active',
  whenGmLeaves: 'keep',
  timers: { downtime: 'counts' },
  presence: DEFAULT_PRESENCE,
  cleanup: DEFAULT_CLEANUP,
  retention: 'full',
};

/**
 * `open`: every authenticated identity. `members`: the members of its campaign, and whoever was invited. `invite`: the owner
 * and whoever was invited.
 */
export type Access = 'open' | 'members' | 'invite';

/** What a definition says of its policies; the rest is as in `DEFAULT_POLICIES`. */
export type GivenPolicies<Role extends string = string> = Partial<Omit<Policies<Role>, 'presence' | 'cleanup'>> & {
  readonly presence?: Partial<PresencePolicy<Role>>;
  readonly cleanup?: Partial<CleanupPolicy>;
};

/** Roles that every definition has. */
export const BUILT_IN_ROLES = ['gm', 'player', 'spectator'] as const;
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number];
