import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';

/** Whose sight is asked for. */
export type Viewer = { readonly id: ParticipantId; readonly role: string; readonly attributes?: JsonObject };

/**
 * Who sees a top-level key of the state: `'all'`, a list of roles, `'self'` (below the key are participant ids, and each
 * sees the own entry), or a function of role and attributes, evaluated when those change and never per event.
 */
export type VisibilityRule<Role extends string = string> = 'all' | 'self' | readonly Role[] | ((participant: Viewer) => boolean);

export type VisibilityRules = Readonly<Record<string, VisibilityRule>>;

/**
 * A rule for some keys of `State`; an unknown key or role does not compile. While the compiler has not inferred the state
 * yet, it tries with a state without keys: everything must fit then, or it gives up on the call.
 */
export type VisibilityOf<State, Visibility, Role extends string> = [keyof State] extends [never]
  ? unknown
  : { readonly [Key in keyof Visibility]: Key extends keyof State ? VisibilityRule<Role> : never };
