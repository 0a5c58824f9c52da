import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import { StoreError } from '../store/store.ts';
import type { LogRead } from '../store/store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { replay } from './recovery.ts';
import { emptyTree, type Tree } from './tree.ts';

const mira = person('mira');

/** A store whose reads can be spoiled. */
class SpoiledStore extends HeldStore {
  spoil: ((log: LogRead) => LogRead) | undefined;

  override async read(session: SessionId, after: number, upTo: number): Promise<LogRead> {
    const log = await super.read(session, after, upTo);
    return this.spoil === undefined ? log : this.spoil(log);
  }
}

async function played(events: number, snapshotEveryEvents = 10) {
  const store = new SpoiledStore(new MemoryStore());
  const definition = { ...tinyTabletop, limits: { ...tinyTabletop.limits, snapshotEveryEvents } };
  const harness = await new SessionHarness({ definitions: [definition], store, sleepAfterMs: 1_000 }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  for (let n = 1; n <= events; n += 1) {
    const [name, args] = n % 3 === 0 ? (['roll', {}] as const) : (['moveToken', { id: `t${n % 5}`, x: n, y: n }] as const);
    harness.send(session, gm, n, name, args, { low: Math.max(1, n - 3) });
    await harness.settle();
  }
  return { store, harness, session, gm, definition };
}

async function replayed(store: SpoiledStore, session: SessionId, from: number, tree: Tree, upTo: number): Promise<Tree> {
  const result = replay(tree, from, await store.read(session, from, upTo));
  assert.deepEqual(result, { seq: upTo, damage: undefined });
  return tree;
}

test('ACTOR-1: event 1 alone gives the initial state and meta', async () => {
  const { store, session } = await played(0);
  const tree = await replayed(store, session, 0, emptyTree(), 1);
  assert.deepEqual(tree.state, { title: 'table', tokens: {}, rolls: [], secrets: {}, hands: {} });
  assert.deepEqual([tree.meta['owner'], tree.meta['status'], tree.meta['mode']], ['mira', 'active', 'explore']);
});

test('ACTOR-13: every stored snapshot plus its tail is the full replay, byte for byte', async () => {
  const { store, session, harness } = await played(57);
  const head = (await harness.sessions.get(session))?.headSeq ?? 0;
  const full = JSON.stringify(await replayed(store, session, 0, emptyTree(), head));
  let compared = 0;
  for (let atMost = head; atMost > 0;) {
    const snapshot = await store.readSnapshot(session, atMost);
    if (snapshot === undefined) break;
    const tree = await replayed(store, session, snapshot.seq, JSON.parse(snapshot.data) as Tree, head);
    assert.equal(JSON.stringify(tree), full);
    const prefix = await replayed(store, session, 0, emptyTree(), snapshot.seq);
    assert.equal(JSON.stringify(prefix), snapshot.data);
    compared += 1;
    atMost = snapshot.seq - 1;
  }
  assert.ok(compared >= 2, `${compared} snapshots`);
});

test('ACTOR-14: an unused session stores a snapshot, leaves memory, and wakes where it was', async () => {
  const { store, harness, session, gm } = await played(7, 1_000);
  const before = harness.sessions.counts();
  harness.sessions.detach(session, gm.id);
  for (let sweeps = 0; sweeps < 12; sweeps += 1) {
    harness.clock.advance(5_000);
    await harness.settle();
  }
  assert.deepEqual([before.awake, harness.sessions.counts().awake], [1, 0]);
  const row = await harness.sessions.get(session);
  assert.equal((await store.readSnapshot(session, 1_000))?.seq, row?.headSeq);
  const again = await harness.connect(session, mira);
  assert.equal(again.position?.seq, (row?.headSeq ?? 0) + 1, 'its login is the next event');
  assert.equal((await harness.sessions.get(session))?.epoch, (row?.epoch ?? 0) + 1);
});

test('ACTOR-14: stopping stores a snapshot and sends everyone away to come back', async () => {
  const { store, harness, session, gm } = await played(7, 1_000);
  const stopping = harness.sessions.stop();
  await harness.settle();
  await stopping;
  assert.equal(gm.closed, 'shutting-down');
  assert.ok((await store.readSnapshot(session, 1_000)) !== undefined);
  assert.equal(harness.clock.timers, 0);
});

test('ACTOR-14: a session whose waking outlasts the stop leaves nothing behind', async () => {
  const { store, session, definition } = await played(3, 1_000);
  const later = await new SessionHarness({ definitions: [definition], store, seed: 4 }).start();
  const caller = later.knock(session, mira);
  const stopping = later.sessions.stop();
  await later.settle();
  await stopping;
  assert.equal(caller.closed, 'shutting-down');
  assert.deepEqual([later.clock.timers, later.sessions.counts().awake], [0, 0]);
});

test('ACTOR-15: a damaged log is not served, and the host is told where', async () => {
  const { store, session, definition } = await played(9, 1_000);
  store.spoil = ({ events }) => ({ events: events.slice(0, 5), damage: { seq: 6, reason: 'hash differs' } });
  const later = await new SessionHarness({ definitions: [definition], store, seed: 3 }).start();
  const refused = await later.connect(session, mira);
  assert.equal(refused.closed, 'quarantined');
  assert.equal(JSON.stringify(refused.frames).includes('tokens'), false);
  assert.deepEqual(later.sessions.status(session).damage, { seq: 6, reason: 'hash differs' });
  assert.ok(later.events.some((event) => event.kind === 'quarantined' && event.seq === 6));
});

test('ACTOR-15: an event that does not apply, and a log that ends early, are damage too', async () => {
  for (const [spoil, seq] of [
    [
      (log: LogRead) => ({
        events: log.events.map((event) => (event.seq === 4 ? { ...event, content: '{"salt":"x","ops":[["s",["a","b"],1]]}' } : event)),
      }),
      4,
    ],
    [(log: LogRead) => ({ events: log.events.filter((event) => event.seq !== 4) }), 4],
    [(log: LogRead) => ({ events: log.events.slice(0, 3) }), 4],
    [() => ({ events: [{ seq: 1, header: '[]', content: '{}', hash: GENESIS_HASH }] }), 1],
  ] as const) {
    const { store, session, definition } = await played(9, 1_000);
    store.spoil = spoil;
    const later = await new SessionHarness({ definitions: [definition], store, seed: 3 }).start();
    assert.equal((await later.connect(session, mira)).closed, 'quarantined');
    assert.equal(later.sessions.status(session).damage?.seq, seq);
  }
});

test('ACTOR-17: a session of another definition version is not served', async () => {
  const { store, session } = await played(3);
  const newer = defineSession('tabletop', { version: 2, initial: () => ({}), commands: {} });
  const later = await new SessionHarness({ definitions: [newer], store, seed: 3 }).start();
  assert.equal((await later.connect(session, mira)).closed, 'unavailable');
  assert.match(JSON.stringify(later.events), /version 1 of 'tabletop', this server has version 2/);
});

test('COMMIT-7: a session that cannot be woken for want of room is refused with disk-full, until there is some', async () => {
  const { store, session, definition } = await played(3);
  const later = await new SessionHarness({ definitions: [definition], store, seed: 3 }).start();
  const claim = store.claim.bind(store);
  store.claim = () => Promise.reject(new StoreError('disk-full', 'no room'));
  assert.equal((await later.connect(session, mira)).closed, 'disk-full');
  store.claim = claim;
  assert.equal((await later.connect(session, mira)).welcome?.participant.id, 'mira');
});

for (const how of ['erased', 'pruned'] as const) {
  test(`LOG-9: where contents were ${how}, a session wakes from the snapshot after them, and a client behind them gets a snapshot`, async () => {
    const { store, harness, session, gm, definition } = await played(9, 1_000);
    const kept = { instance: gm.instance as never, position: gm.position as never, table: gm.table as never };
    for (let n = 10; n <= 14; n += 1) harness.send(session, gm, n, 'roll', {});
    await harness.settle();
    await Promise.all([harness.sessions.stop(), harness.settle()]);
    const gone = how === 'erased' ? await store.erase(session, { who: 'mira' }) : await store.prune(session, 13);
    assert.equal(gone.outcome, 'ok');
    const later = await new SessionHarness({ definitions: [definition], store, seed: 4 }).start();
    const back = await later.connect(session, mira, { ...kept, lowest: 15 });
    assert.equal(back.closed, undefined);
    assert.deepEqual(
      back.frames.flatMap((frame) => ('t' in frame && frame.t === 'snapshot' ? [frame.reason] : [])),
      ['cheaper'],
    );
    const { damage } = replay(emptyTree(), 0, await store.read(session, 0, 99));
    assert.match(damage?.reason ?? '', how === 'erased' ? /content was erased/ : /up to seq 12 were pruned/);
  });
}
