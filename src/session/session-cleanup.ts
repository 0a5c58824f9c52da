import type { JsonValue } from '../protocol/json.ts';
import type { Seq } from '../protocol/ids.ts';
import type { CleanupDecision } from './cleanup.ts';

/** Where a session stood when cleanup decided about it. */
export type DecidedAt = { readonly epoch: number; readonly seq: Seq; readonly hash: string };

/** What cleanup decided in a session's own turn; `head` is where the session stands then, everything durable. */
export type CleanedUp = { readonly decision: CleanupDecision; readonly head: DecidedAt };

/** The command that is a step of cleanup; undefined for what is no event of the session. */
export function commandOf({ step, why, until }: CleanupDecision, isPutAway: boolean): { name: string; args: JsonValue } | undefined {
  switch (step) {
    case 'warn':
      return { name: '@warn', args: { reason: why, ...(until === undefined ? {} : { until }) } };
    case 'abandon':
      return { name: '@abandon', args: { reason: why } };
    case 'end':
      return { name: '@end', args: { reason: why } };
    case 'archive':
      return isPutAway ? { name: '@archive', args: { reason: why } } : undefined;
    case 'keep':
    case 'delete':
      return undefined;
  }
}
