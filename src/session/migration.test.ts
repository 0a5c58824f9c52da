import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { Migrations } from '../definition/migrations.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Store } from '../store/store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { PassingStore } from '../testing/passing-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { decodeText } from './recovery.ts';

const mira = person('mira');

/** A score as version 1 kept it: one number. */
const one = defineSession('score', {
  version: 1,
  initial: () => ({ points: 0 }),
  policies: { access: 'open' },
  commands: (command) => ({ add: command(z.object({ by: z.number() }), (state, { by }) => void (state.points += by)) }),
});

type One = { points: number };
type Two = { points?: number; score: { points: number } };
type Three = { score: { points: number; best: number } };

/** As version 3 keeps it. */
function three(
  migrate: Migrations | undefined,
  more: { version?: number; invariant?: (state: Three) => string | undefined } = {},
): SessionDefinition {
  return defineSession('score', {
    version: more.version ?? 3,
    ...(migrate === undefined ? {} : { migrate }),
    ...(more.invariant === undefined ? {} : { invariant: more.invariant }),
    initial: () => ({ score: { points: 0, best: 0 } }),
    policies: { access: 'open' },
    commands: (command) => ({
      add: command(z.object({ by: z.number() }), (state, { by }) => {
        state.score.points += by;
        state.score.best = Math.max(state.score.best, state.score.points);
        return state.score.best;
      }),
    }),
  });
}

const STEPS: Migrations = {
  1: (state: One & Partial<Two>) => {
    state.score = { points: state.points };
    Reflect.deleteProperty(state, 'points');
  },
  2: (state: Two) => Object.assign(state.score, { best: state.score.points }) && undefined,
};

/** A session of version 1 with five points, whose server has stopped. */
async function stored(store: Store): Promise<SessionId> {
  const harness = await new SessionHarness({ definitions: [one], store }).start();
  const session = await harness.create('score');
  const gm = await harness.connect(session, mira);
  for (let n = 1; n <= 5; n += 1) harness.send(session, gm, n, 'add', { by: 1 });
  await harness.settle();
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  return session;
}

async function served(store: Store, definition: SessionDefinition, seed = 2): Promise<SessionHarness> {
  return new SessionHarness({ definitions: [definition], store, seed }).start();
}

async function commanded(
  harness: SessionHarness,
  session: SessionId,
  connection: HarnessConnection,
  n: number,
  args: { by: number },
): Promise<void> {
  harness.send(session, connection, n, 'add', args);
  harness.clock.advance(1_000);
  await harness.settle();
}

async function commandsOf(store: Store, session: SessionId): Promise<string[]> {
  const { events } = await store.read(session, 0, 99);
  return events.map((event) => decodeText(event).header).map(({ command, definition }) => `${command}/${definition}`);
}

test('MIGRATE-1: a session that an earlier version stored is migrated as it wakes, step by step, in one event before any other', async () => {
  const store = new MemoryStore();
  const session = await stored(store);
  const before = (await commandsOf(store, session)).length;
  const later = await served(store, three(STEPS));
  const gm = await later.connect(session, mira);
  assert.equal(gm.closed, undefined);
  await commanded(later, session, gm, 1, { by: 2 });
  assert.equal(gm.acks[0]?.result, 7);
  assert.deepEqual((await commandsOf(store, session)).slice(before), ['@migrate/3', '@connect/3', 'add/3']);
  assert.equal((await store.get(session))?.definitionVersion, 3);
  const told = later.events.filter(({ kind }) => kind === 'migrated');
  assert.deepEqual(told, [{ kind: 'migrated', session, from: 1, to: 3, seq: before + 1 }]);
});

test('MIGRATE-1: once it is migrated, a session is woken like any other', async () => {
  const store = new MemoryStore();
  const session = await stored(store);
  const first = await served(store, three(STEPS));
  await Promise.all([first.sessions.read(session, 'system'), first.settle()]);
  await Promise.all([first.sessions.stop(), first.settle()]);
  const count = (await commandsOf(store, session)).length;
  const again = await served(store, three({}), 3);
  const [read] = await Promise.all([again.sessions.read(session, 'system'), again.settle()]);
  assert.deepEqual(read.ok && read.state, { score: { points: 5, best: 5 } });
  assert.equal((await commandsOf(store, session)).length, count);
});

test('MIGRATE-1: one function for all earlier versions is called once, with the version that it starts from', async () => {
  const store = new MemoryStore();
  const session = await stored(store);
  const calls: number[] = [];
  const definition = three((state: One & Partial<Three>, from) => {
    calls.push(from);
    state.score = { points: state.points, best: state.points };
    Reflect.deleteProperty(state, 'points');
  });
  const later = await served(store, definition);
  const [read] = await Promise.all([later.sessions.read(session, 'system'), later.settle()]);
  assert.deepEqual([read.ok && read.state, calls], [{ score: { points: 5, best: 5 } }, [1]]);
});

test('MIGRATE-2: a mode that the new version does not have gives way to its initial one', async () => {
  const store = new MemoryStore();
  const modal = (version: number, mode: string) =>
    defineSession('modal', {
      version,
      migrate: () => undefined,
      initial: () => ({}),
      policies: { access: 'open' },
      initialMode: mode,
      modes: { [mode]: (command) => ({ [mode]: command(z.object({}), () => 'done') }) },
    });
  const harness = await new SessionHarness({ definitions: [modal(1, 'calm')], store }).start();
  const session = await harness.create('modal');
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  const later = await served(store, modal(2, 'storm'));
  const [ran] = await Promise.all([later.sessions.run(session, { as: 'system', command: 'storm', args: {} }), later.settle()]);
  assert.equal(ran.ok && ran.result, 'done');
});

for (const [what, migrate, more, reason] of [
  ['throws', { 1: () => assert.fail('no such thing'), 2: () => undefined }, {}, /no such thing/],
  ['writes what is not JSON', { 1: (state: { at?: unknown }) => void (state.at = new Date(0)), 2: () => undefined }, {}, /at/],
  ['returns a state instead of changing it', { 1: (() => ({ score: {} })) as never, 2: () => undefined }, {}, /in place/],
  ['is asynchronous', { 1: (() => Promise.resolve()) as never, 2: () => undefined }, {}, /in place/],
  [
    'changes more than one event holds',
    { 1: (state: { all?: string }) => void (state.all = 'x'.repeat(2e6)), 2: () => undefined },
    {},
    /bytes/,
  ],
  [
    'leads to a state against the invariant',
    STEPS,
    { invariant: ({ score }: Three) => (score.best < 9 ? 'too low' : undefined) },
    /too low/,
  ],
] as const) {
  test(`MIGRATE-4: a migration that ${what} changes nothing, and quarantines its session with the reason`, async () => {
    const store = new MemoryStore();
    const session = await stored(store);
    const before = await commandsOf(store, session);
    const later = await served(store, three(migrate as Migrations, more));
    assert.equal((await later.connect(session, mira)).closed, 'quarantined');
    const [mark] = await store.quarantined();
    assert.deepEqual([mark?.kind, mark?.seq], ['migration', before.length]);
    assert.match(mark?.reason ?? '', reason);
    assert.match(mark?.reason ?? '', /from version 1 to 3 failed/);
    assert.deepEqual(await commandsOf(store, session), before);
    assert.equal((await store.get(session))?.definitionVersion, 1);
  });
}

test('MIGRATE-4: after a recovery to its head, which sets nothing aside, better code migrates it', async () => {
  const store = new MemoryStore();
  const session = await stored(store);
  const bad = await served(store, three({ 1: () => assert.fail('oh'), 2: () => undefined }));
  assert.equal((await bad.connect(session, mira)).closed, 'quarantined');
  const better = await served(store, three(STEPS), 3);
  assert.equal((await better.connect(session, mira)).closed, 'quarantined');
  const seq = (await store.quarantined())[0]?.seq ?? 0;
  const [done] = await Promise.all([better.sessions.recoveries.recover(session, { to: seq, by: 'operator:sam' }), better.settle()]);
  assert.deepEqual(done.ok && done.recovery.setAside.events, 0);
  const [read] = await Promise.all([better.sessions.read(session, 'system'), better.settle()]);
  assert.deepEqual(read.ok && read.state, { score: { points: 5, best: 5 } });
});

for (const fate of ['lost', 'written-but-failed', 'ok'] as const) {
  test(`MIGRATE-5: killed while its migration was being written (${fate}), a session is migrated once, by whoever wakes it next`, async () => {
    const inner = new MemoryStore();
    const session = await stored(inner);
    const store = new HeldStore(inner);
    const later = await served(store, three(STEPS));
    store.hold();
    const gm = later.knock(session, mira);
    await later.settle();
    assert.deepEqual([store.waiting, gm.frames.length], [1, 0], 'nothing of it is shown before it is durable');
    await store.next(fate);
    // The process is gone here: what it would have done next reaches no store.
    const after = await served(inner, three(STEPS), 3);
    const [read] = await Promise.all([after.sessions.read(session, 'system'), after.settle()]);
    assert.deepEqual(read.ok && read.state, { score: { points: 5, best: 5 } });
    const commands = await commandsOf(inner, session);
    assert.equal(commands.filter((each) => each === '@migrate/3').length, 1);
  });
}

test('MIGRATE-3: what a newer version stored is not served, and stays as it is', async () => {
  const store = new MemoryStore();
  const session = await stored(store);
  const newer = await served(store, three(STEPS));
  await Promise.all([newer.sessions.read(session, 'system'), newer.settle()]);
  await Promise.all([newer.sessions.stop(), newer.settle()]);
  const before = await commandsOf(store, session);
  const older = await served(store, one, 3);
  assert.equal((await older.connect(session, mira)).closed, 'unavailable');
  assert.match(JSON.stringify(older.events), /version 3 of 'score', this server has version 1.*newer/);
  assert.deepEqual(await commandsOf(store, session), before);
  assert.deepEqual(await store.quarantined(), []);
});

test('MIGRATE-6: a client of before goes on where it was, with what the migration changed in its tail', async () => {
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [one], store }).start();
  const session = await harness.create('score');
  const gm = await harness.connect(session, mira);
  harness.send(session, gm, 1, 'add', { by: 4 });
  await harness.settle();
  const kept = { instance: gm.instance as never, position: gm.position as never, table: gm.table as never };
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  const later = await served(store, three(STEPS));
  const back = await later.connect(session, mira, { ...kept, lowest: 2 });
  assert.equal(back.closed, undefined);
  const snapshots = back.frames.filter((frame) => 't' in frame && frame.t === 'snapshot');
  assert.match(JSON.stringify(back.frames), /"best"/);
  await commanded(later, session, back, 2, { by: 1 });
  assert.deepEqual([back.acks.at(-1)?.result, snapshots.length <= 1], [5, true]);
});

test('MIGRATE-6: where the new version shows a part of the state to others, its clients begin anew with what they may see now', async () => {
  const store = new MemoryStore();
  const shape = { initial: () => ({ secret: 'old', open: 1 }), policies: { access: 'open' as const } };
  const before = defineSession('veiled', { version: 1, ...shape });
  const harness = await new SessionHarness({ definitions: [before], store }).start();
  const session = await harness.create('veiled');
  const ben = await harness.connect(session, person('ben'));
  const kept = { instance: ben.instance as never, position: ben.position as never, table: ben.table as never };
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  const after = defineSession('veiled', {
    version: 2,
    migrate: { 1: (state: { secret: string }) => void (state.secret = 'new') },
    ...shape,
    visibility: { secret: ['gm'] },
  });
  const later = await served(store, after);
  const back = await later.connect(session, person('ben'), { ...kept, lowest: 1 });
  const snapshots = back.frames.filter((frame) => 't' in frame && frame.t === 'snapshot');
  assert.deepEqual(
    snapshots.map((frame) => [Object(frame).reason, Object(frame).state]),
    [['sight-changed', { open: 1 }]],
  );
  assert.doesNotMatch(JSON.stringify(back.frames), /new/);
});

test('MIGRATE-1: a session whose waking outlasts the stop of its server is not migrated by it', async () => {
  const store = new MemoryStore();
  const session = await stored(store);
  let letGo: () => void = () => undefined;
  class SlowClaims extends PassingStore {
    override async claim(id: SessionId): ReturnType<Store['claim']> {
      await new Promise<void>((resolve) => (letGo = resolve));
      return store.claim(id);
    }
  }
  const newer = await new SessionHarness({ definitions: [three(STEPS)], store: new SlowClaims(store) }).start();
  const connection = await newer.connect(session, mira);
  await Promise.all([newer.sessions.stop(), newer.settle()]);
  letGo();
  await newer.settle();
  assert.equal(connection.closed, 'shutting-down');
  assert.deepEqual([(await store.get(session))?.definitionVersion, newer.clock.timers], [1, 0]);
});
