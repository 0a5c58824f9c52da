import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { MemoryStore } from '../store/memory-store.ts';

const mira = person('mira');
const jon = person('jon');

async function heldTable() {
  const store = new HeldStore(new MemoryStore());
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  const player = await harness.connect(session, jon);
  store.hold();
  return { store, harness, session, gm, player };
}

test('COMMIT-1: ack and live frame wait for the append', async () => {
  const { store, harness, session, gm, player } = await heldTable();
  const before = player.frames.length;
  harness.send(session, gm, 1, 'roll', { sides: 6 });
  await harness.settle();
  assert.equal(gm.acks.length, 0);
  assert.equal(player.frames.length, before);
  await store.next('ok');
  await harness.settle();
  assert.equal(gm.acks.length, 1);
  assert.equal(player.frames.length, before + 1);
});

test('COMMIT-1: a rejection that saw an event waits for it', async () => {
  const { store, harness, session, gm } = await heldTable();
  harness.send(session, gm, 1, 'roll', {});
  harness.send(session, gm, 2, 'refuse', {}, { low: 1 });
  await harness.settle();
  assert.equal(gm.rejects.length, 0);
  await store.next('ok');
  await harness.settle();
  assert.equal(gm.rejects.length, 1);
});

test('COMMIT-1: reads and observers wait too', async () => {
  const { store, harness, session, gm } = await heldTable();
  const seen: number[] = [];
  await harness.sessions.observeSession(session, (event) => void seen.push(event.seq));
  harness.send(session, gm, 1, 'moveToken', { id: 'a', x: 1, y: 2 });
  let read: unknown;
  void harness.sessions.read(session, 'system').then((outcome) => (read = outcome));
  await harness.settle();
  assert.deepEqual([seen, read], [[], undefined]);
  await store.next('ok');
  await harness.settle();
  assert.equal(seen.length, 1);
  assert.equal((read as { ok: boolean }).ok, true);
});

test('COMMIT-1: a joiner’s snapshot waits for what it contains', async () => {
  const { store, harness, session, gm } = await heldTable();
  harness.send(session, gm, 1, 'moveToken', { id: 'a', x: 1, y: 2 });
  await harness.settle();
  const late = await harness.connect(session, jon);
  assert.equal(late.frames.length, 0);
  await store.next('ok');
  await harness.settle();
  assert.equal(late.frames.length, 0, 'its own login is not durable yet');
  await store.next('ok');
  await harness.settle();
  assert.equal(late.welcome?.participant.id, 'jon');
});

test('COMMIT-2: one append in flight, the next holds all that came meanwhile', async () => {
  const { store, harness, session, gm, player } = await heldTable();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  harness.send(session, gm, 2, 'roll', {}, { low: 1 });
  harness.send(session, player, 1, 'roll', {});
  await harness.settle();
  assert.equal(store.waiting, 1);
  await store.next('ok');
  await harness.settle();
  assert.equal(gm.acks.length, 1);
  assert.equal(store.waiting, 1);
  await store.next('ok');
  await harness.settle();
  assert.deepEqual([gm.acks.length, player.acks.length], [2, 1]);
});

test('COMMIT-3: one delivery per commit, with all frames of a connection', async () => {
  const { store, harness, session, gm, player } = await heldTable();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  for (const n of [2, 3, 4]) harness.send(session, gm, n, 'roll', {}, { low: 1 });
  await store.next('ok');
  await harness.settle();
  harness.deliveries.length = 0;
  await store.next('ok');
  await harness.settle();
  assert.equal(harness.deliveries.length, 1);
  assert.deepEqual(
    harness.deliveries[0]?.records.map((record) => [record.connection, record.answers?.length]),
    [[gm.id, 3]],
  );
  assert.equal(player.live.length, 2);
});

test('COMMIT-4: a lone command is committed in the same instant', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], rhythm: { maxDelayMs: 5, eventsPerCommit: 6 } }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  harness.clock.advance(1_000);
  const before = harness.clock.monotonic();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  assert.equal(gm.acks.length, 1);
  assert.equal(harness.clock.monotonic(), before);
});

test('COMMIT-4: one client that waits for each answer never makes load, however fast it is', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], rhythm: { maxDelayMs: 5, eventsPerCommit: 6 } }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  for (let n = 1; n <= 200; n += 1) {
    harness.send(session, gm, n, 'roll', {});
    await harness.settle();
    assert.equal(gm.acks.length, n);
    harness.clock.advance(0.2);
  }
});

test('COMMIT-4: under load, commits keep their distance', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], rhythm: { maxDelayMs: 5, eventsPerCommit: 6 } }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  const began = harness.sessions.counts().commits;
  for (let n = 1; n <= 400; n += 2) {
    for (const one of [n, n + 1]) harness.send(session, gm, one, 'roll', {}, { low: Math.max(1, n - 20) });
    await harness.settle();
    harness.clock.advance(1);
  }
  harness.clock.advance(10);
  await harness.settle();
  const commits = harness.sessions.counts().commits - began;
  assert.equal(gm.acks.length, 400);
  assert.ok(commits < 150, `${commits} commits for 400 commands, two every millisecond`);
});

test('COMMIT-4: a stop under load waits for no company', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], rhythm: { maxDelayMs: 5, eventsPerCommit: 6 } }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  for (let n = 1; n <= 400; n += 2) {
    for (const one of [n, n + 1]) harness.send(session, gm, one, 'roll', {}, { low: Math.max(1, n - 20) });
    await harness.settle();
    harness.clock.advance(1);
  }
  assert.ok(gm.acks.length < 400, 'a commit waits when the stop begins');
  let stopped = false;
  void harness.sessions.stop().then(() => (stopped = true));
  await harness.settle();
  assert.ok(stopped, 'no time had to pass');
  assert.equal(gm.acks.length, 400);
});

for (const fate of ['lost', 'written-but-failed'] as const) {
  test(`COMMIT-5: after an append that was ${fate}, nothing held leaves and the connections end retryably`, async () => {
    const { store, harness, session, gm, player } = await heldTable();
    harness.send(session, gm, 1, 'moveToken', { id: 'a', x: 1, y: 2 });
    await harness.settle();
    await store.next(fate);
    await harness.settle();
    assert.equal(gm.acks.length, 0);
    assert.deepEqual([gm.closed, player.closed], ['unavailable', 'unavailable']);
    assert.equal(
      player.live.some((frame) => JSON.stringify(frame).includes('tokens')),
      false,
    );
    store.letGo();
    const outcome = harness.sessions.read(session, 'system');
    await harness.settle();
    const read = await outcome;
    assert.deepEqual(read.ok && read.state['tokens'], fate === 'lost' ? {} : { a: { x: 1, y: 2 } });
  });

  test(`COMMIT-5: after an append that was ${fate}, the host is told that the outcome is not known, and to try again`, async () => {
    const { store, harness, session } = await heldTable();
    const running = [harness.sessions.run(session, { as: mira, command: 'roll', args: {} }), harness.sessions.read(session, 'system')];
    await harness.settle();
    await store.next(fate);
    await harness.settle();
    for (const outcome of await Promise.all(running)) {
      assert.ok(!outcome.ok && outcome.code === 'unavailable', JSON.stringify(outcome));
      assert.match(outcome.message, /not known whether this was written/);
    }
  });

  test(`COMMIT-5: after an append that was ${fate}, whoever it would have sent away is ended retryably, too`, async () => {
    for (const [command, args] of Object.entries({ '@kick': { participant: 'jon' }, '@end': {}, '@leave': null })) {
      const { store, harness, session, gm, player } = await heldTable();
      harness.send(session, command === '@leave' ? player : gm, 1, command, args);
      await harness.settle();
      await store.next(fate);
      await harness.settle();
      assert.deepEqual([gm.closed, player.closed], ['unavailable', 'unavailable'], command);
    }
  });

  test(`COMMIT-5: after an append that was ${fate}, whoever it would have let in is ended retryably, too`, async () => {
    const { store, harness, session, player } = await heldTable();
    const { instance, position } = player;
    assert.ok(instance !== undefined && position !== undefined);
    const { connection = player.id, reconnect = '' } = player.welcome ?? {};
    harness.sessions.detach(session, player.id);
    const back = harness.knock(session, jon, { instance, position, reconnect: { connection, token: reconnect } });
    await harness.settle();
    await store.next(fate);
    await harness.settle();
    assert.equal(back.closed, 'unavailable');
  });

  test(`COMMIT-6: the retry of a command whose append was ${fate} runs it once`, async () => {
    const { store, harness, session, gm } = await heldTable();
    harness.send(session, gm, 1, 'roll', {});
    await harness.settle();
    await store.next(fate);
    store.letGo();
    await harness.settle();
    const { instance, position } = gm;
    assert.ok(instance !== undefined && position !== undefined);
    const again = await harness.connect(session, mira, { instance, position, lowest: 1 });
    harness.send(session, again, 1, 'roll', {});
    await harness.settle();
    assert.equal(again.acks.length, 1);
    const read = harness.sessions.read(session, 'system');
    await harness.settle();
    const outcome = await read;
    assert.equal(outcome.ok && (outcome.state['rolls'] as unknown[]).length, 1);
  });
}

test('COMMIT-7: a full disk refuses commands, lets people in, and ends by itself', async () => {
  const { store, harness, session, gm } = await heldTable();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  await store.next('full');
  store.letGo();
  await harness.settle();
  const { instance, position } = gm;
  assert.ok(instance !== undefined && position !== undefined);
  const again = await harness.connect(session, mira, { instance, position, lowest: 1 });
  harness.send(session, again, 1, 'roll', {});
  const newcomer = await harness.connect(session, person('new'));
  assert.equal(newcomer.welcome?.participant.id, 'new');
  harness.send(session, newcomer, 1, '@profile', { name: 'Newer' });
  await harness.settle();
  assert.deepEqual(
    [...again.rejects, ...newcomer.rejects].map((reject) => reject.code),
    ['disk-full', 'disk-full'],
  );
  harness.clock.advance(1_000);
  await harness.settle();
  harness.send(session, again, 2, 'roll', {});
  await harness.settle();
  assert.equal(again.acks.length, 1);
});

test('COMMIT-8: a session that lost its ownership fails alone', async () => {
  const store = new HeldStore(new MemoryStore());
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const [one, other] = [await harness.create('tabletop'), await harness.create('tabletop')];
  const [inOne, inOther] = [await harness.connect(one, mira), await harness.connect(other, mira)];
  await store.claim(one);
  harness.send(one, inOne, 1, 'roll', {});
  harness.send(other, inOther, 1, 'roll', {});
  await harness.settle();
  assert.deepEqual([inOne.closed, inOther.closed], ['unavailable', undefined]);
  assert.deepEqual([inOne.acks.length, inOther.acks.length], [0, 1]);
});
