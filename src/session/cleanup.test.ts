import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { BuiltInRole, GivenPolicies } from '../definition/policies.ts';
import type { SessionId } from '../protocol/ids.ts';
import { MemoryArchives } from '../store/memory-archives.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HOUR_MS, SweepHarness } from '../testing/sweep-harness.ts';
import { person } from '../testing/session-harness.ts';

const mira = person('mira');
const tomas = person('tomas');

const policies = {
  abandonAfterMs: 24 * HOUR_MS,
  pausedAfterMs: 100 * HOUR_MS,
  warnBeforeMs: 4 * HOUR_MS,
  graceMs: 10 * HOUR_MS,
  completedAfterMs: 30 * HOUR_MS,
  deleteAfterMs: 50 * HOUR_MS,
};

const table = (given: GivenPolicies<BuiltInRole> = {}) =>
  defineSession('table', {
    version: 1,
    initial: () => ({ rolls: [] as string[], wanted: false }),
    policies: { access: 'open', ...given, cleanup: { ...policies, ...given.cleanup } },
    commands: (command) => ({
      roll: command(z.object({ text: z.string() }), (state, { text }) => void state.rolls.push(text)),
      want: command(z.object({ wanted: z.boolean() }), (state, { wanted }) => void (state.wanted = wanted)),
      later: command(z.object({ ms: z.number() }), (_state, { ms }, ctx) => void ctx.schedule(ms, 'roll', { text: 'bell' })),
    }),
  });

async function start(given: GivenPolicies<BuiltInRole> = {}) {
  const store = new MemoryStore();
  const archives = new MemoryArchives(store);
  const harness = await new SweepHarness({ definitions: [table(given)], store, archives, rhythm: { maxDelayMs: 0 } }).start();
  return { harness, store, archives };
}

async function step(harness: SweepHarness, session: SessionId): Promise<string | undefined> {
  const { decisions } = await harness.sweep();
  return decisions.find((decision) => decision.session === session)?.step;
}

async function statusOf(harness: SweepHarness, session: SessionId): Promise<string | undefined> {
  return (await harness.sessions.get(session))?.status;
}

test('CLEANUP-1: nothing happens: warned, given up, ended, archived and deleted, each at its time and never before', async () => {
  const { harness, store } = await start();
  const session = await harness.create('table');
  const life: string[] = [];
  for (let hour = 1; hour <= 130; hour += 1) {
    await harness.pass(HOUR_MS);
    const taken = await step(harness, session);
    if (taken !== undefined && taken !== 'keep') life.push(`${hour} ${taken}`);
  }
  assert.deepEqual(life, ['20 warn', '24 abandon', '34 end', '64 archive', '114 delete']);
  assert.equal(await store.get(session), undefined);
  assert.equal((await store.history({ session })).length, 1);
});

test('CLEANUP-1: each step is an event by `system` that says why', async () => {
  const { harness } = await start();
  const session = await harness.create('table');
  for (const hours of [20, 4, 10]) {
    await harness.pass(hours * HOUR_MS);
    await harness.sweep();
  }
  const lives = harness.events.flatMap((event) =>
    event.kind === 'transition' || event.kind === 'ended' ? [`${event.kind} ${event.who}`] : [],
  );
  assert.deepEqual(lives, ['transition system', 'transition system', 'ended system']);
  const { decisions } = await harness.sweep();
  assert.deepEqual(decisions, []);
  const read = await harness.done(harness.sessions.read(session, 'system'));
  assert.ok(read.ok);
  assert.deepEqual([read.meta['endedBy'], read.meta['reason']], ['system', 'abandoned for 10 h, grace 10 h']);
});

test('CLEANUP-2: what people do keeps a session; their coming and going, timers and the host do not', async () => {
  const { harness } = await start();
  const [played, visited, rung, hosted] = [
    await harness.create('table'),
    await harness.create('table'),
    await harness.create('table'),
    await harness.create('table'),
  ];
  for (const session of [played, visited, rung, hosted]) await harness.run(session, mira, 'want', { wanted: true });
  await harness.run(rung, 'system', 'later', { ms: 12 * HOUR_MS });
  await harness.pass(12 * HOUR_MS);
  await harness.settle();
  await harness.run(played, mira, 'roll', { text: 'six' });
  await harness.run(hosted, 'system', 'roll', { text: 'host' });
  await harness.visit(visited, tomas);
  await harness.pass(8 * HOUR_MS);
  const { decisions } = await harness.sweep();
  const steps = new Map(decisions.map(({ session, step: taken }) => [session, taken]));
  assert.deepEqual([steps.get(played), steps.get(visited), steps.get(rung), steps.get(hosted)], ['keep', 'warn', 'warn', 'warn']);
});

test('CLEANUP-2: with attendance as activity, coming and going keeps a session', async () => {
  const { harness } = await start({ cleanup: { activity: 'attendance' } });
  const [visited, alone] = [await harness.create('table'), await harness.create('table')];
  await harness.pass(12 * HOUR_MS);
  await harness.visit(visited, tomas);
  await harness.pass(9 * HOUR_MS);
  await harness.sweep();
  assert.deepEqual([await harness.warned(visited), await harness.warned(alone)], [false, true]);
});

test('CLEANUP-3: everyone who is there is told of a warning, and until when there is time', async () => {
  const { harness } = await start();
  const session = await harness.create('table');
  const connection = await harness.connect(session, mira);
  await harness.pass(21 * HOUR_MS);
  await harness.sweep();
  const text = JSON.stringify(connection.live);
  assert.match(text, /@lifecycle.*no command for 21 h, policy 24 h/);
  const read = await harness.done(harness.sessions.read(session, 'system'));
  const warning = { at: harness.clock.now(), until: harness.clock.now() + 4 * HOUR_MS, reason: 'no command for 21 h, policy 24 h' };
  assert.deepEqual(read.ok && read.meta['warning'], warning);
});

test('CLEANUP-3: a late warning leaves as much time as an early one', async () => {
  const { harness } = await start();
  const session = await harness.create('table');
  await harness.pass(1_000 * HOUR_MS);
  assert.equal(await step(harness, session), 'warn');
  await harness.pass(4 * HOUR_MS - 1);
  assert.equal(await step(harness, session), undefined);
  await harness.pass(1);
  assert.equal(await step(harness, session), 'abandon');
});

for (const deed of ['does something', 'comes back'] as const) {
  test(`CLEANUP-3: whoever ${deed} lifts the warning, and the time begins anew`, async () => {
    const { harness } = await start();
    const session = await harness.create('table');
    await harness.pass(20 * HOUR_MS);
    assert.equal(await step(harness, session), 'warn');
    if (deed === 'comes back') await harness.visit(session, tomas);
    else await harness.run(session, mira, 'roll', { text: 'six' });
    assert.equal(await harness.warned(session), false);
    await harness.pass(20 * HOUR_MS - 10 * 60_000);
    assert.notEqual(await step(harness, session), 'warn');
    await harness.pass(20 * 60_000);
    assert.equal(await step(harness, session), 'warn');
  });
}

test('CLEANUP-4: whoever comes back to an abandoned session takes it up, and it has its whole time again', async () => {
  const { harness } = await start();
  const session = await harness.create('table');
  for (const hours of [20, 4]) {
    await harness.pass(hours * HOUR_MS);
    await harness.sweep();
  }
  assert.equal(await statusOf(harness, session), 'abandoned');
  await harness.pass(9 * HOUR_MS);
  await harness.visit(session, tomas);
  assert.equal(await statusOf(harness, session), 'active');
  await harness.pass(19 * HOUR_MS);
  assert.notEqual(await step(harness, session), 'warn');
  await harness.pass(HOUR_MS);
  assert.equal(await step(harness, session), 'warn');
});

test('CLEANUP-4: so does who follows a link', async () => {
  const { harness } = await start({ access: 'invite' });
  const session = await harness.create('table');
  const token = 'a token that nobody guesses';
  const hash = createHash('sha256').update(token).digest('base64url');
  assert.equal((await harness.run(session, mira, '@invite', { hash })).ok, true);
  for (const hours of [20, 4]) {
    await harness.pass(hours * HOUR_MS);
    await harness.sweep();
  }
  assert.equal(await statusOf(harness, session), 'abandoned');
  await harness.connect(session, tomas, { invite: token });
  assert.equal(await statusOf(harness, session), 'active');
});

test('CLEANUP-4: a session in which somebody is gets a warning and nothing else', async () => {
  const { harness } = await start();
  const session = await harness.create('table');
  const connection = await harness.connect(session, mira);
  for (let hour = 1; hour <= 200; hour += 1) {
    await harness.pass(HOUR_MS);
    await harness.sweep();
  }
  assert.deepEqual([await statusOf(harness, session), await harness.warned(session), connection.closed], ['active', true, undefined]);
  harness.sessions.detach(session, connection.id);
  await harness.pass(HOUR_MS);
  assert.equal(await step(harness, session), 'abandon');
});

test('CLEANUP-5: a paused session has a time of its own, from the pause on', async () => {
  const { harness } = await start();
  const session = await harness.create('table');
  await harness.pass(10 * HOUR_MS);
  await harness.run(session, mira, '@pause', {});
  await harness.pass(95 * HOUR_MS);
  await harness.sweep();
  assert.equal(await harness.warned(session), false);
  await harness.pass(HOUR_MS);
  const { decisions } = await harness.sweep();
  assert.deepEqual(
    decisions.map(({ step: taken, why }) => [taken, why]),
    [['warn', 'paused, and nothing happened for 4 d, policy 4 d']],
  );
});

test('CLEANUP-5: what its definition holds is kept from every step, and so is what it fails to decide', async () => {
  let broken = false;
  const hold = (state: object): boolean => {
    if (broken) throw new Error('broken on purpose');
    return (state as { wanted: boolean }).wanted;
  };
  const { harness } = await start({ cleanup: { hold } });
  const session = await harness.create('table');
  await harness.run(session, mira, 'want', { wanted: true });
  await harness.pass(500 * HOUR_MS);
  assert.deepEqual(
    (await harness.sweep()).decisions.map(({ step: taken, why }) => [taken, why]),
    [['keep', 'its definition holds it']],
  );
  broken = true;
  await harness.pass(HOUR_MS);
  assert.equal(await step(harness, session), 'keep');
  assert.ok(harness.events.some((event) => event.kind === 'handler-failed' && event.command === 'hold'));
  broken = false;
  await harness.run(session, 'system', 'want', { wanted: false });
  await harness.pass(HOUR_MS);
  assert.equal(await step(harness, session), 'warn');
});

test('CLEANUP-5: times that are null never come', async () => {
  const never = { abandonAfterMs: null, pausedAfterMs: null, completedAfterMs: null };
  const { harness } = await start({ cleanup: never });
  const [open, ended] = [await harness.create('table'), await harness.create('table')];
  await harness.run(ended, mira, '@end', {});
  await harness.pass(100_000 * HOUR_MS);
  assert.equal((await harness.sweep()).looked, 0);
  assert.deepEqual([await statusOf(harness, open), await statusOf(harness, ended)], ['active', 'ended']);
});
