import { holdsRight, mayActOn } from '../access/rights.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { BuiltInCommand, BuiltInFacts } from './built-in.ts';
import { ERASED } from './erased.ts';
import { invitesIn } from './invites.ts';
import { bansOf } from './moderation.ts';
import { own } from './own.ts';
import { refuse, type Refusal } from './outcome.ts';
import { participantOf, type ParticipantEntry } from './people.ts';
import { readArguments } from './read-arguments.ts';
import type { Internal, Tree } from './tree.ts';

/**
 * `@erase {participant}`: takes away what a person wrote, and what they are called. Their id stays, with what they did and
 * when. For those who hold the right, and the person themself, who need not take part any more.
 */
export const erase: BuiltInCommand = {
  right: 'anyone',
  afterEnd: true,
  plan(facts) {
    const read = readArguments(facts.args, (args) => ({ participant: args.key('participant') as ParticipantId }));
    if ('ok' in read) return read;
    const { participant } = read;
    const refusal = refusalOf(facts, participant);
    if (refusal !== undefined) return refusal;
    return {
      subject: participant,
      erases: participant,
      change: (meta, internal) => {
        neutralise(meta, internal, participant);
        (internal.erasures ??= {})[participant] = facts.seq;
      },
    };
  },
};

function refusalOf({ tree, actor, definition }: BuiltInFacts, participant: ParticipantId): Refusal | undefined {
  const owner = tree.meta['owner'] as string;
  const isSelf = actor.id === participant && isKnown(tree, participant);
  if (isSelf) return undefined;
  if (!holdsRight('erase', actor, owner, definition.policies))
    return refuse('forbidden', 'You may erase what you wrote yourself, where you took part.');
  const role = participantOf(tree, participant)?.role ?? '';
  return mayActOn(actor, { id: participant, role }, owner)
    ? undefined
    : refuse('forbidden', 'Only they themself, or the owner, may do this.');
}

/** Whoever takes part, or did. */
function isKnown(tree: Tree, id: ParticipantId): boolean {
  const { history, instances } = tree.internal;
  return participantOf(tree, id) !== undefined || own(history.people, id) !== undefined || own(instances, id) !== undefined;
}

/** Takes away what the session itself holds of someone besides their id. What the definition holds is its own to remove. */
function neutralise(meta: JsonObject, internal: Internal, id: ParticipantId): void {
  const people = meta['participants'] as Record<string, ParticipantEntry>;
  for (const entry of [own(people, id), own(internal.audience, id)]) {
    if (entry === undefined) continue;
    entry.name = ERASED;
    delete entry.color;
    delete entry.avatar;
  }
  if (meta['owner'] === id) meta['ownerName'] = ERASED;
  for (const [banned, ban] of Object.entries(bansOf(meta))) {
    if (banned === id) ban.name = ERASED;
    if (ban.by === id) ban.reason = null;
  }
  for (const invite of Object.values(invitesIn(meta))) if (invite.by === id) invite.label = null;
  // What a command answered may hold what its arguments did.
  for (const { window } of Object.values(own(internal.instances, id) ?? {})) for (const entry of window) entry.splice(3, 1);
}
