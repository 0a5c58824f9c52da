import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES } from '../protocol/codes.ts';
import type { LifecycleEffect, LifecycleEvent } from './lifecycle-events.ts';
import { changePolicy, CLIENT_POLICY, SERVER_POLICY, type ConnectionPolicy } from './lifecycle-policy.ts';
import { shiftTimes, type Cause, type ConnectionStatus } from './lifecycle-states.ts';
import { CAUSES, LEFT, REPLACED } from './lifecycle-steps.ts';
import { nextDue, startAccepted, startDialling, transition } from './lifecycle.ts';

// Told without `at`, `transport` and `random`, an event is about now, the newest transport, and the middle of chance.
type Told = LifecycleEvent extends infer Event
  ? Event extends LifecycleEvent
    ? Omit<Event, 'at' | 'transport' | 'random'> & { readonly transport?: number; readonly random?: number }
    : never
  : never;

/** One connection, its time, and everything that it asked of its host. */
class Life {
  status: ConnectionStatus;
  at = 0;
  effects: LifecycleEffect[] = [];
  readonly policy: ConnectionPolicy;

  constructor(policy: ConnectionPolicy, first: 'dials' | 'accepted') {
    this.policy = policy;
    const { status, effects } = first === 'dials' ? startDialling(0, policy) : startAccepted(1, 0, policy);
    this.status = status;
    this.effects.push(...effects);
  }

  tell(told: Told): this {
    const event = { at: this.at, transport: this.status.transport, random: 0.5, ...told };
    const { status, effects } = transition(this.status, event, this.policy);
    this.status = status;
    this.effects.push(...effects);
    return this;
  }

  /** Lets time pass, looking at the clock whenever something is due. */
  wait(ms: number): this {
    const end = this.at + ms;
    for (let due = nextDue(this.status, this.policy); due !== undefined && due <= end; due = nextDue(this.status, this.policy)) {
      this.at = due;
      this.tell({ kind: 'time-passed' });
    }
    this.at = end;
    return this;
  }

  logIn(): this {
    if (this.status.state === 'connecting') this.tell({ kind: 'transport-opened' });
    return this.tell({ kind: 'login-presented' }).tell({ kind: 'login-accepted' });
  }

  /** What it asked for since the last time it was asked this. */
  asked(): string[] {
    return this.effects.splice(0).map((effect) => {
      if (effect.kind === 'announce') return effect.news;
      if (effect.kind === 'close-transport') return `${effect.kind} ${effect.transport} ${effect.cause.code}`;
      return 'transport' in effect ? `${effect.kind} ${effect.transport}` : effect.kind;
    });
  }
}

const GONE: Cause = { code: 'gone', message: 'the network lost it', then: 'reconnect' };

function causeOf(code: keyof typeof CODES, retryAfterMs?: number): Cause {
  const { then, message } = CODES[code];
  return { code, then, message, retryAfterMs };
}

function client(changes: Partial<ConnectionPolicy> = {}): Life {
  return new Life(changePolicy(CLIENT_POLICY, changes), 'dials');
}

function server(changes: Partial<ConnectionPolicy> = {}): Life {
  return new Life(changePolicy(SERVER_POLICY, changes), 'accepted');
}

test('LIFE-2: a client opens a transport, presents its login, and is live when it is accepted', () => {
  const life = client();
  const states = [life.status.state];
  for (const kind of ['transport-opened', 'login-presented', 'login-accepted'] as const) states.push(life.tell({ kind }).status.state);
  assert.deepEqual(states, ['connecting', 'connected', 'authenticating', 'live']);
  assert.deepEqual(life.asked(), ['open-transport 1', 'present-login 1', 'arrived']);
});

test('LIFE-2: a server takes a transport, waits for the login, and is live when it accepts it', () => {
  const life = server();
  assert.equal(life.status.state, 'connected');
  life.logIn();
  assert.equal(life.status.state, 'live');
  assert.deepEqual(life.asked(), ['arrived']);
});

test('LIFE-2: what means nothing in a state gives back the very same status', () => {
  const { status } = server().logIn();
  const again = transition(status, { kind: 'login-accepted', at: 9, transport: 1 }, SERVER_POLICY);
  assert.equal(again.status, status);
  assert.deepEqual(again.effects, []);
});

test('LIFE-3: the late close of an old transport does not touch the connection that went on over another', () => {
  const life = server().logIn().tell({ kind: 'resumed', transport: 2 });
  const { status } = life;
  life.tell({ kind: 'transport-closed', transport: 1, cause: GONE });
  assert.equal(life.status, status);
});

test('LIFE-3: an old transport that opens, speaks or is refused too late is ignored', () => {
  const life = client().wait(10_000);
  assert.equal(life.status.state, 'reconnecting');
  life.wait(5_000);
  assert.equal(life.status.transport, 2);
  const { status } = life;
  life.tell({ kind: 'transport-opened', transport: 1 }).tell({ kind: 'heard', transport: 1 });
  life.tell({ kind: 'login-refused', transport: 1, cause: causeOf('forbidden') });
  assert.equal(life.status, status);
});

test('LIFE-4: a transport that does not open in time is given up and another one tried', () => {
  const life = client().wait(10_000);
  assert.deepEqual(life.asked(), ['open-transport 1', 'close-transport 1 unavailable']);
  life.wait(100);
  assert.deepEqual(life.asked(), ['open-transport 2']);
});

test('LIFE-4: a login that is not accepted in time ends the connection, however much is said meanwhile', () => {
  const life = server().wait(3_000).tell({ kind: 'login-presented' }).wait(1_999).tell({ kind: 'heard' });
  assert.equal(life.status.state, 'authenticating');
  life.wait(1);
  assert.equal(life.status.state, 'closed');
  assert.deepEqual(life.asked(), ['close-transport 1 login-timeout']);
});

test('LIFE-4: an end that dials waits for the rest of an answer that has begun, and not for one that stands still', () => {
  const life = client().tell({ kind: 'transport-opened' }).tell({ kind: 'login-presented' });
  life.wait(9_000).tell({ kind: 'heard' }).wait(30_000).tell({ kind: 'heard' }).wait(37_499);
  assert.equal(life.status.state, 'authenticating');
  assert.equal(life.wait(1).status.state, 'reconnecting');
  assert.ok(life.asked().includes('close-transport 1 login-timeout'));
});

test('LIFE-4: in a slow login a sign of life never shortens the time that is left', () => {
  const life = client({ catchUpTimeoutMs: 1_000 })
    .tell({ kind: 'transport-opened' })
    .tell({ kind: 'login-presented' })
    .tell({ kind: 'heard' });
  assert.equal(life.wait(9_999).status.state, 'authenticating');
});

test('LIFE-5: one look at the clock, when something is due, is all that a connection needs', () => {
  const life = client();
  assert.equal(nextDue(life.status, life.policy), 10_000);
  life.logIn();
  assert.equal(nextDue(life.status, life.policy), 15_000);
  life.tell({ kind: 'leave-asked' });
  assert.equal(nextDue(life.status, life.policy), undefined);
});

test('LIFE-6: silence makes a connection suspect, it is asked, and it is lost if nothing comes', () => {
  const life = server().logIn();
  life.asked();
  life.wait(22_500);
  assert.equal(life.status.state, 'suspect');
  assert.deepEqual(life.asked(), ['send-ping 1']);
  life.wait(15_000);
  assert.equal(life.status.state, 'reconnecting');
  assert.deepEqual(life.asked(), ['close-transport 1 timed-out', 'lost']);
});

test('LIFE-6: a client asks at every heartbeat, a server only when it has heard nothing for long', () => {
  const steady = client().logIn();
  const quiet = server().logIn();
  for (const life of [steady, quiet]) {
    life.asked();
    for (let beat = 0; beat < 4; beat += 1) life.wait(15_000).tell({ kind: 'heard' });
  }
  assert.deepEqual(steady.asked(), ['send-ping 1', 'send-ping 1', 'send-ping 1', 'send-ping 1']);
  assert.deepEqual(quiet.asked(), []);
});

test('LIFE-7: anything that is heard makes a suspect connection live again, and nobody hears of it', () => {
  const life = server().logIn().wait(37_499);
  assert.equal(life.status.state, 'suspect');
  life.asked();
  life.tell({ kind: 'heard' });
  assert.equal(life.status.state, 'live');
  assert.deepEqual(life.asked(), []);
});

test('LIFE-7: a sign of life told late counts from when it came', () => {
  const life = server().logIn();
  life.at = 30_000;
  const { status } = transition(life.status, { kind: 'heard', at: 20_000, transport: 1 }, life.policy);
  assert.equal(nextDue(status, life.policy), 42_500);
});

test('LIFE-8: a laptop that slept an hour asks before it takes its connection for dead', () => {
  const life = client().logIn();
  life.asked();
  life.at = 3_600_000;
  life.tell({ kind: 'time-passed' });
  assert.equal(life.status.state, 'suspect');
  assert.deepEqual(life.asked(), ['send-ping 1']);
  life.tell({ kind: 'heard' });
  assert.equal(life.status.state, 'live');
});

test('LIFE-8: it asks again if it fell asleep while waiting for the answer, and then takes silence for what it is', () => {
  const life = client().logIn().wait(30_000);
  life.at = 3_600_000;
  life.tell({ kind: 'time-passed' });
  assert.equal(life.status.state, 'suspect');
  life.wait(15_000);
  assert.equal(life.status.state, 'reconnecting');
});

test('LIFE-8: waking up asks at once, and patience begins then', () => {
  const life = client().logIn();
  life.at = 3_600_000;
  life.asked();
  life.tell({ kind: 'woken' });
  assert.equal(life.status.state, 'suspect');
  assert.deepEqual(life.asked(), ['send-ping 1']);
  assert.equal(life.wait(14_999).status.state, 'suspect');
  assert.equal(life.wait(1).status.state, 'reconnecting');
});

test('LIFE-8: who is woken exactly when silence makes a connection suspect finds it suspect', () => {
  const { suspectAfterMs } = CLIENT_POLICY;
  const wokenAfter = (ms: number): string => {
    const life = client().logIn();
    life.at += ms;
    return life.tell({ kind: 'woken' }).status.state;
  };
  assert.deepEqual([wokenAfter(suspectAfterMs - 1), wokenAfter(suspectAfterMs)], ['live', 'suspect']);
});

test('LIFE-8: who is woken after a short sleep is suspect soon where no answer comes, whatever was heard before', () => {
  const life = client().logIn().wait(10_000);
  life.tell({ kind: 'heard' }).tell({ kind: 'woken' });
  assert.equal(life.wait(2_999).status.state, 'live');
  assert.equal(life.wait(1).status.state, 'suspect');
  const answered = client().logIn().wait(10_000).tell({ kind: 'woken' }).wait(100).tell({ kind: 'heard' });
  assert.equal(answered.wait(14_000).status.state, 'live');
});

test('LIFE-9: the table of codes decides what a client does about a loss', () => {
  const after = (code: keyof typeof CODES): string[] => {
    const life = client().logIn();
    life.asked();
    return [life.tell({ kind: 'transport-closed', cause: causeOf(code) }).status.state, ...life.asked()];
  };
  assert.deepEqual(after('unavailable'), ['reconnecting', 'lost']);
  assert.deepEqual(after('too-slow'), ['reconnecting', 'lost']);
  assert.deepEqual(after('unauthenticated'), ['reconnecting', 'lost', 'renew-credential']);
  assert.deepEqual(after('unknown-instance'), ['reconnecting', 'lost', 'start-afresh']);
  assert.deepEqual(after('forbidden'), ['closed', 'ended']);
});

test('LIFE-9: a server keeps the place of whoever is told to come back, and of nobody else', () => {
  const after = (code: keyof typeof CODES): string =>
    server()
      .logIn()
      .tell({ kind: 'transport-dropped', cause: causeOf(code) }).status.state;
  assert.equal(after('too-slow'), 'reconnecting');
  assert.equal(after('shutting-down'), 'reconnecting');
  assert.equal(after('unknown-instance'), 'closed');
  assert.equal(after('bad-frame'), 'closed');
});

test('LIFE-9: an end that does not reconnect is closed by any loss', () => {
  assert.equal(client({ reconnects: 'never' }).logIn().tell({ kind: 'transport-closed', cause: GONE }).status.state, 'closed');
});

test('LIFE-9: what the lifecycle says by itself stands in the table of codes', () => {
  for (const { code, then } of [...Object.values(CAUSES), LEFT, REPLACED])
    assert.equal(then, code === 'gone' ? 'reconnect' : CODES[code].then);
});

test('LIFE-10: tries are 100 ms apart at first, doubling up to 5 s, less a random part', () => {
  const life = client();
  const waits: number[] = [];
  for (let failure = 0; failure < 8; failure += 1) {
    life.tell({ kind: 'transport-closed', cause: GONE });
    const due = nextDue(life.status, life.policy) ?? 0;
    waits.push(due - life.at);
    life.wait(due - life.at);
  }
  assert.deepEqual(waits, [75, 150, 300, 600, 1_200, 2_400, 3_750, 3_750]);
});

test('LIFE-10: chance spreads the tries over the part of the wait that jitter names', () => {
  const waitWith = (jitter: number, random: number): number => {
    const life = client({ backoff: { firstMs: 100, factor: 2, capMs: 5_000, jitter } });
    life.tell({ kind: 'transport-closed', cause: GONE, random });
    return nextDue(life.status, life.policy) ?? 0;
  };
  assert.deepEqual([waitWith(0, 0), waitWith(0.5, 0), waitWith(1, 0), waitWith(1, 0.25)], [100, 50, 0, 25]);
});

test('LIFE-10: a connection that breaks again at once waits longer; one that proved good starts anew', () => {
  const flapping = client().logIn().tell({ kind: 'transport-closed', cause: GONE }).wait(75).logIn();
  flapping.tell({ kind: 'transport-closed', cause: GONE });
  assert.equal(nextDue(flapping.status, flapping.policy), 75 + 150);
  const good = client().logIn().tell({ kind: 'transport-closed', cause: GONE }).wait(75).logIn().wait(5_000);
  good.tell({ kind: 'transport-closed', cause: GONE });
  assert.equal(nextDue(good.status, good.policy), 5_075 + 75);
});

test('LIFE-10: nobody comes back earlier than asked, not even when woken', () => {
  const life = client()
    .logIn()
    .tell({ kind: 'transport-closed', cause: causeOf('shutting-down', 8_000) });
  life.wait(1_000).tell({ kind: 'woken' });
  assert.equal(life.status.state, 'reconnecting');
  assert.equal(nextDue(life.status, life.policy), 8_000);
  assert.equal(life.wait(7_000).status.state, 'connecting');
});

test('LIFE-10: a client that waits for its own time tries at once when it is woken', () => {
  const life = client();
  for (let failure = 0; failure < 6; failure += 1) life.tell({ kind: 'transport-closed', cause: GONE }).wait(5_000);
  life.tell({ kind: 'transport-closed', cause: GONE });
  life.asked();
  assert.deepEqual(life.tell({ kind: 'woken' }).asked(), ['open-transport 8']);
});

test('LIFE-10: a drain sends everyone away for a while, and holds back who is away already', () => {
  const here = client().logIn();
  here.asked();
  here.tell({ kind: 'drained', cause: causeOf('shutting-down', 3_000) });
  assert.deepEqual(here.asked(), ['close-transport 1 shutting-down', 'lost']);
  assert.equal(nextDue(here.status, here.policy), 3_000);
  here.tell({ kind: 'drained', cause: causeOf('shutting-down', 9_000) });
  assert.equal(nextDue(here.status, here.policy), 9_000);
});

test('LIFE-11: within the window a lost connection returns to its place', () => {
  const life = server().logIn().tell({ kind: 'transport-closed', cause: GONE }).wait(29_999);
  life.asked();
  life.tell({ kind: 'resumed', transport: 2 });
  assert.equal(life.status.state, 'live');
  assert.deepEqual(life.asked(), ['returned']);
});

test('LIFE-11: when the window is over the connection is, and another transport cannot bring it back', () => {
  const life = server().logIn().tell({ kind: 'transport-closed', cause: GONE });
  life.asked();
  life.wait(30_000);
  assert.deepEqual(life.asked(), ['expired']);
  life.tell({ kind: 'resumed', transport: 2 });
  assert.equal(life.status.state, 'closed');
});

test('LIFE-11: the window counts from the loss, through all tries', () => {
  const life = client({ reconnectWindowMs: 12_000 }).logIn().tell({ kind: 'transport-closed', cause: GONE }).wait(11_999);
  assert.notEqual(life.status.state, 'closed');
  life.wait(1);
  assert.equal(life.status.state, 'closed');
  assert.deepEqual(life.asked().slice(-2), ['close-transport 3 gone', 'expired']);
});

test('LIFE-11: whoever never logged in has no place to be kept', () => {
  assert.equal(server().tell({ kind: 'transport-closed', cause: GONE }).status.state, 'closed');
});

test('LIFE-11: a client tries for ever unless its policy says otherwise', () => {
  const life = client();
  for (let hour = 0; hour < 1_000; hour += 1) {
    assert.equal(life.status.state, 'connecting');
    life.tell({ kind: 'transport-closed', cause: GONE }).wait(5_000);
  }
});

test('LIFE-12: leaving, expiring and being ended are told apart', () => {
  const lastNews = (life: Life): string | undefined => life.asked().at(-1);
  assert.equal(lastNews(server().logIn().tell({ kind: 'leave-asked' })), 'left');
  assert.equal(
    lastNews(
      server()
        .logIn()
        .tell({ kind: 'transport-closed', cause: causeOf('left') }),
    ),
    'left',
  );
  assert.equal(
    lastNews(
      server()
        .logIn()
        .tell({ kind: 'evicted', cause: causeOf('forbidden') }),
    ),
    'ended',
  );
  assert.equal(lastNews(server().logIn().tell({ kind: 'transport-closed', cause: GONE }).wait(30_000)), 'expired');
});

test('LIFE-12: a connection that never logged in is announced to nobody', () => {
  assert.deepEqual(
    server()
      .tell({ kind: 'evicted', cause: causeOf('forbidden') })
      .asked(),
    ['close-transport 1 forbidden'],
  );
});

test('LIFE-13: leaving closes as left from wherever it is asked, and closed is final', () => {
  const lives = [client(), client().tell({ kind: 'transport-opened' }), client().logIn(), client().logIn().wait(30_000)];
  lives.push(client().tell({ kind: 'transport-closed', cause: GONE }));
  for (const life of lives) {
    life.tell({ kind: 'leave-asked' });
    const { status } = life;
    assert.ok(status.state === 'closed' && status.reason.code === 'left');
    life
      .tell({ kind: 'resumed', transport: 99 })
      .tell({ kind: 'woken' })
      .tell({ kind: 'evicted', cause: causeOf('forbidden') });
    assert.equal(life.wait(100_000).status, status);
  }
});

test('LIFE-13: an eviction closes even the place that was kept, whatever its code tells the peer to do', () => {
  const life = server().logIn().tell({ kind: 'transport-closed', cause: GONE });
  life.tell({ kind: 'evicted', cause: causeOf('shutting-down') });
  assert.equal(life.status.state, 'closed');
});

test('LIFE-14: a refused credential is renewed, without hurry, and tried once more', () => {
  const life = client().tell({ kind: 'transport-opened' }).tell({ kind: 'login-presented' });
  life.asked();
  life.tell({ kind: 'login-refused', cause: causeOf('unauthenticated') });
  assert.deepEqual(life.asked(), ['close-transport 1 unauthenticated', 'renew-credential']);
  life.wait(3_600_000).tell({ kind: 'woken' });
  assert.equal(life.status.state, 'reconnecting');
  life.tell({ kind: 'credential-renewed' });
  assert.deepEqual(life.asked(), ['open-transport 2']);
  life.tell({ kind: 'transport-opened' }).tell({ kind: 'login-refused', cause: causeOf('unauthenticated') });
  assert.equal(life.status.state, 'closed');
});

test('LIFE-14: when nobody can renew it, the connection ends; when that fails for now, it is tried again', () => {
  const refused = (): Life => client().tell({ kind: 'transport-closed', cause: causeOf('unauthenticated') });
  assert.equal(refused().tell({ kind: 'credential-failed', cause: causeOf('unauthenticated') }).status.state, 'closed');
  const life = refused().tell({ kind: 'credential-failed', cause: causeOf('unavailable') });
  assert.equal(life.wait(75).status.state, 'connecting');
});

test('LIFE-14: a credential that has served is renewed again when it is refused later', () => {
  const life = client()
    .tell({ kind: 'transport-closed', cause: causeOf('unauthenticated') })
    .tell({ kind: 'credential-renewed' });
  life.logIn().tell({ kind: 'transport-closed', cause: causeOf('unauthenticated') });
  assert.equal(life.status.state, 'reconnecting');
});

test('LIFE-15: another transport takes over a live connection: the old one is closed, and nobody hears of a loss', () => {
  const life = server().logIn();
  life.asked();
  life.tell({ kind: 'resumed', transport: 5 });
  assert.deepEqual(life.asked(), ['close-transport 1 replaced']);
  assert.equal(life.status.transport, 5);
});

test('LIFE-15: a connection whose transport was handed over is over, and its transport stays open', () => {
  const life = server().tell({ kind: 'login-presented' }).tell({ kind: 'handed-over' });
  assert.equal(life.status.state, 'closed');
  assert.deepEqual(life.asked(), []);
});

test('LIFE-16: with another heartbeat the limits of silence change in proportion, unless they are given', () => {
  const quick = changePolicy(SERVER_POLICY, { heartbeatMs: 1_000 });
  assert.deepEqual([quick.suspectAfterMs, quick.deadAfterMs], [1_500, 2_500]);
  assert.equal(changePolicy(SERVER_POLICY, { heartbeatMs: 1_000, deadAfterMs: 9_000 }).deadAfterMs, 9_000);
});

test('LIFE-16: a policy that cannot work is refused with the name of the setting', () => {
  assert.throws(() => changePolicy(SERVER_POLICY, { loginTimeoutMs: -1 }), /loginTimeoutMs/);
  assert.throws(() => changePolicy(SERVER_POLICY, { heartbeatMs: 0 }), /heartbeatMs/);
  assert.throws(() => changePolicy(SERVER_POLICY, { deadAfterMs: 1 }), /deadAfterMs/);
  assert.throws(() => changePolicy(SERVER_POLICY, { backoff: { firstMs: 1, factor: 2, capMs: 9, jitter: 2 } }), /jitter/);
});

test('LIFE-16: a policy may change on the way, as when the server tells its heartbeat', () => {
  const { status } = client().logIn();
  const quick = changePolicy(CLIENT_POLICY, { heartbeatMs: 1_000 });
  assert.equal(nextDue(status, quick), 1_500);
});

test('LIFE-17: every time of a status can be put on another clock', () => {
  const everywhere = [client(), client().logIn(), client().logIn().wait(30_000), client().tell({ kind: 'transport-closed', cause: GONE })];
  everywhere.push(client().tell({ kind: 'leave-asked' }), client().logIn().tell({ kind: 'transport-closed', cause: GONE }).wait(75));
  for (const { status, policy } of everywhere) {
    const shifted = shiftTimes(status, 1_000);
    assert.equal(shifted.since, status.since + 1_000);
    assert.deepEqual(shiftTimes(shifted, -1_000), status);
    const due = nextDue(status, policy);
    assert.equal(nextDue(shifted, policy), due === undefined ? undefined : due + 1_000);
  }
});
