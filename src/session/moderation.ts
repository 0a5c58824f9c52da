import type { CloseCode } from '../protocol/codes.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { attendanceMessage } from './attendance.ts';
import type { BuiltInCommand, BuiltInFacts, BuiltInPlan } from './built-in.ts';
import { own } from './own.ts';
import { refuse, type Refusal } from './outcome.ts';
import { isAudience, noteSightChange, participantOf, removeParticipant } from './people.ts';
import { readArguments } from './read-arguments.ts';
import { targetOf } from './roles.ts';

const REASON_MOST = 300;
const BANS_MOST = 1_000;

/** A ban as kept in `meta.moderation.bans`, which only those who run the session see. */
export type Ban = { name: string; by: string; at: number; reason: string | null; until: number | null };

/** `@leave`: the sender goes for good; they may join again as anyone. */
export const leave: BuiltInCommand = {
  right: 'part',
  afterEnd: true,
  plan(facts) {
    const id = facts.actor.id as ParticipantId;
    return participantOf(facts.tree, id) === undefined
      ? refuse('unknown-command', 'The host is no participant and cannot leave.')
      : removalOf(facts, id, 'left', 'left');
  },
};

/** `@kick {participant, reason?}`: out, now. They may come back as anyone may. */
export const kick: BuiltInCommand = {
  right: 'kick',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({
      participant: args.key('participant') as ParticipantId,
      reason: args.textOrNull('reason', REASON_MOST),
    }));
    if ('ok' in read) return read;
    const target = othersOnly(facts, read.participant) ?? targetOf(facts, read.participant);
    return 'ok' in target ? target : removalOf(facts, read.participant, 'kicked', 'kicked');
  },
};

/** `@ban {participant, reason?, until?}`: out, and kept out; also for someone who does not take part. `until` in ms since 1970. */
export const ban: BuiltInCommand = {
  right: 'ban',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({
      participant: args.key('participant') as ParticipantId,
      reason: args.textOrNull('reason', REASON_MOST),
      until: args.wholeOrNull('until', 0, Number.MAX_SAFE_INTEGER),
    }));
    if ('ok' in read) return read;
    const { participant, reason, until } = read;
    const present = participantOf(facts.tree, participant);
    const refusal =
      othersOnly(facts, participant) ?? (present === undefined ? ownerOnly(facts, participant) : targetOf(facts, participant));
    if (refusal !== undefined && 'ok' in refusal) return refusal;
    const bans = Object.keys(bansOf(facts.tree.meta));
    const over = bans.filter((id) => id !== participant && banOf(facts.tree.meta, id, facts.at) === undefined);
    if (bans.length - over.length >= BANS_MOST && !bans.includes(participant))
      return refuse('quota-exceeded', `There are ${BANS_MOST} bans already; lift some first.`);
    const record: Ban = { name: present?.name ?? '', by: facts.actor.id, at: facts.at, reason, until };
    const going = present === undefined ? {} : removalOf(facts, participant, 'banned', 'banned');
    return {
      ...going,
      subject: participant,
      change: (meta, internal) => {
        going.change?.(meta, internal);
        const moderation = meta['moderation'] as JsonObject;
        (moderation['bans'] ??= {}) as JsonObject;
        for (const id of over) delete (moderation['bans'] as JsonObject)[id];
        (moderation['bans'] as Record<string, JsonObject>)[participant] = { ...record };
      },
    };
  },
};

/** `@unban {participant}`. */
export const unban: BuiltInCommand = {
  right: 'ban',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({ participant: args.key('participant') }));
    if ('ok' in read) return read;
    if (own(bansOf(facts.tree.meta), read.participant) === undefined) return refuse('bad-request', 'There is no ban of this id.');
    return {
      subject: read.participant,
      change: (meta) => {
        delete ((meta['moderation'] as JsonObject)['bans'] as JsonObject)[read.participant];
      },
    };
  },
};

/** `@lock {locked}`: with a lock nobody new comes in; who takes part comes and goes as before. */
export const lock: BuiltInCommand = {
  right: 'lock',
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({ locked: args.flag('locked') }));
    if ('ok' in read) return read;
    return {
      change: (meta) => {
        if (read.locked) meta['locked'] = true;
        else delete meta['locked'];
      },
    };
  },
};

/** The ban that keeps an identity out now. */
export function banOf(meta: JsonObject, id: string, now: number): Ban | undefined {
  const found = own(bansOf(meta), id);
  return found === undefined || (found.until !== null && found.until <= now) ? undefined : found;
}

/** Every ban, in place. */
export function bansOf(meta: JsonObject): Record<string, Ban> {
  return ((meta['moderation'] as JsonObject | undefined)?.['bans'] ?? {}) as Record<string, Ban>;
}

/** The plan by which a participant is out from this event on. */
export function removalOf(
  { tree, definition, seq }: BuiltInFacts,
  participant: ParticipantId,
  code: CloseCode,
  reason: string,
): BuiltInPlan {
  const { name, role } = participantOf(tree, participant) ?? { name: '', role: '' };
  return {
    change: (meta, internal) => {
      removeParticipant(meta, internal, participant);
      noteSightChange(internal, [participant], seq);
    },
    // The audience is in nobody's view: that one of them goes is told to nobody either.
    messages: isAudience(definition.policies, role) ? [] : [attendanceMessage(participant, name, 'left', reason)],
    out: { participant, code },
  };
}

function othersOnly({ actor }: BuiltInFacts, participant: ParticipantId): Refusal | undefined {
  return actor.id === participant ? refuse('bad-request', 'This cannot be done to oneself; leave the session instead.') : undefined;
}

function ownerOnly({ tree }: BuiltInFacts, participant: ParticipantId): Refusal | undefined {
  return tree.meta['owner'] === participant ? refuse('forbidden', 'Nobody may do this to the owner.') : undefined;
}
