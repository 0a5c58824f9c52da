import type { Policies } from '../definition/policies.ts';
import { DEFAULT_RIGHTS, type Right } from '../definition/rights.ts';

/** Someone as rights see them: a participant, or an owner who takes no part (role ''). `system` is the host itself. */
export type Holder = { readonly id: string; readonly role: string };

/** Whether `who` holds a right in a session of that owner. */
export function holdsRight(right: Right, who: Holder, owner: string, policies: Pick<Policies, 'rights'>): boolean {
  if (who.role === 'system') return true;
  const holders = policies.rights[right] ?? DEFAULT_RIGHTS[right];
  return (who.id === owner && holders.includes('owner')) || (who.role !== '' && who.role !== 'owner' && holders.includes(who.role));
}

/**
 * Whether `who`, holding the right, may use it on `target`: nobody acts on the owner, and of those who run the session only
 * the owner acts on another one.
 */
export function mayActOn(who: Holder, target: Holder, owner: string): boolean {
  if (who.role === 'system') return true;
  if (target.id === owner) return false;
  return who.id === owner || target.role !== 'gm';
}
