import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listLifecycleFaults, listNewsFaults } from '../testing/lifecycle-faults.ts';
import type { LifecycleEffect, LifecycleEvent, News, Transition } from './lifecycle-events.ts';
import { changePolicy, CLIENT_POLICY, SERVER_POLICY, type ConnectionPolicy } from './lifecycle-policy.ts';
import type { Cause, ConnectionStatus } from './lifecycle-states.ts';
import { nextDue, startAccepted, startDialling, transition } from './lifecycle.ts';

type Happening = (status: ConnectionStatus, at: number) => LifecycleEvent;
/** Waits a while, or until something is due, and then lets something happen. */
type Turn = { readonly wait: number | 'due'; readonly happening: Happening };

const cause: fc.Arbitrary<Cause> = fc.record(
  {
    code: fc.constantFrom('unavailable', 'gone', 'unauthenticated', 'unknown-instance', 'forbidden'),
    message: fc.constant('for a reason'),
    then: fc.constantFrom('retry', 'reconnect', 'sign-in', 'reset', 'stop'),
    retryAfterMs: fc.option(fc.nat(20_000), { nil: undefined }),
  },
  { noNullPrototype: true },
);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** Mostly the newest transport; sometimes an older one that speaks late. */
const behind = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) });

const ofTransport: fc.Arbitrary<Happening> = fc
  .record({
    kind: fc.constantFrom(
      'transport-opened',
      'login-presented',
      'login-accepted',
      'heard',
      'transport-opened',
      'login-presented',
      'login-accepted',
    ),
    behind,
  })
  .map(({ kind, behind: older }): Happening => (status, at) => ({ kind, at, transport: status.transport - older }));
const losing: fc.Arbitrary<Happening> = fc
  .record({ kind: fc.constantFrom('transport-closed', 'transport-dropped', 'login-refused'), behind, cause, random })
  .map(({ kind, behind: older, ...rest }): Happening => (status, at) => ({ kind, at, transport: status.transport - older, ...rest }));
const resuming: fc.Arbitrary<Happening> = fc.integer({ min: -2, max: 2 }).map((newer): Happening => (status, at) => ({
  kind: 'resumed',
  at,
  transport: status.transport + newer,
}));
const plain: fc.Arbitrary<Happening> = fc
  .constantFrom('woken', 'credential-renewed', 'woken', 'credential-renewed', 'handed-over', 'leave-asked')
  .map((kind): Happening => (_, at) => ({ kind, at }));
const caused: fc.Arbitrary<Happening> = fc
  .record({ kind: fc.constantFrom('credential-failed', 'drained', 'credential-failed', 'drained', 'evicted'), cause, random })
  .map((event): Happening => (_, at) => ({ at, ...event }));
const time: fc.Arbitrary<Happening> = random.map((chance): Happening => (_, at) => ({ kind: 'time-passed', at, random: chance }));

const turn: fc.Arbitrary<Turn> = fc.record({
  wait: fc.oneof(fc.constant(0), fc.nat(500), fc.nat(60_000), fc.constant('due' as const)),
  happening: fc.oneof(
    { weight: 8, arbitrary: ofTransport },
    { weight: 3, arbitrary: losing },
    { weight: 4, arbitrary: time },
    { weight: 1, arbitrary: resuming },
    { weight: 1, arbitrary: plain },
    { weight: 1, arbitrary: caused },
  ),
});
const life = fc.array(turn, { minLength: 1, maxLength: 60 });

const POLICIES: readonly ConnectionPolicy[] = [
  CLIENT_POLICY,
  changePolicy(CLIENT_POLICY, {
    reconnectWindowMs: 20_000,
    pings: 'never',
    backoff: { firstMs: 1_000, factor: 3, capMs: 9_000, jitter: 1 },
  }),
  SERVER_POLICY,
  changePolicy(SERVER_POLICY, { heartbeatMs: 1_000 }),
  changePolicy(SERVER_POLICY, { reconnects: 'never' }),
];
const run = fc.record({ policy: fc.constantFrom(...POLICIES), dials: fc.boolean(), life });
type Run = { readonly policy: ConnectionPolicy; readonly dials: boolean; readonly life: readonly Turn[] };

function start(policy: ConnectionPolicy, dials: boolean): Transition {
  return dials ? startDialling(0, policy) : startAccepted(7, 0, policy);
}

type Visit = { readonly before: ConnectionStatus; readonly event: LifecycleEvent; readonly after: Transition };

/** Everything that happens in a life, in order. */
function live({ policy, dials, life: turns }: Run): Visit[] {
  let { status } = start(policy, dials);
  let at = 0;
  return turns.map(({ wait, happening }) => {
    const before = status;
    at = wait === 'due' ? Math.max(at, nextDue(before, policy) ?? at) : at + wait;
    const event = happening(before, at);
    const after = transition(before, event, policy);
    status = after.status;
    return { before, event, after };
  });
}

function newsIn(effects: readonly LifecycleEffect[]): News[] {
  return effects.filter((effect) => effect.kind === 'announce').map(({ news }) => news);
}

test('LIFE-2: whatever happens in whatever order, every step keeps every invariant', () => {
  fc.assert(
    fc.property(run, (given) => {
      const faults = live(given).flatMap((visit) => listLifecycleFaults({ ...visit, policy: given.policy }));
      assert.deepEqual(faults, []);
    }),
    { numRuns: 2_000 },
  );
});

test('LIFE-12: what is announced of a connection tells one story with one end', () => {
  fc.assert(
    fc.property(run, (given) => {
      const visits = live(given);
      const news = visits.flatMap(({ after }) => newsIn(after.effects));
      assert.deepEqual(listNewsFaults(news, visits.at(-1)?.after.status.state === 'closed'), []);
    }),
    { numRuns: 2_000 },
  );
});

test('LIFE-1: the same status, event and policy always give the same answer, and change nothing that was given', () => {
  fc.assert(
    fc.property(run, (given) => {
      for (const { before, event, after } of live(given)) {
        assert.deepEqual(transition(structuredClone(before), structuredClone(event), given.policy), after);
        assert.deepEqual(transition(Object.freeze(before), Object.freeze(event), Object.freeze(given.policy)), after);
      }
    }),
  );
});

test('LIFE-7: latency alone never ends a connection: any frame within the dead time keeps it', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: SERVER_POLICY.deadAfterMs - 1 }), { maxLength: 40 });
  fc.assert(
    fc.property(gaps, fc.constantFrom(CLIENT_POLICY, SERVER_POLICY), (waits, policy) => {
      let status = liveAt(0, policy);
      let at = 0;
      for (const wait of waits) {
        status = passTime(status, at + wait, policy);
        at += wait;
        status = transition(status, { kind: 'heard', at, transport: 1 }, policy).status;
        assert.equal(status.state, 'live');
      }
    }),
  );
});

test('LIFE-6: a host that looks at the clock exactly when something is due gives a silent connection up at the dead time', () => {
  for (const policy of [CLIENT_POLICY, SERVER_POLICY]) {
    assert.equal(passTime(liveAt(0, policy), policy.deadAfterMs - 1, policy).state, 'suspect');
    const lost = passTime(liveAt(0, policy), policy.deadAfterMs, policy);
    assert.equal(lost.state, 'reconnecting');
    assert.equal(lost.since, policy.deadAfterMs);
  }
});

test('LIFE-5: looking at the clock whenever something is due always comes to rest', () => {
  fc.assert(
    fc.property(run, (given) => {
      const last = live(given).at(-1);
      assert.ok(last !== undefined);
      const end = last.event.at + 600_000;
      const { state } = passTime(last.after.status, end, given.policy);
      const patient = given.policy.reconnectWindowMs === Infinity;
      assert.ok(patient || state === 'closed' || state === 'reconnecting', state);
    }),
  );
});

function liveAt(at: number, policy: ConnectionPolicy): ConnectionStatus {
  const presented = transition(startAccepted(1, at, policy).status, { kind: 'login-presented', at, transport: 1 }, policy);
  return transition(presented.status, { kind: 'login-accepted', at, transport: 1 }, policy).status;
}

/** Tells the time whenever it is due, up to and including `end`. */
function passTime(before: ConnectionStatus, end: number, policy: ConnectionPolicy): ConnectionStatus {
  let status = before;
  for (let step = 0; step < 5_000; step += 1) {
    const due = nextDue(status, policy);
    if (due === undefined || due > end) return status;
    status = transition(status, { kind: 'time-passed', at: due, random: 0.5 }, policy).status;
  }
  throw new Error(`time never comes to rest: ${JSON.stringify(status)}`);
}
