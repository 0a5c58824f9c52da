import { nextDue } from '../connection/lifecycle.ts';
import type { LifecycleEvent, News, Transition } from '../connection/lifecycle-events.ts';
import type { ConnectionPolicy } from '../connection/lifecycle-policy.ts';
import type { ConnectionStatus } from '../connection/lifecycle-states.ts';

/** One step of a connection's life, with what led to it. */
export type LifecycleStep = {
  readonly before: ConnectionStatus;
  readonly event: LifecycleEvent;
  readonly after: Transition;
  readonly policy: ConnectionPolicy;
};

/** What is wrong with one step, as sentences: none when the step keeps every invariant of the lifecycle. */
export function listLifecycleFaults(step: LifecycleStep): string[] {
  return [...statusFaults(step), ...stepFaults(step), ...effectFaults(step), ...timeFaults(step)];
}

/** What is wrong with everything that was announced of one connection, from its beginning. */
export function listNewsFaults(news: readonly News[], closed: boolean): string[] {
  if (news.length === 0) return [];
  const told = news.join(' ');
  const grammar = /^arrived( lost returned)*( lost)?( left| expired| ended)?$/;
  if (!grammar.test(told)) return [`the news make no sense together: ${told}`];
  const over = /(left|expired|ended)$/.test(told);
  return over === closed ? [] : [`the connection is ${closed ? '' : 'not '}closed, and its news are: ${told}`];
}

function statusFaults({ after: { status } }: LifecycleStep): string[] {
  switch (status.state) {
    case 'connecting':
    case 'connected':
    case 'authenticating':
      return found([status.outage !== undefined && status.outage.lostAt > status.since, 'it is on its way back since before it was lost']);
    case 'live':
    case 'suspect':
      return found(
        [status.transport < 1, 'a live connection has no transport'],
        [!status.everLive, 'a live connection says that it was never live'],
        [status.heardAt < status.loggedInAt, 'it was heard before it logged in'],
      );
    case 'reconnecting':
      return found(
        [(status.awaits === 'time') !== (status.retryAt !== undefined), 'only a wait for time has a time'],
        [status.retryAt !== undefined && status.retryAt < status.notBefore, 'it would try before it was asked to'],
        [status.lostAt > status.since, 'it waits since before it was lost'],
      );
    case 'closed':
      return [];
  }
}

function stepFaults({ before, event, after: { status, effects } }: LifecycleStep): string[] {
  return found(
    [before.state === 'closed' && (status !== before || effects.length > 0), 'something happened to a closed connection'],
    [status.since < before.since, 'a state began before the one that it follows'],
    [status.transport < before.transport, 'an older transport came back'],
    [before.everLive && !status.everLive, 'it forgot that it was live'],
    [isLeave(before, event) && !(status.state === 'closed' && status.reason.code === 'left'), 'leaving did not close it as left'],
    [isLateWord(before, event) && (status !== before || effects.length > 0), 'an older transport changed something'],
  );
}

function isLeave(before: ConnectionStatus, event: LifecycleEvent): boolean {
  return event.kind === 'leave-asked' && before.state !== 'closed';
}

function isLateWord(before: ConnectionStatus, event: LifecycleEvent): boolean {
  return 'transport' in event && event.kind !== 'resumed' && event.transport !== before.transport;
}

function effectFaults({ before, event, after: { status, effects } }: LifecycleStep): string[] {
  const openings = effects.filter((effect) => effect.kind === 'open-transport');
  const closings = effects.filter((effect) => effect.kind === 'close-transport');
  const hadOne = before.state !== 'reconnecting' && before.state !== 'closed';
  const hasOne = status.state !== 'reconnecting' && status.state !== 'closed';
  const changed = before.transport !== status.transport;
  return found(
    [openings.length > 1 || closings.length > 1, 'two transports were opened or closed at once'],
    [openings.some(({ transport }) => transport !== status.transport || status.state !== 'connecting'), 'another transport was opened'],
    [closings.some(({ transport }) => transport !== before.transport), 'another transport was closed'],
    [closings.length > 0 && hasOne && !changed, 'its transport was closed and still counts'],
    [hadOne && (!hasOne || changed) && closings.length === 0 && !isGivenUp(event), 'its transport was forgotten and left open'],
    [status.state === 'connecting' && changed && openings.length === 0, 'the transport that it waits for was never opened'],
  );
}

/** The events after which the transport is none of this connection's to close. */
function isGivenUp({ kind }: LifecycleEvent): boolean {
  return kind === 'transport-closed' || kind === 'handed-over';
}

function timeFaults({ before, event, after: { status }, policy }: LifecycleStep): string[] {
  const due = nextDue(status, policy);
  const now = Math.max(event.at, before.since);
  const silentFor = 'heardAt' in before ? now - before.heardAt : 0;
  const gaveUp = event.kind === 'time-passed' && (before.state === 'live' || before.state === 'suspect') && status.state === 'reconnecting';
  return found(
    [event.kind === 'time-passed' && due !== undefined && due < now, 'after a look at the clock something is still overdue'],
    [status.state === 'closed' && due !== undefined, 'a closed connection waits for something'],
    [gaveUp && silentFor < policy.deadAfterMs, 'it was given up before its time'],
    [
      event.kind === 'time-passed' && before.state === 'live' && status.state !== 'live' && status.state !== 'suspect',
      'nobody asked first',
    ],
  );
}

function found(...checks: readonly (readonly [wrong: boolean, fault: string])[]): string[] {
  return checks.filter(([wrong]) => wrong).map(([, fault]) => fault);
}
