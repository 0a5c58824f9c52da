import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import type { AttachRequest } from '../protocol/ports.ts';
import { inviteFor, useInvite } from './invites.ts';
import { banOf } from './moderation.ts';
import { refuse, type Refusal } from './outcome.ts';
import { isAudience, isFullHouse } from './people.ts';
import { hashOfToken } from './reconnect-token.ts';
import type { Internal, Tree } from './tree.ts';

/** Who asks to take part, and what they bring. */
export type Applicant = Pick<AttachRequest, 'identity' | 'role' | 'invite' | 'member'>;

/** The place of a newcomer. `use` writes what the invite that let them in loses by it. */
export type Place = { readonly role: string; readonly use?: (meta: JsonObject, internal: Internal, seq: Seq) => void };

/** The place that a newcomer gets, or why there is none. Whatever is missing for someone who may not know of the session looks missing altogether. */
export function placeFor(tree: Tree, definition: SessionDefinition, applicant: Applicant, now: number): Place | Refusal {
  const { meta } = tree;
  const { identity } = applicant;
  // Ids of participants are keys of `meta`.
  if (!isPlainKey(identity.id)) return refuse('forbidden', `The identity '${identity.id}' cannot take part; use another id for it.`);
  const isOwner = meta['owner'] === identity.id;
  if (banOf(meta, identity.id, now) !== undefined) return refuse('banned');
  const found = isOwner ? ownPlace(definition, applicant) : placeOfGuest(tree, definition, applicant, now);
  if ('ok' in found) return found;
  if (meta['status'] === 'ended') return refuse('ended');
  if (meta['locked'] === true && !isOwner) return refuse('locked');
  if (!isAudience(definition.policies, found.role) && isFullHouse(meta)) return fullHouse(meta);
  return found;
}

/** Whether someone who takes part already may still come in. */
export function mayReturn(tree: Tree, id: ParticipantId, now: number): Refusal | undefined {
  return banOf(tree.meta, id, now) === undefined ? undefined : refuse('banned');
}

function ownPlace({ policies }: SessionDefinition, { role }: Applicant): Place | Refusal {
  return wished(role, policies.creatorRole, [policies.creatorRole, policies.joinRole, 'spectator']);
}

function placeOfGuest(tree: Tree, definition: SessionDefinition, applicant: Applicant, now: number): Place | Refusal {
  const { policies } = definition;
  const { access } = tree.meta;
  if (applicant.invite !== undefined) {
    const invite = inviteFor(tree, hashOfToken(applicant.invite), now);
    if (invite === undefined) return refuse('invite-invalid');
    return { role: invite.role, use: useInvite(invite.id, applicant.identity.id) };
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
  return refuse('full', `The session has no free seat: all ${String(meta['maxParticipants'])} are taken.`);
}
