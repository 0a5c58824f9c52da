import type { Cause, ConnectionStatus } from '../connection/lifecycle-states.ts';
import type { Code, Then } from '../protocol/codes.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { TransportName } from './transport-choice.ts';

/** Why something stopped or has to wait. `gone`: the other end or the network is gone without a word. */
export type StatusReason = { readonly code: Code | 'gone'; readonly message: string; readonly then: Then };

/**
 * Where a session stands for this client. Times are wall-clock milliseconds; `since` is when this began.
 *
 * - `connecting`: not joined yet; `attempt` counts from 1, `reason` says why the one before failed.
 * - `live`: everything that the server has said is applied.
 * - `suspect`: the same, but nothing was heard for unusually long; the server has been asked for a sign of life.
 * - `waiting`: the connection was lost and comes back by itself; `kept` commands have no answer yet and are kept. `nextTryAt`
 *   is absent while a try is being made.
 * - `leaving`: `leave()` was called and the server has not confirmed it.
 * - `ended`: the session is over; its last state stays readable. `by` and `reason` as far as the server says.
 * - `closed`: this client takes no part any more: it left (`left`), or `reason` says why it had to stop.
 */
export type SessionStatus =
  | { readonly state: 'connecting'; readonly since: number; readonly attempt: number; readonly reason?: StatusReason }
  | { readonly state: 'live'; readonly since: number; readonly transport: TransportName }
  | { readonly state: 'suspect'; readonly since: number; readonly transport: TransportName }
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

/** What the status of a session takes from elsewhere than its connection. */
type Around = { readonly transport: TransportName; readonly kept: number };

/** The status after the connection moved to another state. The very same object means the same content. */
export function statusOf(connection: ConnectionStatus, before: SessionStatus, around: Around): SessionStatus {
  const next = nextStatus(connection, before, around);
  return JSON.stringify(next) === JSON.stringify(before) ? before : next;
}

function nextStatus(connection: ConnectionStatus, before: SessionStatus, { transport, kept }: Around): SessionStatus {
  const { state, since } = connection;
  if (isOver(before)) return before;
  if (state === 'closed') {
    return connection.reason.code === 'ended' ? { state: 'ended', since } : { state, since, reason: reasonOf(connection.reason) };
  }
  if (before.state === 'leaving') return before;
  if (state === 'live' || state === 'suspect') return { state, since, transport };
  const { attempt } = connection;
  const outage = state === 'reconnecting' ? connection : connection.outage;
  const reason = outage && reasonOf(outage.cause);
  if (outage === undefined || reason === undefined || !connection.everLive) {
    return { state: 'connecting', since: before.since, attempt, ...(reason && { reason }) };
  }
  const nextTryAt = state === 'reconnecting' ? connection.retryAt : undefined;
  return { state: 'waiting', since: outage.lostAt, attempt, kept, reason, ...(nextTryAt !== undefined && { nextTryAt }) };
}

/** The status after the session itself ended. */
export function endedStatus(meta: JsonObject, now: number): SessionStatus {
  const { endedBy, reason } = meta;
  return { state: 'ended', since: now, ...(typeof endedBy === 'string' && { by: endedBy }), ...(reason !== undefined && { reason }) };
}

/** Nothing more will happen. */
export function isOver(status: SessionStatus): boolean {
  return status.state === 'ended' || status.state === 'closed';
}

function reasonOf({ code, message, then }: Cause): StatusReason {
  return { code, message, then };
}
