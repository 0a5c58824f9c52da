import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { SessionStatus } from '../definition/command-context.ts';
import { defineSession } from '../definition/define-session.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { decodeText } from './recovery.ts';
import { LIFECYCLE, LIFECYCLE_EVENTS, legalEvents, STATUSES, type LifecycleEvent } from './lifecycle-table.ts';

const mira = person('mira');
const jon = person('jon');
const ann = person('ann');

/** A dice game in which the one who starts it has to have a name for it. */
const dice = defineSession('dice', {
  version: 1,
  messages: { cheered: z.object({ n: z.number() }) },
  initial: () => ({ rolls: 0, seen: [] as string[], ready: false, over: false }),
  policies: { access: 'open', start: 'lobby' },
  onStart(state, ctx) {
    if (!state.ready) ctx.reject('nobody is ready');
    state.seen.push(`start by ${ctx.participant.id} in ${ctx.session.status}`);
  },
  onJoin(state, ctx) {
    state.seen.push(`join ${ctx.participant.id} as ${ctx.participant.role}`);
    if (ctx.participant.name === 'Ann') state.ready = true;
  },
  onPause(state, ctx) {
    state.seen.push(`pause ${ctx.session.status}`);
    if (ctx.participant.id === 'jon') throw new Error('broken on purpose');
  },
  onResume: (state) => void state.seen.push('resume'),
  onEnd(state, ctx) {
    state.seen.push(`end ${ctx.session.status}`);
    ctx.send('cheered', { n: ctx.random.int(1, 1_000_000) });
  },
  isComplete: (state) => state.over,
  commands: (command) => ({
    roll: command(z.object({}), (state, _args, ctx) => (state.rolls = ctx.random.int(1, 6))),
    win: command(z.object({}), (state, _args, ctx) => {
      state.rolls += 1;
      ctx.end({ winner: ctx.participant.id, luck: ctx.random.int(1, 1_000_000) });
    }),
    finish: command(z.object({}), (state) => void (state.over = true)),
  }),
});

const open = defineSession('open', {
  version: 1,
  initial: () => ({ count: 0 }),
  policies: { access: 'open', rights: { pause: ['owner', 'gm', 'player'] } },
  commands: (command) => ({ count: command(z.object({}), (state) => (state.count += 1)) }),
});

async function start(definitions: readonly SessionDefinition[], store?: Store) {
  return new SessionHarness({ definitions, rhythm: { maxDelayMs: 0 }, ...(store === undefined ? {} : { store }) }).start();
}

async function run(harness: SessionHarness, session: SessionId, as: Identity | 'system', command: string, args: JsonValue = {}) {
  const running = harness.sessions.run(session, { as, command, args });
  await harness.settle();
  return running;
}

async function read(harness: SessionHarness, session: SessionId) {
  const reading = harness.sessions.read(session, 'system');
  await harness.settle();
  const outcome = await reading;
  assert.ok(outcome.ok);
  return { meta: outcome.meta, state: outcome.state };
}

async function readEvents(store: Store, session: SessionId) {
  const { events } = await store.read(session, 0, (await store.get(session))?.headSeq ?? 0);
  return events.map(decodeText);
}

/** The ways into each status, from a new session that is active or in the lobby. */
const WAYS: Readonly<Record<SessionStatus, readonly LifecycleEvent[]>> = {
  lobby: [],
  active: ['start'],
  paused: ['start', 'pause'],
  abandoned: ['start', 'abandon'],
  ended: ['start', 'end'],
  archived: ['start', 'end', 'archive'],
};

const lobby = defineSession('lobby', { version: 1, initial: () => ({}), policies: { access: 'open', start: 'lobby' } });

for (const status of STATUSES) {
  for (const event of LIFECYCLE_EVENTS) {
    const cell = LIFECYCLE[status][event];
    test(`LIFECYCLE-1: ${event} of a session that is ${status}: ${cell}`, async () => {
      const harness = await start([lobby]);
      const session = await harness.create('lobby');
      for (const way of WAYS[status]) assert.equal((await run(harness, session, 'system', `@${way}`, null)).ok, true);
      const outcome = await run(harness, session, 'system', `@${event}`, null);
      const { meta } = await read(harness, session);
      if (cell === 'illegal') {
        assert.ok(!outcome.ok);
        assert.deepEqual([outcome.code, outcome.details], ['illegal-transition', { status, event, legal: legalEvents(status) }]);
        for (const legal of legalEvents(status)) assert.match(outcome.message, new RegExp(`\\b${legal}\\b`));
        assert.equal(meta['status'], status);
      } else {
        assert.equal(outcome.ok, true);
        assert.equal(meta['status'], cell === 'stays' ? status : cell === 'before' ? 'active' : cell);
      }
    });
  }
}

test('LIFECYCLE-2: a transition is one event, which says from what to what, who, why and when; everyone is told', async () => {
  const harness = await start([open]);
  const session = await harness.create('open');
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, jon)];
  harness.clock.advance(1_000);
  harness.send(session, gm, 1, '@pause', { reason: 'tea' });
  await harness.settle();
  const at = harness.clock.now();
  const event = (await readEvents(harness.store, session)).at(-1);
  const told = { from: 'active', to: 'paused', event: 'pause', by: 'mira', reason: 'tea', at };
  assert.deepEqual([event?.header.command, event?.header.who, event?.header.at], ['@pause', 'mira', at]);
  assert.deepEqual(event?.content?.messages, [{ name: '@lifecycle', payload: told }]);
  assert.match(JSON.stringify(player.live.at(-1)), /@lifecycle.*"reason":"tea"/);
  const { meta } = await read(harness, session);
  assert.deepEqual([meta['status'], meta['pausedBy'], meta['pausedAt'], meta['reason']], ['paused', 'mira', at, 'tea']);
  await run(harness, session, mira, '@resume', null);
  const { meta: after } = await read(harness, session);
  assert.deepEqual([after['status'], 'pausedBy' in after, 'pausedAt' in after, 'reason' in after], ['active', false, false, false]);
});

test('LIFECYCLE-2: who may not is refused, and rights are the definition’s', async () => {
  const harness = await start([open]);
  const session = await harness.create('open');
  for (const who of [mira, jon]) await harness.connect(session, who);
  const refused = await run(harness, session, jon, '@end', { reason: 'bored' });
  assert.ok(!refused.ok && refused.code === 'forbidden');
  assert.equal((await run(harness, session, jon, '@pause')).ok, true);
  for (const command of ['@warn', '@abandon', '@archive']) {
    const kept = await run(harness, session, mira, command);
    assert.ok(!kept.ok && kept.code === 'forbidden', command);
  }
});

test('LIFECYCLE-3: in the lobby people come and go, and game commands wait for the start', async () => {
  const harness = await start([dice]);
  const session = await harness.create('dice');
  const player = await harness.connect(session, ann);
  assert.equal((await read(harness, session)).meta['startedAt'], undefined);
  harness.send(session, player, 1, 'roll', {});
  await harness.settle();
  assert.deepEqual([player.rejects[0]?.code, player.rejects[0]?.details], ['not-active', { status: 'lobby' }]);
  harness.clock.advance(5_000);
  assert.equal((await run(harness, session, mira, '@start', null)).ok, true);
  const { meta } = await read(harness, session);
  assert.deepEqual([meta['status'], meta['startedAt']], ['active', harness.clock.now()]);
  harness.send(session, player, 2, 'roll', {});
  await harness.settle();
  assert.equal(player.acks.length, 1);
});

test('LIFECYCLE-4: a pause says who and why to every command, holds through a restart, and people come and go meanwhile', async () => {
  const harness = await start([open]);
  const session = await harness.create('open');
  for (const who of [mira, jon]) await harness.connect(session, who);
  await run(harness, session, mira, '@pause', { reason: 'tea' });
  const pausedAt = harness.clock.now();
  const next = await start([open], harness.store);
  const refused = await run(next, session, jon, 'count');
  assert.ok(!refused.ok);
  assert.deepEqual(
    [refused.code, refused.message, refused.details],
    ['not-active', 'The session was paused by Mira: tea.', { status: 'paused', by: 'mira', at: pausedAt, reason: 'tea' }],
  );
  assert.equal((await next.connect(session, ann)).welcome?.participant.role, 'player');
  assert.ok((await next.connect(session, jon)).welcome !== undefined);
  assert.equal((await run(next, session, jon, '@leave', null)).ok, true);
  assert.equal((await run(next, session, mira, '@resume', null)).ok, true);
  assert.equal((await run(next, session, ann, 'count')).ok, true);
});

const gmLeaves = (whenGmLeaves: 'pause' | 'hand-over') =>
  defineSession('watched', { version: 1, initial: () => ({}), policies: { access: 'open', whenGmLeaves } });

test('LIFECYCLE-5: when the last GM goes the session goes on by default', async () => {
  const harness = await start([open]);
  const session = await harness.create('open');
  for (const who of [mira, jon]) await harness.connect(session, who);
  await run(harness, session, mira, '@leave', null);
  await harness.settle();
  assert.equal((await read(harness, session)).meta['status'], 'active');
});

test('LIFECYCLE-5: with `pause` the session pauses by itself when the last GM leaves or is lost, and only then', async () => {
  const harness = await start([gmLeaves('pause')]);
  const session = await harness.create('watched');
  await harness.connect(session, jon);
  assert.equal((await read(harness, session)).meta['status'], 'active');
  const gm = await harness.connect(session, mira);
  harness.sessions.detach(session, gm.id);
  harness.clock.advance(30_000);
  await harness.settle();
  const { meta } = await read(harness, session);
  assert.deepEqual([meta['status'], meta['pausedBy'], meta['reason']], ['paused', 'system', 'the GM is gone']);
  const [lost, paused] = (await readEvents(harness.store, session)).slice(-2);
  assert.deepEqual([lost?.header.command, paused?.header.command, paused?.header.who], ['@lost', '@pause', 'system']);
  // Who resumes it nevertheless means it.
  assert.equal((await run(harness, session, mira, '@resume', null)).ok, true);
  assert.equal((await read(harness, session)).meta['status'], 'active');
});

test('LIFECYCLE-5: with `hand-over` the owner, or who joined first of those present, becomes GM', async () => {
  const harness = await start([gmLeaves('hand-over')]);
  const session = await harness.create('watched');
  for (const who of [mira, ann, jon]) await harness.connect(session, who);
  await run(harness, session, mira, '@leave', null);
  await harness.settle();
  const { participants } = (await read(harness, session)).meta as { participants: Record<string, { role: string }> };
  assert.deepEqual([participants['ann']?.role, participants['jon']?.role], ['gm', 'player']);
});

test('LIFECYCLE-5: a crash between the GM’s going and what follows changes nothing: it follows at the wake', async () => {
  const harness = await start([gmLeaves('pause')]);
  const session = await harness.create('watched');
  for (const who of [mira, jon]) await harness.connect(session, who);
  const leaving = harness.sessions.run(session, { as: mira, command: '@leave', args: null });
  let status: unknown;
  // The process ends as soon as the leaving is durable.
  const { store } = harness;
  for (let turn = 0; turn < 100 && status === undefined; turn += 1) {
    await Promise.resolve();
    status = (await store.get(session))?.seats === 1 ? 'gone' : undefined;
    if (status === undefined) harness.clock.advance(0);
  }
  await leaving;
  const next = await start([gmLeaves('pause')], store);
  assert.equal((await read(next, session)).meta['status'], 'paused');
  assert.equal((await readEvents(store, session)).filter(({ header }) => header.command === '@pause').length, 1);
});

test('LIFECYCLE-6: only the host abandons a session, only one where nobody is, and whoever comes back takes it up as it was', async () => {
  const harness = await start([open]);
  const session = await harness.create('open');
  const gm = await harness.connect(session, mira);
  await run(harness, session, mira, '@pause', { reason: 'tea' });
  const kept = await run(harness, session, 'system', '@abandon', null);
  assert.ok(!kept.ok && kept.code === 'illegal-transition' && /Somebody is connected/.test(kept.message));
  harness.sessions.detach(session, gm.id);
  harness.clock.advance(31_000);
  await harness.settle();
  assert.equal((await run(harness, session, 'system', '@abandon', { reason: 'no one played' })).ok, true);
  assert.equal((await read(harness, session)).meta['status'], 'abandoned');
  await harness.connect(session, mira);
  await harness.settle();
  const { meta } = await read(harness, session);
  assert.deepEqual([meta['status'], meta['pausedBy'], meta['reason']], ['paused', 'mira', 'tea']);
});

test('LIFECYCLE-7: hooks run in the event of what they are named after, with the status that it leads to', async () => {
  const harness = await start([dice]);
  const session = await harness.create('dice');
  for (const who of [mira, ann]) await harness.connect(session, who);
  for (const command of ['@start', '@pause', '@resume', '@end']) await run(harness, session, mira, command, null);
  const seen = ['join mira as gm', 'join ann as player', 'start by mira in active', 'pause paused', 'resume', 'end ended'];
  assert.deepEqual((await read(harness, session)).state['seen'], seen);
  const events = await readEvents(harness.store, session);
  assert.deepEqual(
    events.filter(({ content }) => content?.ops !== undefined).map(({ header }) => header.command),
    ['@create', '@join', '@join', '@start', '@pause', '@resume', '@end'],
  );
  assert.deepEqual(
    events.at(-1)?.content?.messages?.map(({ name }) => name),
    ['@lifecycle', 'cheered'],
  );
  assert.ok(events.at(-1)?.content?.seed !== undefined);
});

test('LIFECYCLE-7: a hook that throws is reported and changes nothing, and what it hangs on happens', async () => {
  const harness = await start([{ ...dice, policies: { ...dice.policies, rights: { pause: ['player'] } } }]);
  const session = await harness.create('dice');
  for (const who of [mira, ann, jon]) await harness.connect(session, who);
  await run(harness, session, mira, '@start', null);
  const before = (await read(harness, session)).state;
  assert.equal((await run(harness, session, jon, '@pause', null)).ok, true);
  const { meta, state } = await read(harness, session);
  assert.deepEqual([meta['status'], state], ['paused', before]);
  assert.ok(harness.events.some((event) => event.kind === 'handler-failed' && event.command === 'onPause'));
});

test('LIFECYCLE-8: a participant’s start is refused where the hook rejects it; the host’s is not', async () => {
  const harness = await start([dice]);
  const session = await harness.create('dice');
  await harness.connect(session, mira);
  const refused = await run(harness, session, mira, '@start', null);
  assert.ok(!refused.ok);
  assert.deepEqual([refused.code, refused.message], ['rejected', 'nobody is ready']);
  assert.equal((await read(harness, session)).meta['status'], 'lobby');
  assert.equal((await run(harness, session, 'system', '@start', null)).ok, true);
  assert.equal((await read(harness, session)).meta['status'], 'active');
});

test('LIFECYCLE-9: a handler ends its session in its own event, with a result; hook and handler do not share their chance', async () => {
  const harness = await start([dice]);
  const session = await harness.create('dice');
  const player = await harness.connect(session, ann);
  await run(harness, session, 'system', '@start', null);
  harness.send(session, player, 1, 'win', {});
  await harness.settle();
  assert.deepEqual([player.acks.length, player.closed], [1, 'ended']);
  const { meta, state } = await read(harness, session);
  const { winner, luck } = meta['result'] as { winner: string; luck: number };
  assert.deepEqual([meta['status'], meta['endedBy'], winner, state['rolls']], ['ended', 'ann', 'ann', 1]);
  const last = (await readEvents(harness.store, session)).at(-1);
  assert.equal(last?.header.command, 'win');
  const cheered = last?.content?.messages?.find(({ name }) => name === 'cheered')?.payload as { n: number };
  assert.notEqual(cheered.n, luck);
});

test('LIFECYCLE-9: a session whose state is complete ends with the command that completed it', async () => {
  const harness = await start([dice]);
  const session = await harness.create('dice');
  await harness.connect(session, ann);
  await run(harness, session, 'system', '@start', null);
  const seq = (await run(harness, session, ann, 'roll')) as { seq: number };
  assert.equal((await run(harness, session, ann, 'finish')).ok, true);
  const { meta } = await read(harness, session);
  assert.deepEqual([meta['status'], meta['endedBy'], meta['reason']], ['ended', 'system', 'complete']);
  assert.equal((await harness.sessions.get(session))?.headSeq, seq.seq + 1);
});

test('LIFECYCLE-9: a hook ends its session, too, in the event that it runs in', async () => {
  const short = defineSession('short', {
    version: 1,
    initial: () => ({ started: false }),
    policies: { access: 'open', start: 'lobby' },
    onStart(state, ctx) {
      state.started = true;
      ctx.end('nothing to do');
    },
  });
  const harness = await start([short]);
  const session = await harness.create('short');
  assert.equal((await run(harness, session, mira, '@start', null)).ok, true);
  const { meta, state } = await read(harness, session);
  assert.deepEqual([meta['status'], meta['result'], meta['endedBy'], state['started']], ['ended', 'nothing to do', 'mira', true]);
  const last = (await readEvents(harness.store, session)).at(-1);
  assert.deepEqual(
    last?.content?.messages?.map(({ payload }) => (payload as JsonObject)['event']),
    ['start', 'end'],
  );
});

test('LIFECYCLE-10: an end refuses, stores a snapshot, tells, closes, revokes and frees; its last state stays readable', async () => {
  const harness = await start([open]);
  const session = await harness.create('open', mira, { options: {} });
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, jon)];
  const hash = 'a'.repeat(43);
  assert.equal((await run(harness, session, mira, '@invite', { hash })).ok, true);
  assert.notEqual(await harness.store.findInvite(hash), undefined);
  harness.send(session, gm, 1, '@end', { reason: 'late' });
  await harness.settle();
  const { headSeq } = (await harness.sessions.get(session)) ?? { headSeq: 0 };
  assert.deepEqual([gm.acks.length, gm.closed, player.closed], [1, 'ended', 'ended']);
  assert.match(JSON.stringify(player.live.at(-1)), /@lifecycle.*"reason":"late"/);
  assert.equal((await harness.store.readSnapshot(session, headSeq))?.seq, headSeq);
  assert.equal(await harness.store.findInvite(hash), undefined);
  assert.equal(harness.sessions.status(session).connections, 0);
  assert.ok(!harness.events.some(({ kind }) => kind === 'inconsistent'));
  const refused = await run(harness, session, jon, 'count');
  assert.ok(!refused.ok && refused.code === 'ended');
  const reader = await harness.connect(session, jon);
  assert.ok(reader.welcome !== undefined && reader.closed === undefined);
  const { meta } = await read(harness, session);
  assert.deepEqual([meta['status'], meta['endedBy'], meta['reason']], ['ended', 'mira', 'late']);
  harness.sessions.detach(session, reader.id);
  for (let round = 0; round < 9; round += 1) {
    harness.clock.advance(5_000);
    await harness.settle();
  }
  assert.equal(harness.sessions.status(session).awake, false);
});

test('LIFECYCLE-10: whoever asks for whatever else, an ended session is as it was', async () => {
  const harness = await start([open]);
  const session = await harness.create('open', mira, { options: {} });
  for (const who of [mira, jon]) await harness.connect(session, who);
  assert.ok((await run(harness, session, mira, '@invite', { hash: 'a'.repeat(43) })).ok);
  assert.ok((await run(harness, session, mira, '@ban', { participant: 'eve' })).ok);
  assert.ok((await run(harness, session, mira, '@end', { reason: 'late' })).ok);
  const headSeq = (await harness.sessions.get(session))?.headSeq;
  const asked: readonly (readonly [Identity | 'system', string, JsonValue])[] = [
    [mira, '@rename', { name: 'Another' }],
    [mira, '@role', { participant: 'jon', role: 'gm' }],
    [mira, '@hand-over', { participant: 'jon' }],
    [mira, '@transfer', { participant: 'jon' }],
    [mira, '@kick', { participant: 'jon' }],
    [mira, '@ban', { participant: 'jon' }],
    [mira, '@unban', { participant: 'eve' }],
    [mira, '@lock', { locked: true }],
    [mira, '@invite', { hash: 'b'.repeat(43) }],
    [jon, '@profile', { name: 'Jonathan' }],
    [ann, '@join', {}],
    ['system', '@add', { participant: 'ann', name: 'Ann' }],
    ['system', '@member', { participant: 'jon', role: 'gm' }],
    ['system', '@claim', { guest: 'jon', account: 'ann', name: 'Ann' }],
  ];
  for (const [as, command, args] of asked) {
    const outcome = await run(harness, session, as, command, args);
    assert.equal(outcome.ok ? 'ok' : outcome.code, 'ended', command);
  }
  assert.equal((await harness.sessions.get(session))?.headSeq, headSeq);
});

test('LIFECYCLE-10: what the end has to do is one list, and a step that was not done is named', async () => {
  const { ENDING, leftBehind } = await import('./ending.ts');
  const { emptyTree } = await import('./tree.ts');
  assert.deepEqual(
    ENDING.map(({ step }) => step),
    ['refuse', 'snapshot', 'notify', 'close', 'cancel timers', 'revoke invites', 'free'],
  );
  const tree = emptyTree();
  Object.assign(tree.meta, { status: 'active' } satisfies JsonObject);
  Object.assign(tree.internal, { timers: { t1: { command: 'x', args: {}, due: 1 } }, invites: { i1: 'h' }, gm: 'gone' });
  const left = leftBehind({ tree, snapshotSeq: 1, endSeq: 2, connected: 1 });
  assert.deepEqual(left, ['refuse', 'snapshot', 'notify', 'close', 'cancel timers', 'revoke invites', 'free']);
});
