import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { StoreError } from '../store/store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { WakeQueue } from './wake-queue.ts';

const [mira, ben] = [person('mira'), person('ben')];

/** A definition whose visibility rule throws for Ben: not a handler, so the session's own code fails. */
function touchy() {
  const rule = (participant: { readonly id: string }): boolean => {
    if (participant.id === 'ben') throw new TypeError('no sight for ben');
    return true;
  };
  return { ...tinyTabletop, visibility: { ...tinyTabletop.visibility, tokens: rule } };
}

async function withTwo() {
  const harness = await new SessionHarness({ definitions: [touchy()] }).start();
  const [session, other] = [await harness.create('tabletop'), await harness.create('tabletop')];
  return { harness, session, other, gm: await harness.connect(session, mira), elsewhere: await harness.connect(other, mira) };
}

test('RECOVERY-11: a session whose own code fails is dropped alone, and its people come back to what was durable', async () => {
  const { harness, session, other, gm, elsewhere } = await withTwo();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  assert.equal((await harness.connect(session, ben)).closed, 'unavailable');
  assert.equal(gm.closed, 'unavailable');
  assert.ok(harness.events.some((event) => event.kind === 'crashed' && event.session === session));
  harness.send(other, elsewhere, 1, 'roll', {});
  await harness.settle();
  assert.equal(elsewhere.acks.length, 1);
  harness.clock.advance(1_000);
  const back = await harness.connect(session, mira);
  assert.equal(back.welcome?.participant.id, 'mira');
  assert.equal(JSON.stringify(back.frames).includes('"rolls":[{'), true);
});

test('RECOVERY-11: each crash lets it wait twice as long; the sixth within ten minutes quarantines it as crashing', async () => {
  const { harness, session } = await withTwo();
  for (const waitMs of [250, 500, 1_000, 2_000, 4_000]) {
    await harness.connect(session, ben);
    harness.clock.advance(waitMs - 1);
    const early = await harness.connect(session, mira);
    assert.deepEqual([early.closed, JSON.stringify(early.frames).includes('retryAfterMs')], ['unavailable', true], `before ${waitMs} ms`);
    harness.clock.advance(1);
    assert.equal((await harness.connect(session, mira)).closed, undefined, `after ${waitMs} ms`);
  }
  await harness.connect(session, ben);
  await harness.settle();
  const { quarantine } = harness.sessions.status(session);
  assert.equal(quarantine?.kind, 'crashing');
  assert.match(quarantine?.reason ?? '', /failed 6 times within ten minutes, at last with TypeError/);
  harness.clock.advance(60_000);
  assert.equal((await harness.connect(session, mira)).closed, 'quarantined');
});

test('RECOVERY-11: crashes that lie further back than ten minutes do not count', async () => {
  const { harness, session } = await withTwo();
  for (let crash = 0; crash < 12; crash += 1) {
    await harness.connect(session, ben);
    harness.clock.advance(200_000);
  }
  assert.equal(harness.sessions.status(session).health, 'ok');
});

test('RECOVERY-11: a request of the host that hits a failing session is answered', async () => {
  const { harness, session } = await withTwo();
  await harness.connect(session, mira);
  const run = harness.sessions.run(session, { as: ben, command: '@join', args: {} });
  await harness.settle();
  await run;
  const reading = harness.sessions.read(session, ben.id);
  await harness.settle();
  const outcome = await reading;
  assert.equal(outcome.ok ? 'ok' : outcome.code, 'unavailable');
});

test('RECOVERY-12: at most eight sessions wake at a time, those that people wait for first', async () => {
  const queue = new WakeQueue(2);
  const order: string[] = [];
  const finish = new Map<string, () => void>();
  const add = (id: string, urgent: boolean): void =>
    queue.add(id as SessionId, urgent, () => {
      order.push(id);
      return new Promise((resolve) => finish.set(id, resolve));
    });
  const done = async (id: string): Promise<void> => {
    finish.get(id)?.();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  for (const id of ['timer 1', 'timer 2', 'timer 3', 'timer 4']) add(id, false);
  add('people', true);
  queue.raise('timer 4' as SessionId);
  assert.deepEqual(order, ['timer 1', 'timer 2']);
  await done('timer 1');
  await done('timer 2');
  assert.deepEqual(order.slice(2), ['timer 4', 'people']);
  await done('people');
  assert.equal(order.at(-1), 'timer 3');
});

test('RECOVERY-12: a server asks its store for at most eight wakes at once, and all sessions wake', async () => {
  const store = new HeldStore(new MemoryStore());
  const first = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const sessions: SessionId[] = [];
  for (let index = 0; index < 20; index += 1) sessions.push(await first.create('tabletop'));
  const stopping = first.sessions.stop();
  await first.settle();
  await stopping;
  const claim = store.claim.bind(store);
  let [under, most] = [0, 0];
  store.claim = async (session) => {
    under += 1;
    most = Math.max(most, under);
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    under -= 1;
    return claim(session);
  };
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store, seed: 9 }).start();
  const knocking = sessions.map((session) => harness.knock(session, mira));
  for (let round = 0; round < 20; round += 1) {
    harness.clock.advance(5);
    await harness.settle();
  }
  assert.ok(most > 1 && most <= 8, `${most} at once`);
  assert.deepEqual(new Set(knocking.map(({ welcome }) => welcome?.participant.id)), new Set(['mira']));
});

test('RECOVERY-5: wakes, crashes and recoveries are counted, for metrics', async () => {
  const { harness, session } = await withTwo();
  await harness.connect(session, ben);
  harness.clock.advance(1_000);
  await harness.connect(session, mira);
  const { woken, crashed, recovered, wakesFailed, snapshotsPassedOver } = harness.sessions.counts();
  assert.deepEqual([woken, crashed, recovered, wakesFailed, snapshotsPassedOver], [1, 1, 0, 0, 0]);
});

test('RECOVERY-11: code that fails while its session wakes is given up as well; a store that fails is not held against it', async () => {
  const { harness: first, session } = await withTwo();
  const stopping = first.sessions.stop();
  await first.settle();
  await stopping;
  for (const [error, kinds] of [
    [new TypeError('in the middle of it'), ['crashing']],
    [new StoreError('failed', 'the disk is away'), []],
  ] as const) {
    const store = new HeldStore(first.store);
    store.readSnapshot = () => Promise.reject(error);
    const harness = await new SessionHarness({ definitions: [touchy()], store, seed: 4 }).start();
    for (let wakes = 0; wakes < 7; wakes += 1) {
      assert.notEqual((await harness.connect(session, mira)).closed, undefined);
      harness.clock.advance(30_000);
    }
    assert.deepEqual(
      (await store.quarantined()).map(({ kind }) => kind),
      kinds,
    );
    await store.quarantine(session, null);
  }
});

test('RECOVERY-11: the host’s own watchers that fail are reported, and are no fault of the session', async () => {
  const { harness, session, gm } = await withTwo();
  harness.sessions.watchCatalogue(() => {
    throw new Error('the host');
  });
  const renaming = harness.sessions.run(session, { as: 'system', command: '@rename', args: { name: 'Saturday' } });
  await harness.settle();
  assert.ok((await renaming).ok);
  assert.equal(gm.closed, undefined);
  assert.ok(harness.events.some((event) => event.kind === 'handler-failed' && event.command === '@watch'));
});
