import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { decodeText } from './recovery.ts';
import { replayAgainst, type LogReplay } from './replay-against.ts';

type Dice = { rolls: number[]; here: string[]; rung: number; beat: number; title: string };
type Change = { readonly roll?: (n: number) => number; readonly joined?: string; readonly ring?: number; readonly version?: number };

/** A game that uses all that user code can do. `change`: what a later version does otherwise. */
function dice({ roll = (n) => n, joined = 'joins', ring = 1, version = 1 }: Change = {}): SessionDefinition {
  return defineSession('dice', {
    version,
    ...(version === 1 ? {} : { migrate: (state: Dice & { since?: number }, from: number) => void (state.since = from) }),
    messages: { rolled: z.object({ n: z.number() }) },
    initial: () => ({ rolls: [], here: [], rung: 0, beat: 0, title: '' }) as Dice,
    policies: { access: 'open', whenGmLeaves: 'pause', reconnectWindowMs: 1_000 },
    onJoin: (state, ctx) => {
      state.here.push(`${ctx.participant.name} ${joined} ${ctx.random.int(1, 9)}`);
    },
    onLeave: (state, ctx) => void (state.here = state.here.filter((name) => !name.startsWith(ctx.participant.name))),
    onPause: (state) => void (state.title = 'paused'),
    onResume: (_state, ctx) => void ctx.schedule(500, 'ring'),
    onEnd: (state, ctx) => void (state.title = `over ${ctx.random.int(1, 6)}`),
    isComplete: (state) => state.rung >= 12,
    tick: { everyMs: 200, run: (state, ctx) => void (ctx.random.bool() && (state.beat += 1)) },
    initialMode: 'calm',
    commands: (command) => ({
      roll: command(z.object({ sides: z.number() }), (state, { sides }, ctx) => {
        const n = roll(ctx.random.int(1, sides));
        state.rolls.push(n);
        if (state.rolls.length > 5) state.rolls.shift();
        ctx.send('rolled', { n }, n > 3 ? { to: { roles: ['gm'], participants: [ctx.participant.id] } } : {});
        if (n === 6) ctx.highlight('a six', { n });
        return { n, at: ctx.now, id: ctx.id() };
      }),
      ring: command(z.object({}), (state) => void (state.rung += ring)),
      later: command(z.object({ afterMs: z.number() }), (_state, { afterMs }, ctx) => ctx.schedule(afterMs, 'ring')),
      storm: command(z.object({}), (_state, _args, ctx) => ctx.setMode('wild')),
      refuse: command(z.object({}), (_state, _args, ctx) => ctx.reject('no')),
      fail: command(z.object({}), () => assert.fail('on purpose')),
      finish: command(z.object({}), (_state, _args, ctx) => ctx.end({ by: ctx.participant.id }), { roles: ['gm'] }),
    }),
    modes: { calm: () => ({}), wild: (command) => ({ howl: command(z.object({}), (state) => void (state.title = 'howl')) }) },
  });
}

const PEOPLE = ['ann', 'ben', 'cat'] as const;
const who = fc.constantFrom(...PEOPLE);
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('come' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), who }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      who,
      name: fc.constantFrom('roll', 'later', 'storm', 'refuse', 'fail', 'howl', 'ring'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('host' as const),
      name: fc.constantFrom('@pause', '@resume', '@kick', '@lock', 'roll', 'finish'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2_000 }) }) },
);
type Act = typeof act extends fc.Arbitrary<infer One> ? One : never;

const ARGS: Record<string, object> = { roll: { sides: 6 }, later: { afterMs: 700 } };

/** A session that was played like this, whose server then stopped. */
async function played(script: readonly Act[], seed: number): Promise<{ store: MemoryStore; session: SessionId }> {
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [dice()], store, seed }).start();
  const session = await harness.create('dice', person('ann'));
  const here = new Map<string, { connection: HarnessConnection; n: number }>();
  for (const each of script) {
    await playOne(harness, session, here, each);
    harness.clock.advance(50);
    await harness.settle();
  }
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  return { store, session };
}

async function playOne(
  harness: SessionHarness,
  session: SessionId,
  here: Map<string, { connection: HarnessConnection; n: number }>,
  each: Act,
): Promise<void> {
  if (each.do === 'wait') return harness.clock.advance(each.ms);
  if (each.do === 'host') {
    const args = each.name === '@kick' ? { participant: 'ben' } : each.name === '@lock' ? { locked: false } : (ARGS[each.name] ?? {});
    return void harness.sessions.run(session, { as: 'system', command: each.name, args: args as never });
  }
  const known = here.get(each.who);
  if (each.do === 'come') {
    const connection = await harness.connect(session, person(each.who));
    if (connection.closed === undefined) here.set(each.who, { connection, n: 0 });
  } else if (known !== undefined && known.connection.closed === undefined) {
    if (each.do === 'cut') harness.sessions.detach(session, known.connection.id);
    else {
      known.n += 1;
      const name = each.do === 'leave' ? '@leave' : each.name;
      harness.send(session, known.connection, known.n, name, (ARGS[name] ?? {}) as never);
    }
  }
}

async function replayed(store: MemoryStore, session: SessionId, definition: SessionDefinition, from?: Seq): Promise<LogReplay> {
  const replay = await replayAgainst(store, session, definition, from);
  assert.ok(replay);
  return replay;
}

async function firstWith(store: MemoryStore, session: SessionId, command: string): Promise<Seq | undefined> {
  const { events } = await store.read(session, 0, 9_999);
  return events.map((event) => decodeText(event).header).find((header) => header.command === command)?.seq;
}

const SOME: readonly Act[] = [
  { do: 'come', who: 'ann' },
  { do: 'send', who: 'ann', name: 'later' },
  { do: 'send', who: 'ann', name: 'ring' },
  { do: 'come', who: 'ben' },
  { do: 'send', who: 'ben', name: 'roll' },
  { do: 'send', who: 'ben', name: 'roll' },
  { do: 'wait', ms: 2_000 },
  { do: 'host', name: '@pause' },
  { do: 'host', name: '@resume' },
  { do: 'wait', ms: 2_000 },
  { do: 'host', name: 'finish' },
];

test('MIGRATE-7: whatever was played, a log that is replayed against the code that made it does not diverge', async () => {
  let executed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), fc.integer({ min: 1, max: 1e6 }), async (script, seed) => {
      const { store, session } = await played([{ do: 'come', who: 'ann' }, ...script], seed);
      const replay = await replayed(store, session, dice());
      assert.deepEqual([replay.divergence, replay.verdict, replay.skipped], [undefined, 'same', []]);
      const head = (await store.get(session))?.headSeq;
      assert.equal(replay.executed + replay.applied, head);
      executed += replay.executed;
    }),
    { numRuns: 60 },
  );
  assert.ok(executed > 100, `${executed} events ran again`);
});

test('MIGRATE-7: whatever was played, a handler that does otherwise is found at its first command', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), fc.integer({ min: 1, max: 1e6 }), async (script, seed) => {
      const { store, session } = await played([{ do: 'come', who: 'ann' }, ...script], seed);
      const replay = await replayed(store, session, dice({ roll: (n) => n + 1 }));
      const first = await firstWith(store, session, 'roll');
      assert.equal(replay.divergence?.seq, first);
      if (first !== undefined) found += 1;
    }),
    { numRuns: 60 },
  );
  assert.ok(found > 2, `found in ${found} logs`);
});

test('MIGRATE-7: what differs is said for people: state, messages and result, then and now', async () => {
  const { store, session } = await played(SOME, 7);
  const { divergence, verdict } = await replayed(store, session, dice({ roll: () => 40 }));
  assert.deepEqual([verdict, divergence?.command, divergence?.who], ['diverged', 'roll', 'ben']);
  const lines = divergence?.differences.map(({ what, then, now }) => `${what}: ${then} -> ${now}`) ?? [];
  assert.match(lines.join('\n'), /result: \{"n":\d,.*\} -> \{"n":40,/);
  assert.match(lines.join('\n'), /state: rolls from 0: 0 out, in \[\d\] -> rolls from 0: 0 out, in \[40\]/);
  assert.match(lines.join('\n'), /messages: .*"n":\d.* -> .*"n":40/);
});

test('MIGRATE-7: hooks and timers are compared as commands are', async () => {
  const { store, session } = await played(SOME, 7);
  const joined = await replayed(store, session, dice({ joined: 'comes' }));
  assert.deepEqual([joined.divergence?.command, joined.divergence?.seq], ['@join', await firstWith(store, session, '@join')]);
  const ring = await replayed(store, session, dice({ ring: 2 }), 7);
  assert.deepEqual([ring.divergence?.command, ring.divergence?.who], ['ring', 'system']);
  assert.match(JSON.stringify(ring.divergence?.differences), /rung = 2.*rung = 3/);
});

test('MIGRATE-7: a command that is refused, that throws or that is gone now is a divergence', async () => {
  const { store, session } = await played(SOME, 7);
  const seq = await firstWith(store, session, 'roll');
  const cases = [
    [(): number => assert.fail('broken'), /its code throws AssertionError: broken/],
    [(): number => Number.NaN, /its code throws/],
  ] as const;
  for (const [roll, text] of cases) {
    const { divergence } = await replayed(store, session, dice({ roll }));
    assert.equal(divergence?.seq, seq);
    assert.match(JSON.stringify(divergence?.differences), text);
  }
  const bare = defineSession('dice', { version: 1, initial: () => ({}), policies: { access: 'open' } });
  const gone = await replayed(store, session, bare, seq);
  assert.match(JSON.stringify(gone.divergence?.differences), /refused with unknown-command/);
});

test('MIGRATE-8: the log of an earlier version is compared across the migration', async () => {
  const { store, session } = await played(SOME, 7);
  const same = await replayed(store, session, dice({ version: 2 }));
  assert.deepEqual([same.divergence, same.verdict, same.executed > 5], [undefined, 'same', true]);
  const other = await replayed(store, session, dice({ version: 2, roll: () => 40 }));
  assert.equal(other.divergence?.seq, await firstWith(store, session, 'roll'));
  assert.match(JSON.stringify(other.divergence?.differences), /rolls\.?\d* = /);
});

test('MIGRATE-8: a migration that would fail at the head is the last divergence', async () => {
  const { store, session } = await played([{ do: 'come', who: 'ann' }], 7);
  const head = (await store.get(session))?.headSeq ?? 0;
  const broken = defineSession('dice', { version: 2, initial: () => ({}), policies: { access: 'open' }, migrate: () => assert.fail('oh') });
  const { divergence } = await replayed(store, session, broken, head + 1);
  assert.deepEqual([divergence?.command, divergence?.seq], ['@migrate', head + 1]);
  assert.match(JSON.stringify(divergence?.differences), /from version 1 to 2 failed: oh/);
});

test('MIGRATE-8: a missing migration is a divergence, and a log of a newer version is not compared', async () => {
  const { store, session } = await played(SOME, 7);
  const newer = await replayed(store, session, { ...dice({ version: 2 }), migrate: {} });
  assert.equal(newer.divergence?.command, '@migrate');
  assert.match(JSON.stringify(newer.divergence?.differences), /define migrate\[1\]/);
  const made = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [dice({ version: 2 })], store: made }).start();
  const later = await harness.create('dice', person('ann'));
  const ann = await harness.connect(later, person('ann'));
  harness.send(later, ann, 1, 'roll', { sides: 6 });
  await harness.settle();
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  const older = await replayed(made, later, dice());
  assert.deepEqual([older.verdict, older.divergence], ['skipped', undefined]);
  assert.match(older.skipped[0]?.reason ?? '', /newer than version 1/);
});

for (const how of ['erased', 'pruned'] as const) {
  test(`MIGRATE-8: where contents were ${how}, the replay goes on from the snapshot after them, and says so`, async () => {
    const { store, session } = await played(SOME, 7);
    const harness = await new SessionHarness({ definitions: [dice()], store, seed: 9 }).start();
    await Promise.all([harness.sessions.stop(), harness.settle()]);
    const head = (await store.get(session))?.headSeq ?? 0;
    const done = how === 'erased' ? await store.erase(session, { who: 'ben' }) : await store.prune(session, head - 1);
    assert.equal(done.outcome, 'ok');
    const replay = await replayed(store, session, dice());
    assert.equal(replay.divergence, undefined);
    assert.deepEqual([replay.skipped.length > 0, replay.skipped.every(({ reason }) => reason === how)], [true, true]);
  });
}

test('MIGRATE-7: who goes over to the audience has not left', async () => {
  const watched = defineSession('watched', {
    version: 1,
    initial: () => ({ gone: [] as string[] }),
    policies: { access: 'open', audience: ['spectator'] },
    onLeave: (state, ctx) => void state.gone.push(ctx.participant.id),
    commands: {},
  });
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [watched], store }).start();
  const session = await harness.create('watched', person('ann'));
  for (const who of ['ann', 'ben']) await harness.connect(session, person(who));
  for (const role of ['spectator', 'player']) {
    // As a member of the campaign, which is how one who stays and one who goes are told of alike.
    const changing = harness.sessions.run(session, { as: 'system', command: '@member', args: { participant: 'ben', role } });
    await harness.settle();
    assert.ok((await changing).ok);
  }
  const leaving = harness.sessions.run(session, { as: person('ben'), command: '@leave', args: null });
  await harness.settle();
  assert.ok((await leaving).ok);
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  const { verdict, divergence } = await replayed(store, session, watched);
  assert.deepEqual([verdict, divergence], ['same', undefined]);
});
