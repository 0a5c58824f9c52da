import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { decodeText } from './recovery.ts';

const mira = person('mira');

const kitchen = (policies: object = {}, limits: object = {}) =>
  defineSession('kitchen', {
    version: 1,
    initial: () => ({ rang: [] as string[] }),
    policies: { access: 'open', ...policies },
    limits,
    commands: (command) => ({
      set: command(z.object({ afterMs: z.number(), name: z.string(), id: z.string().optional() }), (_state, { afterMs, name, id }, ctx) =>
        ctx.schedule(afterMs, 'ring', { name }, id === undefined ? {} : { id }),
      ),
      break: command(z.object({ afterMs: z.number() }), (_state, { afterMs }, ctx) => ctx.schedule(afterMs, 'burn')),
      wrong: command(z.object({}), (_state, _args, ctx) => ctx.schedule(1, 'bake')),
      stop: command(z.object({ id: z.string() }), (_state, { id }, ctx) => ctx.cancel(id)),
      ring: command(z.object({ name: z.string() }), (state, { name }, ctx) => void state.rang.push(`${name} ${ctx.participant.id}`), {
        roles: ['system'],
      }),
      again: command(z.object({ everyMs: z.number() }), (state, { everyMs }, ctx) => {
        state.rang.push('again');
        ctx.schedule(everyMs, 'again', { everyMs }, { id: 'again' });
      }),
      burn: command(z.object({}), (state) => {
        state.rang.push('burned');
        throw new Error('burned on purpose');
      }),
    }),
  });

async function start(definition: SessionDefinition, more: { store?: Store; laterMs?: number; sleepAfterMs?: number } = {}) {
  const { laterMs = 0, ...options } = more;
  const harness = new SessionHarness({ definitions: [definition], rhythm: { maxDelayMs: 0 }, ...options });
  harness.clock.advance(laterMs);
  return harness.start();
}

async function run(harness: SessionHarness, session: SessionId, as: Identity | 'system', command: string, args: JsonValue = {}) {
  const running = harness.sessions.run(session, { as, command, args });
  await harness.settle();
  return running;
}

async function pass(harness: SessionHarness, ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.settle();
}

async function rang(harness: SessionHarness, session: SessionId): Promise<JsonValue | undefined> {
  const reading = harness.sessions.read(session, 'system');
  await harness.settle();
  const outcome = await reading;
  return outcome.ok ? outcome.state['rang'] : undefined;
}

async function eventsOf(store: Store, session: SessionId) {
  const { events } = await store.read(session, 0, (await store.get(session))?.headSeq ?? 0);
  return events.map(decodeText);
}

async function table(definition: SessionDefinition = kitchen(), more: Parameters<typeof start>[1] = {}) {
  const harness = await start(definition, more);
  const session = await harness.create('kitchen');
  await harness.connect(session, mira);
  return { harness, session };
}

test('LIFECYCLE-11: a timer runs its command once, as an event by `system` by which it is gone', async () => {
  const { harness, session } = await table();
  const set = await run(harness, session, mira, 'set', { afterMs: 1_000, name: 'tea' });
  assert.ok(set.ok && typeof set.result === 'string');
  await pass(harness, 999);
  assert.deepEqual(await rang(harness, session), []);
  await pass(harness, 1);
  await pass(harness, 60_000);
  assert.deepEqual(await rang(harness, session), ['tea system']);
  const event = (await eventsOf(harness.store, session)).at(-1);
  assert.deepEqual([event?.header.who, event?.header.command, event?.content?.timer], ['system', 'ring', set.result]);
  assert.deepEqual(event?.content?.internal, [['d', ['timers', set.result]]]);
});

test('LIFECYCLE-11: timers that are due together run in the order in which they are due, each in its own event', async () => {
  const { harness, session } = await table();
  for (const [afterMs, name] of [
    [3_000, 'third'],
    [1_000, 'first'],
    [2_000, 'second'],
    [3_000, 'fourth'],
  ] as const)
    await run(harness, session, mira, 'set', { afterMs, name });
  const next = await start(kitchen(), { store: harness.store, laterMs: 10_000 });
  assert.equal((await run(next, session, mira, 'stop', { id: 'none' })).ok, true);
  assert.deepEqual(await rang(next, session), ['first system', 'second system', 'third system', 'fourth system']);
});

test('LIFECYCLE-11: with the same id a timer replaces the one before; a cancelled one does not run', async () => {
  const { harness, session } = await table();
  await run(harness, session, mira, 'set', { afterMs: 1_000, name: 'tea', id: 'kettle' });
  await run(harness, session, mira, 'set', { afterMs: 5_000, name: 'coffee', id: 'kettle' });
  await run(harness, session, mira, 'set', { afterMs: 1_000, name: 'eggs', id: 'eggs' });
  const [gone, none] = [
    await run(harness, session, mira, 'stop', { id: 'eggs' }),
    await run(harness, session, mira, 'stop', { id: 'eggs' }),
  ];
  assert.deepEqual([gone.ok && gone.result, none.ok && none.result], [true, false]);
  await pass(harness, 4_000);
  assert.deepEqual(await rang(harness, session), []);
  await pass(harness, 1_000);
  assert.deepEqual(await rang(harness, session), ['coffee system']);
});

test('LIFECYCLE-11: a command may schedule itself again and again; what was missed is not made up for', async () => {
  const { harness, session } = await table();
  await run(harness, session, mira, 'again', { everyMs: 1_000 });
  for (let second = 0; second < 3; second += 1) await pass(harness, 1_000);
  assert.deepEqual(await rang(harness, session), ['again', 'again', 'again', 'again']);
  const next = await start(kitchen(), { store: harness.store, laterMs: 3_600_000 });
  await next.settle();
  assert.deepEqual(await rang(next, session), ['again', 'again', 'again', 'again', 'again']);
});

for (const fate of ['lost', 'written-but-failed'] as const) {
  test(`LIFECYCLE-11: a timer whose event was ${fate} runs once all the same`, async () => {
    const held = new HeldStore(new MemoryStore());
    const { harness, session } = await table(kitchen(), { store: held });
    await run(harness, session, mira, 'set', { afterMs: 1_000, name: 'tea' });
    held.hold();
    harness.clock.advance(1_000);
    await harness.settle();
    assert.equal(held.waiting, 1);
    await held.next(fate);
    held.letGo();
    await pass(harness, 5_000);
    await pass(harness, 0);
    assert.deepEqual(await rang(harness, session), ['tea system']);
    await pass(harness, 60_000);
    assert.deepEqual(await rang(harness, session), ['tea system']);
  });
}

test('LIFECYCLE-12: a pause stops the time of timers, also through a restart; the resume moves them', async () => {
  const { harness, session } = await table();
  await run(harness, session, mira, 'set', { afterMs: 10_000, name: 'tea' });
  await pass(harness, 4_000);
  await run(harness, session, mira, '@pause', { reason: 'tea' });
  assert.equal((await harness.sessions.get(session))?.nextDueAt, null);
  await pass(harness, 3_600_000);
  const next = await start(kitchen(), { store: harness.store, laterMs: 7_200_000 });
  await run(next, session, mira, '@resume', null);
  assert.equal((await next.sessions.get(session))?.nextDueAt, next.clock.now() + 6_000);
  await pass(next, 5_999);
  assert.deepEqual(await rang(next, session), []);
  await pass(next, 1);
  assert.deepEqual(await rang(next, session), ['tea system']);
});

test('LIFECYCLE-12: an end takes the timers away', async () => {
  const { harness, session } = await table();
  await run(harness, session, mira, 'set', { afterMs: 10_000, name: 'tea' });
  await run(harness, session, mira, '@end', null);
  assert.equal((await harness.sessions.get(session))?.nextDueAt, null);
  await pass(harness, 20_000);
  assert.deepEqual(await rang(harness, session), []);
});

test('LIFECYCLE-13: a session that sleeps wakes for its timer, on time', async () => {
  const harness = await start(kitchen(), { sleepAfterMs: 10_000 });
  const session = await harness.create('kitchen');
  await run(harness, session, 'system', 'set', { afterMs: 3_600_000, name: 'bread' });
  const due = harness.clock.now() + 3_600_000;
  for (let round = 0; round < 10; round += 1) await pass(harness, 5_000);
  assert.equal(harness.sessions.status(session).awake, false);
  while (harness.clock.now() < due) await pass(harness, Math.min(5_000, due - harness.clock.now()));
  assert.deepEqual(await rang(harness, session), ['bread system']);
  assert.equal((await eventsOf(harness.store, session)).at(-1)?.header.at, due);
});

test('LIFECYCLE-13: a session that somebody wakes just before it is due leaves no timer behind when the server stops', async () => {
  const harness = await start(kitchen(), { sleepAfterMs: 10_000 });
  const session = await harness.create('kitchen');
  await run(harness, session, 'system', 'set', { afterMs: 59_000, name: 'bread' });
  for (let round = 0; round < 11; round += 1) await pass(harness, 5_000);
  assert.equal(harness.sessions.status(session).awake, false);
  await rang(harness, session);
  const stopping = harness.sessions.stop();
  await harness.settle();
  await stopping;
  assert.equal(harness.clock.timers, 0);
});

test('LIFECYCLE-14: downtime counts for timers, unless the policy says that it does not', async () => {
  for (const downtime of ['counts', 'frozen'] as const) {
    const definition = kitchen({ timers: { downtime } });
    const { harness, session } = await table(definition);
    await run(harness, session, mira, 'set', { afterMs: 60_000, name: 'bread' });
    // Alive for 45 seconds, of which the log knows at least 30; then the server is down for an hour.
    for (let round = 0; round < 9; round += 1) await pass(harness, 5_000);
    const next = await start(definition, { store: harness.store, laterMs: 3_600_000 });
    await next.settle();
    assert.deepEqual(await rang(next, session), downtime === 'counts' ? ['bread system'] : []);
    await pass(next, 14_000);
    assert.deepEqual(await rang(next, session), downtime === 'counts' ? ['bread system'] : []);
    await pass(next, 16_000);
    assert.deepEqual(await rang(next, session), ['bread system']);
  }
});

test('LIFECYCLE-15: what cannot be scheduled is a fault of the handler, which changes nothing', async () => {
  const { harness, session } = await table(kitchen({}, { maxTimers: 2 }));
  const failed = async (command: string, args: JsonValue, words: RegExp) => {
    const outcome = await run(harness, session, mira, command, args);
    assert.ok(!outcome.ok && outcome.code === 'handler-failed', command);
    const told = harness.events.at(-1);
    assert.ok(told?.kind === 'handler-failed' && told.error instanceof Error);
    assert.match(told.error.message, words);
  };
  await failed('wrong', {}, /no command 'bake'; legal: set, break, wrong, stop, ring/);
  await failed('set', { afterMs: -1, name: 'x' }, /afterMs is from 0/);
  await failed('set', { afterMs: 1, name: 'x', id: '' }, /an id is a text/);
  await failed('set', { afterMs: 1, name: 'x'.repeat(9_000) }, /longer than/);
  for (const name of ['a', 'b']) assert.equal((await run(harness, session, mira, 'set', { afterMs: 99_999, name })).ok, true);
  await failed('set', { afterMs: 1, name: 'c' }, /2 timers already/);
});

test('LIFECYCLE-15: a timer whose command fails is reported and gone, and changes nothing', async () => {
  const { harness, session } = await table();
  await run(harness, session, mira, 'break', { afterMs: 1_000 });
  await pass(harness, 1_000);
  assert.deepEqual(await rang(harness, session), []);
  assert.ok(harness.events.some((event) => event.kind === 'handler-failed' && event.command === 'burn'));
  const last = (await eventsOf(harness.store, session)).at(-1);
  assert.deepEqual([last?.header.command, last?.content?.input], ['@timer', { command: 'burn', args: {}, code: 'handler-failed' }]);
  await pass(harness, 60_000);
  assert.equal(harness.events.filter((event) => event.kind === 'handler-failed').length, 1);
  // The log says so, too: after a crash it does not run again.
  const next = await start(kitchen(), { store: harness.store, laterMs: 3_600_000 });
  await rang(next, session);
  await pass(next, 60_000);
  assert.deepEqual(
    next.events.filter((event) => event.kind === 'handler-failed'),
    [],
  );
});

const ball = defineSession('ball', {
  version: 1,
  initial: () => ({ x: 0, goal: 3, ticks: 0 }),
  policies: { access: 'open' },
  tick: {
    everyMs: 50,
    run(state) {
      if (state.goal < 0) throw new Error('broken on purpose');
      if (state.x < state.goal) state.x += 1;
      else state.x = state.goal;
    },
  },
  commands: (command) => ({ aim: command(z.object({ goal: z.number() }), (state, { goal }) => void (state.goal = goal)) }),
});

async function field(store?: Store) {
  const harness = await start(ball, store === undefined ? {} : { store });
  const session = await harness.create('ball');
  const ticks = async () => (await eventsOf(harness.store, session)).filter(({ header }) => header.command === '@tick');
  const x = async () => {
    const reading = harness.sessions.read(session, 'system');
    await harness.settle();
    const outcome = await reading;
    return outcome.ok && outcome.state['x'];
  };
  return { harness, session, ticks, x };
}

test('LIFECYCLE-16: a tick runs at its rate while someone is connected, and one that changes nothing writes nothing', async () => {
  const { harness, session, ticks, x } = await field();
  await pass(harness, 1_000);
  assert.equal(await x(), 0);
  const player = await harness.connect(session, mira);
  for (let round = 0; round < 20; round += 1) await pass(harness, 50);
  assert.deepEqual([await x(), (await ticks()).length], [3, 3]);
  harness.sessions.detach(session, player.id);
  await run(harness, session, 'system', 'aim', { goal: 9 });
  for (let round = 0; round < 20; round += 1) await pass(harness, 50);
  assert.equal(await x(), 3);
});

test('LIFECYCLE-16: a paused session does not tick', async () => {
  const { harness, session, x } = await field();
  await harness.connect(session, mira);
  await pass(harness, 50);
  await run(harness, session, mira, '@pause', null);
  for (let round = 0; round < 20; round += 1) await pass(harness, 50);
  assert.equal(await x(), 1);
  await run(harness, session, mira, '@resume', null);
  for (let round = 0; round < 20; round += 1) await pass(harness, 50);
  assert.equal(await x(), 3);
});

test('LIFECYCLE-16: ticks that are due while one is being written become one event, and the rate is kept', async () => {
  const held = new HeldStore(new MemoryStore());
  const { harness, session, ticks } = await field(held);
  await harness.connect(session, mira);
  await run(harness, session, 'system', 'aim', { goal: 100 });
  await pass(harness, 50);
  held.hold();
  for (let round = 0; round < 6; round += 1) await pass(harness, 50);
  held.letGo();
  await harness.settle();
  await pass(harness, 50);
  const inputs = (await ticks()).map(({ content }) => content?.input);
  assert.deepEqual(inputs, [1, 1, 6]);
  assert.equal((await ticks()).at(-1)?.content?.ops?.length, 1);
});

test('LIFECYCLE-16: a tick that keeps failing pauses its session, and says so', async () => {
  const { harness, session } = await field();
  await harness.connect(session, mira);
  await run(harness, session, 'system', 'aim', { goal: -1 });
  for (let round = 0; round < 20; round += 1) await pass(harness, 50);
  const reading = harness.sessions.read(session, 'system');
  await harness.settle();
  const outcome = await reading;
  assert.ok(outcome.ok);
  assert.deepEqual([outcome.meta['status'], outcome.meta['reason']], ['paused', 'the tick keeps failing']);
  assert.equal(harness.events.filter((event) => event.kind === 'handler-failed').length, 10);
});
