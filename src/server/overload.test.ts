import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineSession } from '../definition/define-session.ts';
import { memoryStore } from './memory-store.ts';
import { createServer } from './create-server.ts';
import type { Crossing } from '../session/budget-gauge.ts';
import { defaultOverload, Overload, overloadPolicy, type GivenOverload, type Load, type LoadName } from './overload.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const IDLE: Load = { awakeSessions: 0, heapBytes: 0, residentBytes: 0, eventLoopDelayMs: 0 };
const MACHINE = { heapBytes: 1_000, residentBytes: 10_000 };

/** An overload that is told how much there is. */
function watched(given: GivenOverload = {}) {
  const crossings: string[] = [];
  const slept: number[] = [];
  let load = IDLE;
  const overload = new Overload({
    policy: overloadPolicy(given, defaultOverload(MACHINE)),
    read: () => load,
    sleep: (count) => void slept.push(count),
    crossed: ({ budget, level }: Crossing<LoadName>) => void crossings.push(`${budget} ${level}`),
  });
  const look = (now: Partial<Load>, times = 1): void => {
    load = { ...IDLE, ...now };
    for (let time = 0; time < times; time += 1) overload.look();
  };
  return { overload, look, crossings, slept };
}

test('BUDGET-13: above a hard limit of the server nothing new is begun, with when to come again; below it, it is', () => {
  for (const load of [{ heapBytes: 860 }, { residentBytes: 9_001 }, { awakeSessions: 100_000 }] as const) {
    const { overload, look } = watched({ retryAfterMs: 7_000 });
    look({});
    assert.equal(overload.mayBegin('tabletop'), undefined);
    look(load);
    assert.deepEqual(
      [overload.mayBegin('tabletop')?.code, overload.mayBegin('tabletop')?.details],
      ['unavailable', { retryAfterMs: 7_000 }],
    );
    assert.equal(overload.turnedAway, 2);
    look({});
    assert.equal(overload.mayBegin('tabletop'), undefined, JSON.stringify(load));
  }
});

test('BUDGET-13: a delay of the event loop counts when it lasts', () => {
  const { overload, look, crossings } = watched();
  look({ eventLoopDelayMs: 1_900 }, 4);
  look({ eventLoopDelayMs: 5 });
  assert.deepEqual(crossings, []);
  look({ eventLoopDelayMs: 1_900 }, 5);
  assert.equal(overload.level, 'hard');
  assert.match(overload.reason ?? '', /eventLoopDelayMs 1900 of 1000/);
  assert.deepEqual(crossings, ['eventLoopDelayMs hard']);
});

test('BUDGET-14: types that are preferred are begun and joined all the same', () => {
  const { overload, look } = watched({ prefer: ['tabletop'] });
  look({ heapBytes: 999 });
  assert.equal(overload.mayBegin('tabletop'), undefined);
  assert.equal(overload.mayBegin('quiz')?.code, 'unavailable');
  assert.equal(overload.mayBegin(undefined)?.code, 'unavailable');
});

test('BUDGET-15: above a soft limit the least used sessions are put to sleep: as many as are too many, or a tenth', () => {
  const awake = watched({ awakeSessions: { soft: 100, hard: 200 } });
  awake.look({ awakeSessions: 99 });
  awake.look({ awakeSessions: 120 });
  awake.look({ awakeSessions: 95 });
  awake.look({ awakeSessions: 80 });
  assert.deepEqual(awake.slept, [30, 5]);
  const memory = watched();
  memory.look({ heapBytes: 710, awakeSessions: 400 });
  memory.look({ heapBytes: 100, awakeSessions: 360 });
  assert.deepEqual(memory.slept, [40]);
});

test('BUDGET-15: those leave memory that nobody needs, the longest unused first, those of preferred types last', async () => {
  const quiz = defineSession('quiz', { version: 1, initial: () => ({ asked: 0 }), commands: {} });
  const harness = await new SessionHarness({ definitions: [tinyTabletop, quiz] }).start();
  const [preferred, older, newer, played] = [
    await harness.create('quiz'),
    await harness.create('tabletop'),
    await harness.create('tabletop'),
    await harness.create('tabletop'),
  ];
  await harness.connect(played, person('mira'));
  harness.clock.advance(1_000);
  const reading = harness.sessions.read(newer, 'system');
  await harness.settle();
  await reading;
  const awake = (): boolean[] => [preferred, older, newer, played].map((id) => harness.sessions.status(id).awake);
  const sleep = async (count: number): Promise<void> => {
    // The first look stores what is not stored yet.
    for (let look = 0; look < 2; look += 1) {
      harness.sessions.budgets.makeRoom(count, ['quiz']);
      await harness.settle();
    }
  };
  await sleep(1);
  assert.deepEqual(awake(), [true, false, true, true]);
  await sleep(1);
  assert.deepEqual(awake(), [true, false, false, true]);
  await sleep(10);
  assert.deepEqual(awake(), [false, false, false, true]);
});

/** A server that is at its limit with two sessions in memory. */
async function smallServer() {
  const clock = new VirtualClock();
  const server = createServer({
    sessions: [tinyTabletop],
    store: memoryStore(),
    dev: true,
    port: null,
    logger: false,
    clock,
    overload: { awakeSessions: { soft: null, hard: 2 }, retryAfterMs: 4_000 },
  });
  await server.start();
  /** Lets time pass until it is done. */
  const done = async <T>(work: T | Promise<T>): Promise<T> => {
    let isDone = false;
    const promise = Promise.resolve(work).finally(() => void (isDone = true));
    while (!isDone) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return promise;
  };
  const ask = (path: string, init?: RequestInit): Promise<Response> => done(server.fetch(new Request(`http://local${path}`, init)));
  return { server, ask, done, look: () => clock.advance(1_000) };
}

test('BUDGET-13: an overloaded server is not ready, refuses creations with Retry-After, and says so in its metrics', async () => {
  const { server, ask, done, look } = await smallServer();
  try {
    look();
    assert.equal((await ask('/readyz')).status, 200);
    const first = await done(server.sessions.create({ type: 'tabletop', by: 'system', access: 'open' }));
    assert.ok(first.ok);
    await done(server.sessions.create({ type: 'tabletop', by: 'system' }));
    look();
    const notReady = await ask('/readyz');
    assert.equal(notReady.status, 503);
    assert.equal(notReady.headers.get('retry-after'), '4');
    assert.match(await notReady.text(), /awakeSessions 2 of 2/);
    const { token } = await done(server.signIn({ name: 'Ada' }));
    const headers = { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' };
    const refused = await ask('/v1/sessions', { method: 'POST', headers, body: JSON.stringify({ type: 'tabletop' }) });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '4']);
    const metrics = await (await ask('/metrics')).text();
    assert.match(metrics, /^holdfast_load_ratio 1$/m);
    assert.match(metrics, /^holdfast_overloaded 1$/m);
    assert.match(metrics, /^holdfast_overload_turned_away_total 1$/m);
    assert.match(metrics, /^holdfast_load\{load="awakeSessions"\} 2$/m);
    assert.match(metrics, /^holdfast_sessions_awake_health\{health="ok"\} 2$/m);
    assert.match(metrics, /^holdfast_sessions_bytes_out_total 0$/m);
  } finally {
    await done(server.stop());
  }
});

test('BUDGET-13: an overloaded server lets nobody new in, and whoever was there comes back', async () => {
  let full = false;
  const harness = await new SessionHarness({
    definitions: [tinyTabletop],
    mayBegin: () => (full ? { ok: false, code: 'unavailable', message: 'Too much.', details: { retryAfterMs: 9_000 } } : undefined),
  }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, person('mira'));
  full = true;
  const stranger = await harness.connect(session, person('eve'));
  assert.equal(stranger.closed, 'unavailable');
  assert.deepEqual(stranger.frames.at(-1), {
    t: 'error',
    code: 'unavailable',
    message: 'Too much.',
    details: { retryAfterMs: 9_000 },
    retryAfterMs: 9_000,
  });
  harness.sessions.detach(session, gm.id);
  const back = await harness.connect(session, person('mira'), { instance: gm.instance, position: gm.position });
  assert.equal(back.closed, undefined);
  assert.equal(harness.sessions.status(session).connections, 1);
});

test('BUDGET-10: a faulty policy of overload is refused at the start, each fault with its place', async () => {
  const server = createServer({
    sessions: [tinyTabletop],
    store: memoryStore(),
    dev: true,
    port: null,
    overload: { heapBytes: { soft: 5, hard: 2 }, awakeSessions: { hard: 0 }, prefer: ['chess'], lookEveryMs: 5 },
  });
  await assert.rejects(server.start(), (error: Error) =>
    ['overload.heapBytes: soft', 'overload.awakeSessions.hard', "no session type 'chess'", 'overload.lookEveryMs'].every((text) =>
      error.message.includes(text),
    ),
  );
});
