import type { LifecycleEffect, LifecycleEvent, News, Transition } from './lifecycle-events.ts';
import { AFTER_LOSS, waitAfter, type AfterLoss, type ConnectionPolicy } from './lifecycle-policy.ts';
import type {
  Authenticating,
  Carried,
  Cause,
  Closed,
  Connected,
  Connecting,
  ConnectionStatus,
  Live,
  Outage,
  Reconnecting,
  Suspect,
} from './lifecycle-states.ts';

/** The causes that the lifecycle itself finds; their sentences fit both ends. */
export const CAUSES = {
  notOpened: { code: 'unavailable', message: 'The connection could not be opened in time.', then: 'retry' },
  noLogin: { code: 'login-timeout', message: 'The login was not completed in time.', then: 'reconnect' },
  silent: { code: 'timed-out', message: 'Nothing was heard from the other end for too long.', then: 'reconnect' },
  expired: { code: 'gone', message: 'The connection did not come back in time.', then: 'reconnect' },
} as const satisfies Record<string, Cause>;

/** Causes of the end that takes connections, and of leaving. */
export const LEFT: Cause = { code: 'left', message: 'The connection was left on purpose.', then: 'stop' };
export const REPLACED: Cause = { code: 'replaced', message: 'The connection goes on over another transport.', then: 'stop' };

type Event<Kind extends LifecycleEvent['kind']> = Extract<LifecycleEvent, { kind: Kind }>;
type Underway = Connecting | Connected | Authenticating;
type WithTransport = Underway | Live | Suspect;
type Open = Exclude<ConnectionStatus, Closed>;
type At = { readonly at: number };
type Failure = { readonly at: number; readonly random: number; readonly cause: Cause };

/** Where it leads, and what is to be done; with the very same status and nothing to do, the event means nothing here. */
export function ignore(status: ConnectionStatus): Transition {
  return to(status);
}

function to(status: ConnectionStatus, ...effects: LifecycleEffect[]): Transition {
  return { status, effects };
}

export function startOpening(transport: number, at: number, policy: ConnectionPolicy): Transition {
  return open({ transport, everLive: false, failures: 0, renewed: false }, 1, undefined, at, policy);
}

export function startOpened(transport: number, at: number, policy: ConnectionPolicy): Transition {
  const deadline = at + policy.loginTimeoutMs;
  const carried = { transport, everLive: false, failures: 0, renewed: false };
  return to({ ...carried, state: 'connected', since: at, deadline, attempt: 0, outage: undefined });
}

function open(carried: Carried, attempt: number, outage: Outage | undefined, at: number, policy: ConnectionPolicy): Transition {
  const deadline = at + policy.openTimeoutMs;
  return to({ ...carried, state: 'connecting', since: at, deadline, attempt, outage }, ofTransport('open-transport', carried));
}

export function opened(status: Connecting, { at }: At, policy: ConnectionPolicy): Transition {
  const deadline = at + policy.loginTimeoutMs;
  return to({ ...status, state: 'connected', since: at, deadline }, ofTransport('present-login', status));
}

export function present(status: Connected, { at }: At): Transition {
  return to({ ...status, state: 'authenticating', since: at });
}

export function accept(status: Authenticating, { at }: At, policy: ConnectionPolicy): Transition {
  return to(liveOn(status, at, policy), announce(status.everLive ? 'returned' : 'arrived', undefined));
}

/** The answer to a login has begun: over a slow link the rest of it takes as long as it takes. */
export function hearAnswer(status: Authenticating, { at }: At, { catchUpTimeoutMs }: ConnectionPolicy): Transition {
  const deadline = at + catchUpTimeoutMs;
  return to(deadline > status.deadline ? { ...status, deadline } : status);
}

function liveOn(before: Carried, at: number, policy: ConnectionPolicy): Live {
  const { transport, failures } = before;
  const pingAt = nextPing(policy, 'steadily', at);
  const since = { since: at, loggedInAt: at, heardAt: at, pingAt };
  return { state: 'live', transport, everLive: true, failures, renewed: false, ...since, answerBy: Infinity };
}

function nextPing(policy: ConnectionPolicy, pings: ConnectionPolicy['pings'], at: number): number {
  return policy.pings === pings || policy.pings === 'steadily' ? at + policy.heartbeatMs : Infinity;
}

/** The peer goes on over another transport. */
export function resume(status: Live | Suspect | Reconnecting, event: Event<'resumed'>, policy: ConnectionPolicy): Transition {
  if (!status.everLive) return ignore(status);
  const next = liveOn({ ...status, transport: event.transport }, event.at, policy);
  return to(next, status.state === 'reconnecting' ? announce('returned', undefined) : closing(status, REPLACED));
}

/** The transport goes on under another connection, so it stays open. */
export function handOver(status: Connected | Authenticating, { at }: At): Transition {
  return finish(status, at, REPLACED, 'ended');
}

// Silence.

export function hearLive(status: Live, { at }: At): Transition {
  return to(at > status.heardAt ? { ...status, heardAt: at, answerBy: Infinity } : status);
}

export function hearSuspect(status: Suspect, { at }: At, policy: ConnectionPolicy): Transition {
  const { deadAt: _, ...rest } = status;
  const pingAt = policy.pings === 'steadily' ? status.pingAt : Infinity;
  return to({ ...rest, state: 'live', since: at, heardAt: at, pingAt, answerBy: Infinity });
}

/** When silence makes it suspect. */
export function suspectAt({ heardAt, answerBy }: Live, { suspectAfterMs }: ConnectionPolicy): number {
  return Math.min(heardAt + suspectAfterMs, answerBy);
}

export function watchLive(status: Live, { at }: At, policy: ConnectionPolicy): Transition {
  if (at >= suspectAt(status, policy)) return suspect(status, at, policy);
  return at >= status.pingAt ? ping(status, at, policy) : ignore(status);
}

export function watchSuspect(status: Suspect, event: Event<'time-passed'>, policy: ConnectionPolicy): Transition {
  const { at } = event;
  // A host that slept itself, as laptops and frozen pages do, cannot know how long the other end was silent: it asks again.
  if (at >= status.deadAt + policy.heartbeatMs) return suspect(status, at, policy);
  if (at >= status.deadAt) return drop(status, { ...event, cause: CAUSES.silent }, policy);
  return at >= status.pingAt ? ping(status, at, policy) : ignore(status);
}

export function wakeLive(status: Live, { at }: At, policy: ConnectionPolicy): Transition {
  if (at >= status.heardAt + policy.suspectAfterMs) return suspect(status, at, policy);
  // What was heard last may be what lay in the buffer of a transport that died meanwhile.
  return ping({ ...status, answerBy: at + policy.heartbeatMs / 5 }, at, policy);
}

export function wakeSuspect(status: Suspect, { at }: At, policy: ConnectionPolicy): Transition {
  return at < status.deadAt ? ping(status, at, policy) : suspect(status, at, policy);
}

/** Counts the rest of the patience from now, so that a late look at the clock takes nothing of it. */
function suspect(before: Live | Suspect, at: number, policy: ConnectionPolicy): Transition {
  const deadAt = policy.deadAfterMs + Math.max(at - policy.suspectAfterMs, before.heardAt);
  return ping({ ...before, state: 'suspect', since: at, deadAt }, at, policy);
}

function ping(status: Live | Suspect, at: number, policy: ConnectionPolicy): Transition {
  if (policy.pings === 'never') return ignore(status);
  const pingAt = nextPing(policy, status.state === 'suspect' ? 'when-suspect' : 'steadily', at);
  return to({ ...status, pingAt }, ofTransport('send-ping', status));
}

// Deadlines.

export function watchUnderway(status: Underway, event: Event<'time-passed'>, policy: ConnectionPolicy): Transition {
  const { at } = event;
  if (at >= (status.outage?.until ?? Infinity)) return finish(status, at, CAUSES.expired, 'expired', closing(status, CAUSES.expired));
  if (at < status.deadline) return ignore(status);
  return drop(status, { ...event, cause: status.state === 'connecting' ? CAUSES.notOpened : CAUSES.noLogin }, policy);
}

export function watchAway(status: Reconnecting, { at }: At, policy: ConnectionPolicy): Transition {
  if (at >= status.until) return finish(status, at, CAUSES.expired, 'expired');
  return at >= (status.retryAt ?? Infinity) ? dial(status, at, policy) : ignore(status);
}

export function wakeAway(status: Reconnecting, { at }: At, policy: ConnectionPolicy): Transition {
  if (status.awaits !== 'time' || at >= status.until) return ignore(status);
  if (at >= status.notBefore) return dial(status, at, policy);
  return to({ ...status, retryAt: status.notBefore });
}

export function renewed(status: Reconnecting, { at }: At, policy: ConnectionPolicy): Transition {
  return status.awaits === 'credential' ? dial(status, at, policy) : ignore(status);
}

export function notRenewed(status: Reconnecting, event: Failure, policy: ConnectionPolicy): Transition {
  return status.awaits === 'credential' ? lose(status, event, policy) : ignore(status);
}

/** Whoever tries at a time of its own comes back no earlier than asked. */
export function postpone(status: Reconnecting, { at, cause }: Failure): Transition {
  const notBefore = Math.max(status.notBefore, at + (cause.retryAfterMs ?? 0));
  if (status.retryAt === undefined || notBefore === status.notBefore) return ignore(status);
  return to({ ...status, notBefore, retryAt: Math.max(status.retryAt, notBefore) });
}

function dial(status: Reconnecting, at: number, policy: ConnectionPolicy): Transition {
  const { everLive, failures, lostAt, until, cause } = status;
  const carried = { transport: status.transport + 1, everLive, failures, renewed: status.renewed };
  return open(carried, status.attempt, { lostAt, until, cause }, at, policy);
}

// Losses and ends.

/** The transport ended by itself. */
export function lost(status: WithTransport, event: Failure, policy: ConnectionPolicy): Transition {
  return lose(status, event, policy);
}

/** This end ends the transport. */
export function drop(status: WithTransport, event: Failure, policy: ConnectionPolicy): Transition {
  return lose(status, event, policy, closing(status, event.cause));
}

export function leave(status: Open, { at }: At): Transition {
  return endAt(status, at, LEFT);
}

export function evict(status: Open, { at, cause }: Event<'evicted'>): Transition {
  return endAt(status, at, cause);
}

function endAt(status: Open, at: number, cause: Cause): Transition {
  return finish(status, at, cause, newsOfEnd(cause), ...(status.state === 'reconnecting' ? [] : [closing(status, cause)]));
}

function lose(status: Open, event: Failure, policy: ConnectionPolicy, ...effects: LifecycleEffect[]): Transition {
  const { at, cause } = event;
  const next = nextAfter(status, cause, policy);
  if (next === 'close') return finish(status, at, cause, newsOfEnd(cause), ...effects);
  const proven = isLoggedIn(status) && at - status.loggedInAt >= policy.provenMs;
  const failures = (proven ? 0 : status.failures) + (next === 'renew' ? 0 : 1);
  const { transport, everLive } = status;
  if (isLoggedIn(status)) effects.push(announce('lost', cause));
  if (next === 'renew') effects.push({ kind: 'renew-credential' });
  if (next === 'afresh') effects.push({ kind: 'start-afresh' });
  return to(
    {
      state: 'reconnecting',
      transport,
      everLive,
      failures,
      renewed: status.renewed || next === 'renew',
      since: at,
      attempt: next === 'wait' ? 0 : attemptOf(status) + 1,
      ...outageAfter(status, at, cause, policy),
      ...patience(next, failures, event, policy),
    },
    ...effects,
  );
}

function nextAfter(status: Open, cause: Cause, policy: ConnectionPolicy): AfterLoss {
  const next = AFTER_LOSS[policy.reconnects][cause.then];
  // Nobody's place is kept before there is one, and a renewed credential that is refused is refused for good.
  const hopeless = (next === 'wait' && !status.everLive) || (next === 'renew' && status.renewed);
  return hopeless ? 'close' : next;
}

function outageAfter(status: Open, at: number, cause: Cause, policy: ConnectionPolicy): Outage {
  const before = status.state === 'reconnecting' ? status : isLoggedIn(status) ? undefined : status.outage;
  return { lostAt: before?.lostAt ?? at, until: before?.until ?? at + policy.reconnectWindowMs, cause };
}

type Patience = Pick<Reconnecting, 'awaits' | 'retryAt' | 'notBefore'>;

function patience(next: AfterLoss, failures: number, { at, random, cause }: Failure, policy: ConnectionPolicy): Patience {
  const notBefore = at + (cause.retryAfterMs ?? 0);
  const awaits = next === 'wait' ? 'peer' : next === 'renew' ? 'credential' : 'time';
  const retryAt = awaits === 'time' ? Math.max(notBefore, at + waitAfter(failures, policy.backoff, random)) : undefined;
  return { awaits, retryAt, notBefore };
}

function newsOfEnd(cause: Cause): News {
  return cause.code === 'left' ? 'left' : 'ended';
}

function finish({ transport, everLive }: Open, at: number, reason: Cause, news: News, ...effects: LifecycleEffect[]): Transition {
  if (everLive) effects.push(announce(news, reason));
  return to({ state: 'closed', transport, everLive, since: at, reason }, ...effects);
}

function isLoggedIn(status: Open): status is Live | Suspect {
  return status.state === 'live' || status.state === 'suspect';
}

function attemptOf(status: Open): number {
  if (isLoggedIn(status)) return 0;
  // The try that waited for a credential was counted, and not made.
  return status.state === 'reconnecting' ? status.attempt - 1 : status.attempt;
}

function closing({ transport }: WithTransport, cause: Cause): LifecycleEffect {
  return { kind: 'close-transport', transport, cause };
}

function ofTransport(kind: 'open-transport' | 'present-login' | 'send-ping', { transport }: Carried): LifecycleEffect {
  return { kind, transport };
}

function announce(news: News, cause: Cause | undefined): LifecycleEffect {
  return { kind: 'announce', news, cause };
}
