import type { ParticipantId } from '../protocol/ids.ts';
import { placeFor } from './admission.ts';
import { attendanceMessage } from './attendance.ts';
import type { BuiltInCommand, BuiltInFacts, BuiltInPlan } from './built-in.ts';
import { banOf, removalOf } from './moderation.ts';
import { own } from './own.ts';
import { refuse, type Refusal } from './outcome.ts';
import { isAudience, noteReturn, participantOf, putParticipant } from './people.ts';
import { readArguments } from './read-arguments.ts';
import { roleChange } from './roles.ts';

const TOKEN_MOST = 64;

/** `@join {invite?, role?}`: takes part without a connection. Result: the role. Whoever takes part already keeps what they are. */
export const join: BuiltInCommand = {
  right: 'anyone',
  plan(facts) {
    const { tree, definition, identity, member, at } = facts;
    if (identity === undefined) return refuse('bad-request', 'The host takes no part; add someone with @add.');
    const read = readArguments(facts.args, (args) => ({
      ...(args.has('invite') ? { invite: args.text('invite', TOKEN_MOST) } : {}),
      ...(args.has('role') ? { role: args.word('role', definition.roles) } : {}),
    }));
    if ('ok' in read) return read;
    if (participantOf(tree, identity.id) !== undefined) return refuse('bad-request', 'You take part already.');
    const place = placeFor(facts, { identity, member, ...read }, at);
    if ('ok' in place) return place;
    const plan = arrival(facts, identity.id, identity.name, place.role);
    return {
      ...plan,
      change: (meta, internal) => {
        plan.change?.(meta, internal);
        place.use?.(meta, internal, facts.seq);
      },
      result: { role: place.role },
    };
  },
};

/** `@add {participant, name, role?}`: the host lets someone take part who need not be there. */
export const add: BuiltInCommand = {
  right: 'system',
  plan(facts) {
    const { tree, definition } = facts;
    const read = readArguments(facts.args, (args) => ({
      participant: args.key('participant') as ParticipantId,
      name: args.text('name', 64),
      role: args.has('role') ? args.word('role', definition.roles) : definition.policies.joinRole,
    }));
    if ('ok' in read) return read;
    if (participantOf(tree, read.participant) !== undefined) return refuse('bad-request', 'They take part already.');
    return arrival(facts, read.participant, read.name, read.role);
  },
};

/** `@member {participant, role}`: the campaign's role of someone changed; null: they are no member any more, and out. */
export const changeMember: BuiltInCommand = {
  right: 'system',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({
      participant: args.key('participant') as ParticipantId,
      role: args.textOrNull('role', 64),
    }));
    if ('ok' in read) return read;
    const { participant, role } = read;
    const entry = participantOf(facts.tree, participant);
    if (entry === undefined) return refuse('bad-request', 'They do not take part.');
    return role === null ? removalOf(facts, participant, 'kicked', 'no-member') : memberRole(facts, participant, role);
  },
};

/** `@claim {guest, account, name}`: from now on the account takes part as that guest, whose own credential is worth nothing any more. */
export const claim: BuiltInCommand = {
  right: 'system',
  plan({ tree, definition, args, at }) {
    const read = readArguments(args, (reader) => ({
      guest: reader.key('guest') as ParticipantId,
      account: reader.key('account') as ParticipantId,
      name: reader.text('name', 64),
    }));
    if ('ok' in read) return read;
    const { guest, account, name } = read;
    const entry = participantOf(tree, guest);
    if (entry === undefined) return refuse('not-found', 'This guest does not take part any more.');
    if (isClaimed(tree.internal.claims, guest)) return refuse('bad-request', 'This guest belongs to an account already.');
    if (banOf(tree.meta, account, at) !== undefined) return refuse('banned');
    if (participantOf(tree, account) !== undefined || own(tree.internal.claims, account) !== undefined)
      return refuse('bad-request', 'This account takes part itself; leave the session first.');
    return {
      change: (meta, internal) => {
        internal.claims[account] = guest;
        putParticipant(meta, internal, definition, guest, { ...entry, name });
      },
      subject: guest,
      result: { participant: guest },
    };
  },
};

/** Someone whose campaign gives them another role than when they came. */
export function memberRole(
  facts: Pick<BuiltInFacts, 'tree' | 'definition'>,
  participant: ParticipantId,
  role: string,
): BuiltInPlan | Refusal {
  const { tree, definition } = facts;
  const entry = participantOf(tree, participant);
  if (entry === undefined) return refuse('not-found');
  const known = own(tree.internal.members, participant);
  const next = definition.roles.includes(role) ? role : definition.policies.joinRole;
  const keeps = known === role || entry.role === next;
  const plan = keeps ? {} : roleChange(facts, participant, entry, next);
  if ('ok' in plan) return plan;
  return {
    ...plan,
    change: (meta, internal) => {
      plan.change?.(meta, internal);
      internal.members[participant] = role;
    },
    subject: participant,
  };
}

export function isClaimed(claims: Readonly<Record<ParticipantId, ParticipantId>>, guest: ParticipantId): boolean {
  return Object.values(claims).includes(guest);
}

function arrival({ definition, seq, member }: BuiltInFacts, id: ParticipantId, name: string, role: string): BuiltInPlan {
  return {
    change: (meta, internal) => {
      putParticipant(meta, internal, definition, id, { name, role, joinedSeq: seq });
      noteReturn(internal, id, seq);
      if (member !== undefined && member !== null) internal.members[id] = member.role;
    },
    messages: isAudience(definition.policies, role) ? [] : [attendanceMessage(id, name, 'joined', 'joined')],
    subject: id,
  };
}
