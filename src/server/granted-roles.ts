import { isPlainKey } from '../protocol/plain-key.ts';
import { NAME_MOST } from '../protocol/wire-limits.ts';

/** More places than this do not fit into a token anyway. */
export const GRANTS_MOST = 64;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const ROLE = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Roles by the id of a campaign or session, as a token's claim grants them. Undefined: the claim is not of that form. */
export function readGrants(claim: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) return undefined;
  const grants = Object.entries(claim);
  if (grants.length > GRANTS_MOST || !grants.every(([id, role]) => ID.test(id) && isPlainKey(id) && isRole(role))) return undefined;
  return Object.fromEntries(grants);
}

function isRole(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_MOST && ROLE.test(value);
}
