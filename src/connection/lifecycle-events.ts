import type { Cause, ConnectionStatus } from './lifecycle-states.ts';

/** An event about one transport; about any but the newest it changes nothing. */
type OfTransport = { readonly at: number; readonly transport: number };
/** `random` is in [0, 1) and spreads the next try; ends that do not dial may give 0. */
type Failure = { readonly at: number; readonly random: number; readonly cause: Cause };

/**
 * What can happen to a connection. `at` is when, in milliseconds of a clock that never goes back (`Clock.monotonic()`).
 *
 * - `transport-opened`: bytes can flow.
 * - `transport-closed`: the peer or the network ended it, or it could not be opened.
 * - `transport-dropped`: this end gives it up (a frame that makes no sense, a peer too slow), whatever becomes of the connection.
 * - `login-presented`: the login was sent, or has come, and is being decided; `login-accepted`, `login-refused`: it was decided.
 * - `heard`: any frame came. `at` may be in the past: who has many connections may tell it late, before `time-passed`.
 * - `time-passed`: `nextDue` is reached.
 * - `leave-asked`: this end leaves for good.
 * - `evicted`: this end ends the connection for good, with a cause for the peer.
 * - `drained`: this end, or the peer, closes all transports for a while; the cause's `retryAfterMs` says when to come back.
 * - `resumed`: another transport, logged in already, takes the connection over; its number is higher than any before.
 * - `handed-over`: the transport was such another one, and belongs to an older connection now.
 * - `woken`: the network is back or the page visible: trying now is worthwhile.
 * - `credential-renewed`, `credential-failed`: the outcome of the effect `renew-credential`.
 */
export type LifecycleEvent =
  | (OfTransport & { readonly kind: 'transport-opened' })
  | (OfTransport & Failure & { readonly kind: 'transport-closed' })
  | (OfTransport & Failure & { readonly kind: 'transport-dropped' })
  | (OfTransport & { readonly kind: 'login-presented' })
  | (OfTransport & { readonly kind: 'login-accepted' })
  | (OfTransport & Failure & { readonly kind: 'login-refused' })
  | (OfTransport & { readonly kind: 'heard' })
  | { readonly kind: 'time-passed'; readonly at: number; readonly random: number }
  | { readonly kind: 'leave-asked'; readonly at: number }
  | { readonly kind: 'evicted'; readonly at: number; readonly cause: Cause }
  | (Failure & { readonly kind: 'drained' })
  | (OfTransport & { readonly kind: 'resumed' })
  | { readonly kind: 'handed-over'; readonly at: number }
  | { readonly kind: 'woken'; readonly at: number }
  | { readonly kind: 'credential-renewed'; readonly at: number }
  | (Failure & { readonly kind: 'credential-failed' });

export type LifecycleEventKind = LifecycleEvent['kind'];

/**
 * What others may want to know: `arrived` (its first login), `lost` (without transport, may return), `returned`; and, last
 * of all and once, how it ended: `left` (on purpose), `expired` (did not return in time), `ended` (anything else).
 */
export type News = 'arrived' | 'lost' | 'returned' | 'left' | 'expired' | 'ended';

/**
 * What the host has to do now, in order.
 *
 * - `open-transport`: open one under this number, and tell what becomes of it.
 * - `close-transport`: the cause is for the peer. Its later `transport-closed` may be told or not.
 * - `present-login`: send the login, then tell `login-presented`.
 * - `send-ping`: ask for a sign of life.
 * - `renew-credential`: get another credential, then tell how that went; there is no time limit.
 * - `start-afresh`: the next login is that of a new instance.
 * - `announce`: for observers; a connection that never arrived is never announced.
 */
export type LifecycleEffect =
  | { readonly kind: 'open-transport'; readonly transport: number }
  | { readonly kind: 'close-transport'; readonly transport: number; readonly cause: Cause }
  | { readonly kind: 'present-login'; readonly transport: number }
  | { readonly kind: 'send-ping'; readonly transport: number }
  | { readonly kind: 'renew-credential' }
  | { readonly kind: 'start-afresh' }
  | { readonly kind: 'announce'; readonly news: News; readonly cause: Cause | undefined };

/** Where an event leads. The very same status object means that nothing changed. */
export type Transition = { readonly status: ConnectionStatus; readonly effects: readonly LifecycleEffect[] };
