/** `true` when the two types are mutually identical, so that a test of types can say what it expects. */
export type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;

/** Compiles only when the claim is `true`. */
export type Holds<_Claim extends true> = never;
