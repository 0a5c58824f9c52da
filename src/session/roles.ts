import { holdsRight, mayActOn } from '../access/rights.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import type { BuiltInCommand, BuiltInFacts, BuiltInPlan } from './built-in.ts';
import { refuse, type Refusal } from './outcome.ts';
import { isAudience, isFullHouse, participantOf, putParticipant, type ParticipantEntry } from './people.ts';
import { readArguments } from './read-arguments.ts';
import type { Internal } from './tree.ts';
import type { JsonObject } from '../protocol/json.ts';

const NAME_MOST = 64;
const SESSION_NAME_MOST = 80;
const AVATAR_MOST = 500;

/** `@role {participant, role}`: gives a participant another role. */
export const changeRole: BuiltInCommand = {
  right: 'role',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({
      participant: args.key('participant') as ParticipantId,
      role: args.word('role', facts.definition.roles),
    }));
    if ('ok' in read) return read;
    const target = targetOf(facts, read.participant);
    if ('ok' in target) return target;
    if (read.role === target.role) return { resighted: [] };
    if (read.role === 'gm' && !maySelf(facts, 'hand-over')) return refuse('forbidden', 'Your role may not make someone a GM.');
    return roleChange(facts, read.participant, target, read.role);
  },
};

/** `@hand-over {participant}`: makes them the GM; a GM who does it becomes a player. */
export const handOver: BuiltInCommand = {
  right: 'hand-over',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({ participant: args.key('participant') as ParticipantId }));
    if ('ok' in read) return read;
    const entry = participantOf(facts.tree, read.participant);
    if (entry === undefined) return nobody(read.participant);
    const { actor, definition } = facts;
    const own = actor.role === 'gm' ? participantOf(facts.tree, actor.id) : undefined;
    if (own === undefined || actor.id === read.participant) return roleChange(facts, read.participant, entry, 'gm');
    const plan = roleChange(facts, read.participant, entry, 'gm');
    if ('ok' in plan) return plan;
    return {
      ...plan,
      change: (meta, internal) => {
        plan.change?.(meta, internal);
        putParticipant(meta, internal, definition, actor.id as ParticipantId, { ...own, role: definition.policies.joinRole });
      },
      resighted: [read.participant, actor.id as ParticipantId],
    };
  },
};

/** `@transfer {participant}`: makes them the owner, with the role of one. */
export const transferOwnership: BuiltInCommand = {
  right: 'transfer',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({ participant: args.key('participant') as ParticipantId }));
    if ('ok' in read) return read;
    const entry = participantOf(facts.tree, read.participant);
    if (entry === undefined) return nobody(read.participant);
    const plan = roleChange(facts, read.participant, entry, facts.definition.policies.creatorRole);
    if ('ok' in plan) return plan;
    return {
      ...plan,
      change: (meta, internal) => {
        plan.change?.(meta, internal);
        meta['owner'] = read.participant;
        meta['ownerName'] = entry.name;
      },
    };
  },
};

/** `@rename {name}`: the session's name. */
export const renameSession: BuiltInCommand = {
  right: 'rename',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({ name: args.text('name', SESSION_NAME_MOST) }));
    return 'ok' in read ? read : { change: (meta) => void (meta['name'] = read.name) };
  },
};

/** `@profile {name?, color?, avatar?}`: how the sender appears. Null takes a colour or avatar away. */
export const changeProfile: BuiltInCommand = {
  right: 'part',
  plan(facts) {
    const entry = participantOf(facts.tree, facts.actor.id);
    if (entry === undefined) return refuse('forbidden', 'The host has no profile.');
    const read = readArguments(facts.args, (args) => ({
      ...(args.has('name') ? { name: args.text('name', NAME_MOST) } : {}),
      ...(args.has('color') ? { color: args.likeOrNull('color', /^#[0-9a-f]{6}$/i, 'a colour as in #1a2b3c') } : {}),
      ...(args.has('avatar') ? { avatar: args.likeOrNull('avatar', AVATAR, 'an https address of at most 500 characters') } : {}),
    }));
    return 'ok' in read ? read : { change: (meta, internal) => applyProfile(meta, internal, facts, { ...entry, ...read }) };
  },
};

/** Only addresses that a page can show without running anything of theirs. */
const AVATAR = new RegExp(`^https://[^\\s"'<>\\\\^\`{|}]{1,${AVATAR_MOST - 8}}$`);

type Profile = Omit<ParticipantEntry, 'color' | 'avatar'> & { color?: string | null; avatar?: string | null };

function applyProfile(meta: JsonObject, internal: Internal, { definition, actor }: BuiltInFacts, profile: Profile): void {
  const { color, avatar, ...rest } = profile;
  const entry: ParticipantEntry = rest;
  if (typeof color === 'string') entry.color = color;
  if (typeof avatar === 'string') entry.avatar = avatar;
  putParticipant(meta, internal, definition, actor.id as ParticipantId, entry);
  if (meta['owner'] === actor.id) meta['ownerName'] = entry.name;
}

/** The plan by which a participant has another role. */
export function roleChange(
  { tree, definition }: Pick<BuiltInFacts, 'tree' | 'definition'>,
  participant: ParticipantId,
  entry: ParticipantEntry,
  role: string,
): BuiltInPlan | Refusal {
  const { policies } = definition;
  if (isAudience(policies, entry.role) && !isAudience(policies, role) && isFullHouse(tree.meta)) return refuse('full');
  return {
    change: (meta, internal) => putParticipant(meta, internal, definition, participant, { ...entry, role }),
    resighted: [participant],
    subject: participant,
  };
}

/** Someone whom the sender may act on. */
export function targetOf({ tree, actor }: BuiltInFacts, participant: ParticipantId): ParticipantEntry | Refusal {
  const entry = participantOf(tree, participant);
  if (entry === undefined) return nobody(participant);
  const owner = tree.meta['owner'] as string;
  if (mayActOn(actor, { id: participant, role: entry.role }, owner) || participant === actor.id) return entry;
  return refuse('forbidden', participant === owner ? 'Nobody may do this to the owner.' : 'Only the owner may do this to a GM.');
}

function maySelf({ tree, actor, definition }: BuiltInFacts, right: 'hand-over'): boolean {
  return holdsRight(right, actor, tree.meta['owner'] as string, definition.policies);
}

function nobody(participant: string): Refusal {
  return refuse('bad-request', `Nobody of the id '${participant}' takes part in this session.`);
}
