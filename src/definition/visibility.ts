import type { ParticipantId } from '../protocol/ids.ts';

/** Whose sight is asked for. */
export type Viewer = { readonly id: ParticipantId; readonly role: string };

/**
 * Who sees a top-level key of the state: `'all'`, a list of roles, `'self'` (below the key are participant ids, and each
 * sees the own entry), or a function of id and role, evaluated when the role changes and never per event.
 */
export type VisibilityRule<Role extends string = string> = 'all' | 'self' | readonly Role[] | ((participant: Viewer) => boolean);

export type VisibilityRules = Readonly<Record<string, VisibilityRule>>;

/**
 * A rule for some keys of `Own` or `More` (the state of the parts); an unknown key or role does not compile. While the
 * compiler has not inferred `Own` yet, it tries with a state without keys: it gives up on the call unless all fits then.
 */
export type VisibilityOf<Own, More, Visibility, Role extends string> = [keyof Own] extends [never]
  ? unknown
  : {
      readonly [Key in keyof Visibility]: Key extends keyof Own | keyof More
        ? VisibilityRule<Role>
        : { readonly fault: 'no such key of the state' };
    };
