/** What a session allows whom, as data. */
export type Policies<Role extends string = string> = {
  /** `open`: every authenticated identity may join. `invite`: the owner, participants and invited people. */
  readonly access: 'open' | 'invite';
  /** Role of who created the session. */
  readonly creatorRole: Role;
  /** Role of everyone else at a first join. */
  readonly joinRole: Role;
};

export const DEFAULT_POLICIES: Policies = { access: 'invite', creatorRole: 'gm', joinRole: 'player' };

/** Roles that every definition has. */
export const BUILT_IN_ROLES = ['gm', 'player', 'spectator'] as const;
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number];
