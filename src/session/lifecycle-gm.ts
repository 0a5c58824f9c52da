import type { SessionStatus } from '../definition/command-context.ts';
import type { Policies } from '../definition/policies.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { JsonValue } from '../protocol/json.ts';
import { statusOf } from './lifecycle.ts';
import { everyone, participantOf, type ParticipantEntry } from './people.ts';
import type { Internal, Tree } from './tree.ts';

/** A command that has to follow, by `system`. */
export type FollowUp = { readonly command: string; readonly args: JsonValue };

/** What `internal.gm` has to be after an event; undefined where nobody needs to know. */
export function gmMark(tree: Tree, { policies }: SessionDefinition): Internal['gm'] {
  if (!WATCHED[policies.whenGmLeaves].includes(statusOf(tree))) return undefined;
  // Mostly it is the owner: then nobody else has to be looked at.
  const owner = participantOf(tree, tree.meta['owner'] as string);
  if ((owner !== undefined && isGmHere(owner)) || everyone(tree).some(([, entry]) => isGmHere(entry))) return 'here';
  // A session that had no GM yet has lost none.
  return tree.internal.gm === undefined ? undefined : 'gone';
}

function isGmHere({ role, away }: ParticipantEntry): boolean {
  return role === 'gm' && away === undefined;
}

/** What the session itself has to do next; it follows from the tree alone, so that a crash in between changes nothing. */
export function followUpOf(tree: Tree, { policies }: SessionDefinition): FollowUp | undefined {
  const status = statusOf(tree);
  if (status === 'abandoned' && Object.keys(tree.internal.connections).length > 0)
    return { command: '@reactivate', args: { reason: 'someone came back' } };
  if (tree.internal.gm !== 'gone') return undefined;
  if (policies.whenGmLeaves === 'pause' && status === 'active') return { command: '@pause', args: { reason: 'the GM is gone' } };
  if (policies.whenGmLeaves !== 'hand-over') return undefined;
  const heir = heirOf(tree);
  return heir === undefined ? undefined : { command: '@hand-over', args: { participant: heir } };
}

/** In which statuses something is done when the last GM goes. */
const WATCHED: Readonly<Record<Policies['whenGmLeaves'], readonly SessionStatus[]>> = {
  'keep': [],
  'pause': ['active'],
  'hand-over': ['lobby', 'active', 'paused'],
};

/** The owner if present, or else whoever of those present joined first. The audience inherits nothing. */
function heirOf({ meta }: Tree): string | undefined {
  const participants = Object.entries(meta['participants'] as Record<string, { joinedSeq: number; away?: true }>);
  const present = participants.filter(([, { away }]) => away === undefined).sort(([, a], [, b]) => a.joinedSeq - b.joinedSeq);
  return (present.find(([id]) => id === meta['owner']) ?? present[0])?.[0];
}
