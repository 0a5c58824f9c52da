import type { SessionStatus } from '../definition/command-context.ts';
import { isOver, statusOf } from './lifecycle.ts';
import type { Tree } from './tree.ts';

/** What must be so in a status; the sentence says what is not. */
type Law = { readonly fault: string; readonly holds: (tree: Tree, status: SessionStatus) => boolean };

const LAWS: readonly Law[] = [
  {
    fault: 'time runs while the session is not active',
    holds: ({ internal }, status) => (internal.time.since !== null) === (status === 'active'),
  },
  { fault: 'a pause without who and when', holds: ({ meta }, status) => status !== 'paused' || isPaused(meta) },
  { fault: 'paused by someone and not paused', holds: (tree, status) => !isPaused(tree.meta) || statusBefore(tree, status) === 'paused' },
  { fault: 'an end without who and when', holds: ({ meta }, status) => isOver(status) === ('endedBy' in meta && 'endedAt' in meta) },
  { fault: 'active and never started', holds: ({ meta }, status) => status !== 'active' || 'startedAt' in meta },
  { fault: 'started in the lobby', holds: ({ meta }, status) => status !== 'lobby' || !('startedAt' in meta) },
  { fault: 'abandoned from nothing', holds: ({ internal }, status) => (internal.before !== undefined) === (status === 'abandoned') },
  { fault: 'timers after the end', holds: ({ internal }, status) => !isOver(status) || Object.keys(internal.timers).length === 0 },
  { fault: 'invites after the end', holds: ({ internal }, status) => !isOver(status) || Object.keys(internal.invites).length === 0 },
  { fault: 'the history knows of no end', holds: ({ internal }, status) => isOver(status) === (internal.history.endedAt !== null) },
  {
    fault: 'the history ends in a pause',
    holds: ({ internal }, status) => status !== 'active' || internal.history.pauses.every(({ until }) => until !== null),
  },
];

/** What of a session does not fit its status; empty where everything does. */
export function lifecycleFaults(tree: Tree): string[] {
  const status = statusOf(tree);
  return LAWS.filter(({ holds }) => !holds(tree, status)).map(({ fault }) => fault);
}

function isPaused(meta: Tree['meta']): boolean {
  return 'pausedBy' in meta && 'pausedAt' in meta;
}

function statusBefore({ internal }: Tree, status: SessionStatus): SessionStatus | undefined {
  return status === 'abandoned' ? internal.before : status;
}
