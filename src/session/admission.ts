import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import type { AttachRequest, Identity } from '../protocol/ports.ts';
import type { BuiltInPlan } from './built-in.ts';
import { inviteById, inviteFor, useInvite } from './invites.ts';
import { isClaimed, memberRole } from './joining.ts';
import { banOf } from './moderation.ts';
import { statusOf } from './lifecycle.ts';
import { ADMITS } from './lifecycle-table.ts';
import { refuse, type Refusal } from './outcome.ts';
import { own } from './own.ts';
import { isAudience, isFullHouse, seatsTaken } from './people.ts';
import { hashOfToken } from './reconnect-token.ts';
import type { Internal, Tree } from './tree.ts';

/** Who asks to take part, and what they bring. */
export type Applicant = Pick<AttachRequest, 'identity' | 'role' | 'invite' | 'member'>;

/** The session that is asked. */
export type Where = { readonly session: SessionId; readonly tree: Tree; readonly definition: SessionDefinition };

/** The place of a newcomer. `use` writes what the invite that let them in loses by it. */
export type Place = { readonly role: string; readonly use?: (meta: JsonObject, internal: Internal, seq: Seq) => void };

/** The place that a newcomer gets, or why there is none. Whatever is missing for someone who may not know of the session looks missing altogether. */
export function placeFor({ session, tree, definition }: Where, applicant: Applicant, now: number): Place | Refusal {
  const { meta } = tree;
  const { identity } = applicant;
  if (!isAtHome(session, identity)) return refuse('not-found');
  const isOwner = meta['owner'] === identity.id;
  if (banOf(meta, identity.id, now) !== undefined) return refuse('banned');
  const found = isOwner ? ownPlace(definition, applicant) : placeOfGuest(tree, definition, applicant, now);
  if ('ok' in found) return found;
  // Ids of participants are keys of `meta`.
  if (!isPlainKey(identity.id)) return refuse('forbidden', `The identity '${identity.id}' cannot take part; use another id for it.`);
  if (!ADMITS[statusOf(tree)].newcomers) return refuse('ended');
  if (meta['locked'] === true && !isOwner) return refuse('locked');
  if (!isAudience(definition.policies, found.role) && isFullHouse(meta)) return fullHouse(meta);
  return overBudget(tree, definition) ?? found;
}

/** More people than the budget allows, those of the audience counted, are not let in. */
function overBudget({ meta, internal }: Tree, { limits }: SessionDefinition): Refusal | undefined {
  const { hard } = limits.budget.participants;
  if (hard === null) return undefined;
  const count = Object.keys(meta['participants'] ?? {}).length + Object.keys(internal.audience).length;
  return count < hard
    ? undefined
    : refuse('over-budget', `The session has as many participants as it may: ${hard}.`, { budget: 'participants' });
}

/**
 * Whether someone who takes part already may come in, and whether it is with another role, because their campaign says so.
 * Who came as a member and is none any more looks at a session that is missing.
 */
export function mayReturn(
  { session, tree, definition }: Where,
  { identity, member }: Applicant,
  now: number,
): Refusal | BuiltInPlan | undefined {
  const { id } = identity;
  if (banOf(tree.meta, id, now) !== undefined) return refuse('banned');
  if (!isAtHome(session, identity)) return refuse('not-found');
  if (identity.guest !== undefined && isClaimed(tree.internal.claims, id)) return refuse('invite-invalid');
  const known = own(tree.internal.members, id);
  if (known === undefined || member === undefined || tree.meta['owner'] === id) return undefined;
  if (member === null) return refuse('not-found');
  return member.role === known ? undefined : memberRole({ tree, definition }, id, member.role);
}

/** A guest's credential is good for one session. */
function isAtHome(session: SessionId, { guest }: Identity): boolean {
  return guest === undefined || guest.session === session;
}

function ownPlace({ policies }: SessionDefinition, { role }: Applicant): Place | Refusal {
  return wished(role, policies.creatorRole, [policies.creatorRole, policies.joinRole, 'spectator']);
}

function placeOfGuest(tree: Tree, definition: SessionDefinition, applicant: Applicant, now: number): Place | Refusal {
  const { policies } = definition;
  const { access } = tree.meta;
  const { identity } = applicant;
  if (applicant.invite !== undefined || identity.guest !== undefined) {
    const invite =
      applicant.invite === undefined
        ? inviteById(tree, identity.guest?.invite ?? '', now)
        : inviteFor(tree, hashOfToken(applicant.invite), now);
    if (invite === undefined) return refuse('invite-invalid');
    return { role: invite.role, use: useInvite(invite.id, identity.id) };
  }
  // The campaign has decided: for a member also where the session is open to everyone.
  if (applicant.member !== undefined && applicant.member !== null) {
    const { role } = applicant.member;
    return definition.roles.includes(role) ? wished(applicant.role, role, [role, 'spectator']) : { role: policies.joinRole };
  }
  if (access === 'open') return wished(applicant.role, policies.joinRole, [policies.joinRole, 'spectator']);
  return refuse('not-found');
}

function wished(wish: string | undefined, usual: string, legal: readonly string[]): Place | Refusal {
  if (wish === undefined) return { role: usual };
  if (legal.includes(wish)) return { role: wish };
  return refuse('forbidden', `You cannot join as ${wish}; legal here: ${[...new Set(legal)].join(', ')}.`);
}

function fullHouse(meta: JsonObject): Refusal {
  return refuse('full', `The session has no free seat: all ${seatsTaken(meta)} are taken.`);
}
