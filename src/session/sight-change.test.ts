import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { ServerFrame, SnapshotFrame } from '../protocol/frames.ts';
import type { LogId, SessionId, Tag } from '../protocol/ids.ts';
import type { VisibilityRule } from '../state/sight.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';

const mira = person('mira');
const jon = person('jon');
const ann = person('ann');

/** A table with a board for all and a plot whose rule a deploy may change. */
function tableWith(plot: VisibilityRule) {
  return defineSession('tabletop', {
    version: 1,
    initial: () => ({ board: {} as Record<string, string>, plot: {} as Record<string, string> }),
    visibility: { plot: plot as ['gm'] },
    messages: { rang: z.object({}) },
    policies: { access: 'open' },
    commands: (command) => ({
      place: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => void (state.board[key] = text)),
      plan: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => void (state.plot[key] = text)),
      ring: command(z.object({}), (_state, _args, ctx) => ctx.send('rang', {})),
    }),
  });
}

async function open(plot: VisibilityRule) {
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [tableWith(plot)], store }).start();
  return { harness, store };
}

async function table() {
  const { harness, store } = await open(['gm']);
  const session = await harness.create('tabletop', mira);
  const gm = await harness.connect(session, mira);
  const player = await harness.connect(session, jon);
  return { harness, store, session, gm, player };
}

async function run(harness: SessionHarness, session: SessionId, command: string, args: object): Promise<void> {
  const running = harness.sessions.run(session, { as: 'system', command, args: args as never });
  await harness.settle();
  const outcome = await running;
  assert.ok(outcome.ok, JSON.stringify(outcome));
}

const makes = (harness: SessionHarness, session: SessionId, participant: string, role: string) =>
  run(harness, session, '@role', { participant, role });

function kinds(frames: readonly ServerFrame[]): string[] {
  return frames.map((frame) => ('t' in frame ? frame.t : 'live'));
}

function lastSnapshot({ frames }: HarnessConnection): SnapshotFrame {
  return frames.findLast((frame): frame is SnapshotFrame => 't' in frame && frame.t === 'snapshot') ?? assert.fail('no snapshot');
}

/** The seq up to which a live frame brings its reader. */
function reached(frame: ServerFrame | undefined): number {
  return (frame as readonly unknown[]).reduce<number>((sum, item) => (typeof item === 'number' ? sum + item : sum), 0);
}

/** How a client comes back, with what it had. */
function backOf({ instance, position, table: had }: HarnessConnection) {
  assert.ok(instance !== undefined && position !== undefined && had !== undefined);
  return { instance, position, table: had, lowest: 1 };
}

for (const [what, before, after] of [
  ['shows more', ['gm'], 'all'],
  ['shows less', 'all', ['gm']],
  ['asks a function that answers otherwise', ({ role }) => role === 'player', ({ role }) => role === 'gm'],
] as const satisfies readonly (readonly [string, VisibilityRule, VisibilityRule])[]) {
  test(`VIEW-17: a deploy that ${what} gives those who come back a new beginning`, async () => {
    const { harness, store } = await open(before);
    const session = await harness.create('tabletop', mira);
    const player = await harness.connect(session, jon);
    await run(harness, session, 'plan', { key: 'dragon', text: 'sleeps' });
    await run(harness, session, 'ring', {});
    const deployed = await new SessionHarness({ definitions: [tableWith(after)], store, seed: 5 }).start();
    const back = await deployed.connect(session, jon, backOf(player));
    const { reason, missed, participant, state, position } = lastSnapshot(back);
    assert.deepEqual([reason, participant?.role], ['sight-changed', 'player']);
    assert.deepEqual(missed, [(player.position?.seq ?? 0) + 1, position.seq]);
    assert.equal('plot' in state, after === 'all');
    const again = await deployed.connect(session, jon, backOf(back));
    assert.deepEqual(kinds(again.frames), ['welcome', 'tail'], 'the new position is good');
  });
}

test('VIEW-17: the same rules after a restart go on with the tail', async () => {
  const { store, session, player } = await table();
  const now = await new SessionHarness({ definitions: [tableWith(({ role }) => role === 'gm')], store, seed: 5 }).start();
  const back = await now.connect(session, jon, backOf(player));
  assert.deepEqual(kinds(back.frames), ['welcome', 'tail'], 'what counts is what the rules say for them');
});

test('VIEW-17: a connection that goes on in place is told who it is now by the snapshot', async () => {
  const { harness, session, player } = await table();
  harness.sessions.detach(session, player.id);
  await makes(harness, session, 'jon', 'spectator');
  const { connection, reconnect: token } = player.welcome ?? assert.fail('no welcome');
  const back = await harness.connect(session, jon, { ...backOf(player), reconnect: { connection, token } });
  assert.deepEqual(kinds(back.frames), ['resumed', 'snapshot', 'tail']);
  assert.deepEqual(lastSnapshot(back).participant, { id: 'jon', name: 'Jon', role: 'spectator' });
});

for (const [what, lost, reason] of [
  ['a lost tail', { tag: 'xxxxxxxxxxx' as Tag }, 'regression'],
  ['another log', { logId: 'other' as LogId }, 'other-log'],
] as const) {
  test(`ACTOR-11: a connection that goes on in place after ${what} is told who it is now, as its role may be gone with it`, async () => {
    const { harness, session, player } = await table();
    await makes(harness, session, 'jon', 'spectator');
    harness.sessions.detach(session, player.id);
    const { connection, reconnect: token } = player.welcome ?? assert.fail('no welcome');
    const { position, ...had } = backOf(player);
    const back = await harness.connect(session, jon, { ...had, position: { ...position, ...lost }, reconnect: { connection, token } });
    assert.deepEqual(kinds(back.frames), ['resumed', 'snapshot', 'tail']);
    assert.equal(lastSnapshot(back).reason, reason);
    assert.deepEqual(lastSnapshot(back).participant, { id: 'jon', name: 'Jon', role: 'spectator' });
  });
}

test('VIEW-17: a position without the table that says what it was seen through is not built on', async () => {
  const { harness, session, player } = await table();
  const back = await harness.connect(session, jon, { ...backOf(player), table: undefined as never });
  assert.equal(lastSnapshot(back).reason, 'sight-changed');
});

for (const roles of [['gm'], ['gm', 'player']]) {
  test(`VIEW-17: who was made ${roles.join(' and then ')} while away comes back to a new beginning`, async () => {
    const { harness, session, player } = await table();
    harness.sessions.detach(session, player.id);
    await run(harness, session, 'plan', { key: 'dragon', text: 'sleeps' });
    for (const role of roles) await makes(harness, session, 'jon', role);
    const back = await harness.connect(session, jon, backOf(player));
    const { reason, participant, state } = lastSnapshot(back);
    assert.deepEqual([reason, participant?.role, 'plot' in state], ['sight-changed', roles.at(-1), roles.length === 1]);
  });
}

test('VIEW-18: who becomes GM gets a snapshot of what they see now at that event, on every connection', async () => {
  const { harness, session, player } = await table();
  const tablet = await harness.connect(session, jon);
  const other = await harness.connect(session, ann);
  await run(harness, session, 'plan', { key: 'dragon', text: 'sleeps' });
  const counts = [player, tablet, other].map(({ frames }) => frames.length);
  await makes(harness, session, 'jon', 'gm');
  await run(harness, session, 'plan', { key: 'dragon', text: 'wakes' });
  for (const [index, connection] of [player, tablet].entries()) {
    const news = connection.frames.slice(counts[index]);
    assert.deepEqual(kinds(news), ['live', 'snapshot', 'tail', 'live']);
    const { participant, position, reason } = lastSnapshot(connection);
    assert.deepEqual([reason, participant], ['sight-changed', { id: 'jon', name: 'Jon', role: 'gm' }]);
    assert.equal(reached(news[0]), position.seq, 'the old stream ends with the change');
    assert.match(JSON.stringify(news.at(-1)), /wakes/);
  }
  assert.deepEqual(kinds(other.frames.slice(counts[2])), ['live'], 'nobody else notices anything but the new role');
});

test('VIEW-18: who hands over sees from that event on what the new role sees, and the new GM what the GM sees', async () => {
  const { harness, session, gm, player } = await table();
  await run(harness, session, 'plan', { key: 'dragon', text: 'sleeps' });
  const handing = harness.sessions.run(session, { as: mira, command: '@hand-over', args: { participant: 'jon' } });
  await harness.settle();
  assert.ok((await handing).ok);
  const came = gm.frames.length;
  await run(harness, session, 'plan', { key: 'dragon', text: 'wakes' });
  assert.deepEqual(
    [lastSnapshot(gm), lastSnapshot(player)].map(({ reason, participant }) => [reason, participant?.id, participant?.role]),
    [
      ['sight-changed', 'mira', 'player'],
      ['sight-changed', 'jon', 'gm'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(gm.frames.slice(came)), /wakes/);
  assert.match(JSON.stringify(player.frames), /wakes/);
});

test('VIEW-18: a role that a login brings holds for the other connections of that participant, too', async () => {
  const { harness, session } = await table();
  const phone = await harness.connect(session, ann, { member: { role: 'gm' } });
  await run(harness, session, 'plan', { key: 'dragon', text: 'sleeps' });
  const came = phone.frames.length;
  const tablet = await harness.connect(session, ann, { member: { role: 'player' } });
  assert.deepEqual(kinds(phone.frames.slice(came)), ['live', 'snapshot', 'tail']);
  await run(harness, session, 'plan', { key: 'dragon', text: 'wakes' });
  await run(harness, session, 'place', { key: 'a', text: 'b' });
  for (const { frames } of [phone, tablet]) assert.doesNotMatch(JSON.stringify(frames), /wakes/);
  assert.equal('plot' in lastSnapshot(phone).state, false);
  const later = await harness.connect(session, ann, { ...backOf(phone), member: { role: 'gm' } });
  assert.equal(lastSnapshot(later).reason, 'sight-changed');
});

test('VIEW-18: who is no GM any more gets nothing of the secrets from that event on, also of what is on its way', async () => {
  const { harness, session } = await table();
  await makes(harness, session, 'jon', 'gm');
  const second = await harness.connect(session, jon);
  const came = second.frames.length;
  const running = [
    harness.sessions.run(session, { as: 'system', command: 'plan', args: { key: 'a', text: 'before' } }),
    harness.sessions.run(session, { as: 'system', command: 'ring', args: {} }),
    harness.sessions.run(session, { as: 'system', command: '@role', args: { participant: 'jon', role: 'player' } }),
    harness.sessions.run(session, { as: 'system', command: 'plan', args: { key: 'b', text: 'after' } }),
    harness.sessions.run(session, { as: 'system', command: 'place', args: { key: 'c', text: 'shown' } }),
  ];
  await harness.settle();
  for (const outcome of await Promise.all(running)) assert.ok(outcome.ok);
  const news = second.frames.slice(came);
  assert.deepEqual(kinds(news), ['live', 'snapshot', 'tail', 'live']);
  assert.match(JSON.stringify(news[0]), /before.*rang/, 'all of the old stream came');
  assert.doesNotMatch(JSON.stringify(news), /after/);
  assert.doesNotMatch(JSON.stringify(news.slice(1)), /before/);
  assert.match(JSON.stringify(news[3]), /shown/);
});

for (const [command, args, ends] of [
  ['@role', { participant: 'jon', role: 'spectator' }, ['live', 'snapshot', 'tail']],
  ['@kick', { participant: 'jon' }, ['live']],
] as const) {
  test(`VIEW-21: ${command} of the last member of a view comes after what was on its way there`, async () => {
    const { harness, session, player } = await table();
    const came = player.frames.length;
    const running = [
      harness.sessions.run(session, { as: 'system', command: 'ring', args: {} }),
      harness.sessions.run(session, { as: 'system', command, args }),
      harness.sessions.run(session, { as: 'system', command: 'ring', args: {} }),
    ];
    await harness.settle();
    for (const outcome of await Promise.all(running)) assert.ok(outcome.ok, JSON.stringify(outcome));
    const news = player.frames.slice(came).filter((frame) => !('t' in frame) || frame.t !== 'error');
    assert.deepEqual(kinds(news).slice(0, ends.length), ends);
    assert.equal([...JSON.stringify(news).matchAll(/"rang"/g)].length, command === '@kick' ? 1 : 2);
  });
}

test('VIEW-23: a slow reader whose sight changed meanwhile is brought to the head by a snapshot that says what it missed', async () => {
  const { harness, session, player } = await table();
  const upTo = player.position?.seq ?? 0;
  const came = player.frames.length;
  player.view = null;
  player.slow = true;
  await run(harness, session, 'ring', {});
  await makes(harness, session, 'jon', 'gm');
  assert.equal(player.frames.length, came);
  player.slow = false;
  harness.sessions.refresh(session, player.id, upTo);
  await harness.settle();
  assert.deepEqual(kinds(player.frames.slice(came)), ['snapshot', 'tail']);
  const { reason, missed } = lastSnapshot(player);
  assert.deepEqual([reason, missed], ['sight-changed', [upTo + 1, upTo + 2]]);
  await run(harness, session, 'place', { key: 'a', text: 'b' });
  assert.deepEqual(kinds(player.frames.slice(came)), ['snapshot', 'tail', 'live']);
});
