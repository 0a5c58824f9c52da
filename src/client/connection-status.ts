import type { Code, Then } from '../protocol/codes.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { HoldfastError } from './holdfast-error.ts';
import type { LinkState } from './session-link.ts';

/** Why something stopped or has to wait. */
export type StatusReason = { readonly code: Code; readonly message: string; readonly then: Then };

/**
 * Where a session stands for this client. `since` is wall-clock milliseconds.
 *
 * - `connecting`: not joined yet; `attempt` counts from 1.
 * - `live`: everything that the server has said is applied.
 * - `waiting`: the connection was lost and comes back by itself; `kept` commands have no answer yet and are kept. `nextTryAt`
 *   (wall-clock milliseconds) is absent while a try is being made.
 * - `leaving`: `leave()` was called and the server has not confirmed it.
 * - `ended`: the session is over; its last state stays readable. `by` and `reason` as far as the server says.
 * - `closed`: this client takes no part any more: it left (`left`), or `reason` says why it had to stop.
 */
export type ConnectionStatus =
  | { readonly state: 'connecting'; readonly since: number; readonly attempt: number }
  | { readonly state: 'live'; readonly since: number }
  | {
      readonly state: 'waiting';
      readonly since: number;
      readonly attempt: number;
      readonly kept: number;
      readonly reason: StatusReason;
      readonly nextTryAt?: number;
    }
  | { readonly state: 'leaving'; readonly since: number }
  | { readonly state: 'ended'; readonly since: number; readonly by?: string; readonly reason?: JsonValue }
  | { readonly state: 'closed'; readonly since: number; readonly reason: StatusReason };

/** The status after the link moved to another state. */
export function statusOf(link: LinkState, before: ConnectionStatus, now: number, kept: number): ConnectionStatus {
  if (isOver(before)) return before;
  if (link.state === 'stopped') {
    return link.error.code === 'ended' ? { state: 'ended', since: now } : { state: 'closed', since: now, reason: reasonOf(link.error) };
  }
  if (before.state === 'leaving') return before;
  if (link.state === 'live') return { state: 'live', since: now };
  const { attempt, error } = link;
  if (before.state === 'connecting' || error === undefined) return { state: 'connecting', since: before.since, attempt };
  const since = before.state === 'waiting' ? before.since : now;
  const waiting = { state: 'waiting', since, attempt, kept, reason: reasonOf(error) } as const;
  return link.state === 'waiting' ? { ...waiting, nextTryAt: link.nextTryAt } : waiting;
}

/** The status after the session itself ended. */
export function endedStatus(meta: JsonObject, now: number): ConnectionStatus {
  const { endedBy, reason } = meta;
  return { state: 'ended', since: now, ...(typeof endedBy === 'string' && { by: endedBy }), ...(reason !== undefined && { reason }) };
}

/** Nothing more will happen. */
export function isOver(status: ConnectionStatus): boolean {
  return status.state === 'ended' || status.state === 'closed';
}

function reasonOf({ code, message, then }: HoldfastError): StatusReason {
  return { code, message, then };
}
