import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { CheckFrame, SnapshotFrame } from '../protocol/frames.ts';
import { ViewHash } from '../state/view-hash.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const mira = person('mira');
const jon = person('jon');
const WINDOW = 30_000;

async function table(definition = tinyTabletop as Parameters<typeof harnessOf>[1]) {
  const store = new HeldStore(new MemoryStore());
  const harness = await harnessOf(store, definition);
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  const player = await harness.connect(session, jon);
  return { store, harness, session, gm, player };
}

function harnessOf(store: HeldStore, definition: typeof tinyTabletop = tinyTabletop, seed = 1): Promise<SessionHarness> {
  return new SessionHarness({ definitions: [definition], store, seed }).start();
}

function comeBack(connection: HarnessConnection) {
  const { welcome, position } = connection;
  assert.ok(welcome !== undefined && position !== undefined);
  const reconnect = { connection: welcome.connection, token: welcome.reconnect };
  return { instance: welcome.instance, position, reconnect, lowest: welcome.settled + 1 };
}

/** What a connection was told of others coming and going. */
function news(connection: HarnessConnection): string[] {
  return (
    JSON.stringify(connection.frames)
      .match(/\["m","@participant",\{[^}]*\}/g)
      ?.map((item) => JSON.parse(`${item}]`) as [string, string, { id: string; change: string; reason: string }])
      .map(([, , { id, change, reason }]) => `${id} ${change} ${reason}`) ?? []
  );
}

async function pass(harness: SessionHarness, ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.settle();
}

test('ACTOR-20: the welcome waits for its own event, and the log never holds the token', async () => {
  const { store, harness, session } = await table();
  store.hold();
  const late = await harness.connect(session, jon);
  assert.equal(late.frames.length, 0);
  store.letGo();
  await harness.settle();
  const token = late.welcome?.reconnect ?? '';
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  const { events } = await store.read(session, 0, 1_000);
  assert.equal(JSON.stringify(events).includes(token), false);
});

test('ACTOR-21: a return within the window goes on under the old id, and nobody sees it', async () => {
  const { harness, session, gm, player } = await table();
  const before = news(gm).length;
  harness.sessions.detach(session, player.id);
  await pass(harness, WINDOW - 1);
  const back = await harness.connect(session, jon, comeBack(player));
  assert.deepEqual([back.welcome?.resumed, back.welcome?.connection], [true, player.welcome?.connection]);
  await pass(harness, WINDOW * 2);
  assert.equal(news(gm).length, before);
  harness.send(session, back, 1, 'roll', {});
  await harness.settle();
  assert.equal(back.acks.length, 1);
});

test('ACTOR-21: a client that still has its path table is told only what is new', async () => {
  const { harness, session, player } = await table();
  harness.sessions.detach(session, player.id);
  const back = await harness.connect(session, jon, { ...comeBack(player), table: { id: 1, known: 0 } });
  const [resumed] = back.frames;
  assert.ok(resumed !== undefined && 't' in resumed && resumed.t === 'resumed');
  assert.deepEqual(Object.keys(resumed), ['t', 'reconnect']);
  assert.notEqual(resumed.reconnect, player.welcome?.reconnect);
});

test('ACTOR-21: after a restart it is told the tag of the present owner too', async () => {
  const { store, session, player } = await table();
  const later = await harnessOf(store, tinyTabletop, 5);
  const back = await later.connect(session, jon, { ...comeBack(player), table: { id: 1, known: 0 } });
  const { tag } = (await later.connect(session, mira)).welcome ?? assert.fail('no welcome');
  const [resumed] = back.frames;
  assert.ok(resumed !== undefined && 't' in resumed && resumed.t === 'resumed');
  assert.equal(resumed.tag, tag);
  assert.notEqual(tag, player.welcome?.tag);
});

test('ACTOR-21: also after a restart, and within a fresh window', async () => {
  const { store, session, player } = await table();
  const later = await harnessOf(store, tinyTabletop, 5);
  const gm = await later.connect(session, mira);
  await pass(later, WINDOW - 1);
  const back = await later.connect(session, jon, comeBack(player));
  assert.deepEqual([back.welcome?.resumed, back.welcome?.connection], [true, player.welcome?.connection]);
  await pass(later, WINDOW * 2);
  assert.deepEqual(news(gm), []);
});

test('ACTOR-22: the token before stays good until the new one is used', async () => {
  const { harness, session, player } = await table();
  const first = comeBack(player);
  harness.sessions.detach(session, player.id);
  const second = await harness.connect(session, jon, first);
  // The welcome of the second never arrived: the client comes with the first token again.
  const third = await harness.connect(session, jon, first);
  assert.equal(third.welcome?.resumed, true);
  assert.equal(second.closed, 'replaced');
  const fourth = await harness.connect(session, jon, comeBack(third));
  assert.equal(fourth.welcome?.resumed, true);
});

test('ACTOR-22: a token that was replaced ends its connection for whoever holds it, and no other', async () => {
  const { harness, session, gm, player } = await table();
  const phone = await harness.connect(session, jon);
  const stolen = comeBack(player);
  harness.sessions.detach(session, player.id);
  const second = await harness.connect(session, jon, stolen);
  harness.sessions.detach(session, second.id);
  const third = await harness.connect(session, jon, comeBack(second));
  const thief = await harness.connect(session, jon, { ...stolen, instance: undefined as never });
  assert.deepEqual([thief.closed, third.closed, phone.closed, gm.closed], ['token-reused', 'token-reused', undefined, undefined]);
  assert.ok(harness.events.some((event) => event.kind === 'token-reused'));
  const anew = await harness.connect(session, jon, comeBack(third));
  assert.equal(anew.welcome?.resumed, false);
  assert.deepEqual(
    news(gm).filter((line) => line.includes('lost')),
    [],
    'the phone still holds the place',
  );
});

test('ACTOR-23: another identity gets nothing for a token', async () => {
  const { harness, session, player } = await table();
  const { reconnect } = comeBack(player);
  const eve = await harness.connect(session, person('eve'), { reconnect });
  assert.deepEqual([eve.welcome?.resumed, eve.welcome?.participant.id], [false, 'eve']);
  assert.equal(player.closed, undefined);
});

test('ACTOR-24: when the window has passed everyone is told, and of the return too', async () => {
  const { harness, session, gm, player } = await table();
  harness.sessions.detach(session, player.id);
  await pass(harness, WINDOW - 1);
  assert.deepEqual(news(gm), ['jon joined joined']);
  await pass(harness, 1);
  assert.deepEqual(news(gm), ['jon joined joined', 'jon lost lost']);
  assert.equal(player.closed, 'lost');
  const back = await harness.connect(session, jon, comeBack(player));
  assert.equal(back.welcome?.resumed, false);
  assert.deepEqual(news(gm).slice(2), ['jon returned returned']);
  const told = () =>
    harness.events.flatMap((event) => (event.kind === 'lost' || event.kind === 'returned' ? [`${event.kind} ${event.participant}`] : []));
  assert.deepEqual(told(), ['lost jon', 'returned jon'], 'the host is told, too');
  await harness.connect(session, jon);
  assert.deepEqual(told(), ['lost jon', 'returned jon'], 'and not of another connection');
});

for (const [set, byMs] of [
  ['forward', 24 * 3_600_000],
  ['back', -24 * 3_600_000],
] as const)
  test('ACTOR-24: setting the wall clock neither ends the window nor keeps it open', async () => {
    const { harness, session, gm, player } = await table();
    harness.sessions.detach(session, player.id);
    await pass(harness, WINDOW - 2);
    harness.clock.jump(byMs);
    await pass(harness, 1);
    assert.deepEqual(news(gm), ['jon joined joined'], `set ${set}`);
    await pass(harness, 1);
    assert.deepEqual(news(gm), ['jon joined joined', 'jon lost lost'], `set ${set}`);
  });

test('ACTOR-24: of a client whose place was given up nothing is kept but what the log says of its commands', async () => {
  const { harness, session } = await table();
  const first = await harness.connect(session, jon);
  harness.send(session, first, 1, 'no-such-command', {});
  await harness.settle();
  assert.equal(first.rejects.length, 1);
  harness.sessions.detach(session, first.id);
  await pass(harness, WINDOW);
  const again = await harness.connect(session, jon, { instance: first.welcome?.instance, lowest: 1 });
  harness.send(session, again, 1, 'roll', {});
  await harness.settle();
  assert.deepEqual([again.rejects, again.acks.length], [[], 1]);
});

test('ACTOR-24: a participant with another connection is not lost', async () => {
  const { harness, session, gm, player } = await table();
  await harness.connect(session, jon);
  harness.sessions.detach(session, player.id);
  await pass(harness, WINDOW * 2);
  assert.deepEqual(news(gm), ['jon joined joined']);
});

test('ACTOR-24: a freed seat can be taken', async () => {
  const definition = { ...tinyTabletop, policies: { ...tinyTabletop.policies, seat: 'freed' as const } };
  const store = new HeldStore(new MemoryStore());
  const harness = await harnessOf(store, definition);
  const session = await harness.create('tabletop', mira, { maxParticipants: 2 });
  const gm = await harness.connect(session, mira);
  const player = await harness.connect(session, jon);
  harness.sessions.detach(session, player.id);
  assert.equal((await harness.connect(session, person('ann'))).closed, 'full');
  await pass(harness, WINDOW);
  assert.equal((await harness.connect(session, person('ann'))).welcome?.participant.id, 'ann');
  assert.deepEqual(news(gm).slice(1), ['jon lost lost', 'ann joined joined']);
});

test('ACTOR-25: the late end of the old transport changes nothing, whenever it is heard of', async () => {
  const { store, harness, session, player } = await table();
  store.hold();
  const back = harness.knock(session, jon, comeBack(player));
  await harness.settle();
  harness.sessions.detach(session, player.id);
  store.letGo();
  await harness.settle();
  assert.equal(back.welcome?.resumed, true);
  harness.send(session, back, 1, 'roll', {});
  await harness.settle();
  assert.equal(back.acks.length, 1);
});

test('ACTOR-25: a client that gave one try up and is taken in by the next stays, whatever is heard of the first', async () => {
  const { store, harness, session, player } = await table();
  harness.sessions.detach(session, player.id);
  store.hold();
  const first = await harness.connect(session, jon, comeBack(player));
  const second = await harness.connect(session, jon, comeBack(player));
  // Its transport went before anything could be said to it.
  harness.sessions.detach(session, first.id);
  store.letGo();
  await harness.settle();
  assert.equal(second.welcome?.resumed, true);
  harness.send(session, second, 1, 'roll', {});
  await harness.settle();
  assert.equal(second.acks.length, 1);
});

test('ACTOR-25: of two tries that wait for the log the later is taken in, and stays when the other is given up', async () => {
  const { store, harness, session, gm, player } = await table();
  harness.sessions.detach(session, player.id);
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  const stored = harness.sessions.snapshot(session);
  await harness.settle();
  await stored;
  const later = await harnessOf(store, tinyTabletop, 5);
  // The connections of another process have other names.
  for (let n = 0; n < 5; n += 1) later.knock('elsewhere' as typeof session, mira);
  const first = later.knock(session, jon, comeBack(player));
  const second = later.knock(session, jon, comeBack(player));
  await later.settle();
  assert.deepEqual([first.welcome, second.welcome?.resumed], [undefined, true]);
  later.sessions.detach(session, first.id);
  later.send(session, second, 1, 'roll', {});
  await pass(later, 100);
  assert.equal(second.acks.length, 1);
});

test('ACTOR-8: one person has 32 connections to a session at most', async () => {
  const { harness, session } = await table();
  const closed = [];
  for (let count = 1; count <= 33; count += 1) closed.push((await harness.connect(session, person('ann'))).closed);
  assert.deepEqual([closed.slice(0, 32).every((code) => code === undefined), closed[32]], [true, 'too-many-connections']);
  assert.equal((await harness.connect(session, person('zoe'))).closed, undefined, 'others have their own');
});

test('ACTOR-14: who is being brought to the head counts as connected', async () => {
  const { store, harness, session, gm, player } = await table();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  const stored = harness.sessions.snapshot(session);
  await harness.settle();
  await stored;
  const later = await harnessOf(store, tinyTabletop, 5);
  await later.connect(session, mira);
  assert.equal(later.sessions.status(session).connections, 1);
  // What it missed has to be read from the store.
  const back = later.knock(session, jon, comeBack(player));
  assert.deepEqual([later.sessions.status(session).connections, back.welcome], [2, undefined]);
  await later.settle();
  assert.deepEqual([later.sessions.status(session).connections, back.welcome?.resumed], [2, true]);
});

test('ACTOR-25: a transport that ends before its welcome leaves the place to be returned to', async () => {
  const { store, harness, session, gm, player } = await table();
  harness.sessions.detach(session, player.id);
  store.hold();
  const second = harness.knock(session, jon, comeBack(player));
  await harness.settle();
  harness.sessions.detach(session, second.id);
  store.letGo();
  await harness.settle();
  const third = await harness.connect(session, jon, comeBack(player));
  assert.equal(third.welcome?.resumed, true);
  await pass(harness, WINDOW * 2);
  assert.deepEqual(news(gm), ['jon joined joined']);
});

test('ACTOR-26: checkpoints name the hash of the recipient’s own view', async () => {
  const { harness, session, gm, player } = await table();
  await pass(harness, 20_000);
  harness.send(session, gm, 1, 'hide', { key: 'trap', text: 'pit' });
  await harness.settle();
  await pass(harness, 20_000);
  for (const connection of [gm, player]) {
    const check = connection.frames.findLast((frame): frame is CheckFrame => 't' in frame && frame.t === 'check');
    const reading = harness.sessions.read(session, connection.identity.id);
    await harness.settle();
    const read = await reading;
    assert.ok(read.ok && check !== undefined);
    assert.equal(check.hash, new ViewHash().of(read));
    assert.ok(check.seq <= read.position.seq);
  }
});

test('ACTOR-26: a client that differs gets a snapshot, and the host hears the seq', async () => {
  const { harness, session, gm } = await table();
  harness.sessions.receive(session, gm.id, { t: 'diverged', seq: 3, hash: '0' });
  await harness.settle();
  const snapshot = gm.frames.findLast((frame): frame is SnapshotFrame => 't' in frame && frame.t === 'snapshot');
  assert.equal(snapshot?.reason, 'diverged');
  assert.ok(harness.events.some((event) => event.kind === 'view-diverged' && event.seq === 3));
  for (let again = 0; again < 5; again += 1) harness.sessions.receive(session, gm.id, { t: 'diverged', seq: 3, hash: '0' });
  await harness.settle();
  assert.equal(gm.closed, 'internal', 'a client that never agrees is not fed for ever');
});

test('ACTOR-27: who missed frames is brought to the head', async () => {
  const { harness, session, gm, player } = await table();
  const upTo = gm.position?.seq ?? 0;
  for (let n = 1; n <= 5; n += 1) harness.send(session, gm, n, 'moveToken', { id: 'a', x: n, y: n });
  await harness.settle();
  harness.sessions.refresh(session, player.id, upTo);
  await harness.settle();
  assert.equal(player.position?.seq, gm.acks.at(-1)?.seq);
});

test('ACTOR-27: who missed nothing is not sent the paths again, which alone could be too much at once', async () => {
  const { harness, session, gm, player } = await table();
  for (let n = 1; n <= 50; n += 1) harness.send(session, gm, n, 'moveToken', { id: `token ${n}`, x: n, y: n });
  await harness.settle();
  harness.sessions.refresh(session, player.id, gm.acks.at(-1)?.seq ?? 0);
  await harness.settle();
  assert.deepEqual(player.frames.at(-1), { t: 'tail', seq: gm.acks.at(-1)?.seq, events: [gm.acks.at(-1)?.seq] });
});

test('ACTOR-28: all who are lost at once are one event', async () => {
  const { harness, session, gm } = await table();
  const many: HarnessConnection[] = [];
  for (let n = 0; n < 20; n += 1) many.push(await harness.connect(session, person(`p${n}`)));
  const before = (await harness.sessions.get(session))?.headSeq ?? 0;
  for (const connection of many) harness.sessions.detach(session, connection.id);
  await pass(harness, WINDOW);
  assert.equal((await harness.sessions.get(session))?.headSeq, before + 1);
  assert.equal(news(gm).filter((line) => line.endsWith('lost lost')).length, 20);
});

test('ACTOR-24: a definition says how long the window is', async () => {
  const quick = defineSession('tabletop', {
    version: 1,
    initial: () => ({}),
    policies: { access: 'open', reconnectWindowMs: 50 },
    commands: {},
  });
  const harness = await new SessionHarness({ definitions: [quick] }).start();
  const session = await harness.create('tabletop');
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, jon)];
  harness.sessions.detach(session, player.id);
  await pass(harness, 50);
  assert.deepEqual([player.welcome?.windowMs, news(gm).at(-1)], [50, 'jon lost lost']);
});

test('ACTOR-29: onLeave runs in the event of a leave and of a loss, and a failing one changes nothing', async () => {
  const definition = defineSession('tabletop', {
    version: 1,
    messages: { dropped: z.object({ by: z.string() }) },
    initial: () => ({ gone: [] as string[] }),
    policies: { access: 'open' },
    onLeave: (state, ctx) => {
      if (ctx.participant.name === 'Eve') throw new Error('broken on purpose');
      state.gone.push(ctx.participant.id);
      ctx.send('dropped', { by: ctx.participant.id });
    },
    commands: {},
  });
  const harness = await new SessionHarness({ definitions: [definition] }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  const others = [
    await harness.connect(session, jon),
    await harness.connect(session, person('ann')),
    await harness.connect(session, person('eve')),
  ];
  const [first, ...rest] = others;
  harness.send(session, first as HarnessConnection, 1, '@leave', null);
  for (const connection of rest) harness.sessions.detach(session, connection.id);
  await pass(harness, WINDOW);
  const reading = harness.sessions.read(session, 'system');
  await harness.settle();
  const read = await reading;
  assert.deepEqual(read.ok && read.state, { gone: ['jon', 'ann'] });
  assert.equal(JSON.stringify(gm.live).match(/"dropped"/g)?.length, 2);
  assert.deepEqual(news(gm).slice(-3), ['jon left left', 'ann lost lost', 'eve lost lost']);
  assert.ok(harness.events.some((event) => event.kind === 'handler-failed' && event.command === 'onLeave'));
});
