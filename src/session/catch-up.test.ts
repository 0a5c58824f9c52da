import assert from 'node:assert/strict';
import { inflateRawSync, deflateRawSync } from 'node:zlib';
import { test } from 'node:test';
import type { ServerFrame, SnapshotFrame, TailFrame } from '../protocol/frames.ts';
import type { LogId, SessionId, Tag } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { applyOps } from '../state/apply.ts';
import { LiveDecoder } from '../state/live-decoder.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Store } from '../store/store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const mira = person('mira');
const jon = person('jon');

async function table(more: Record<string, unknown> = {}) {
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop', mira, more);
  const gm = await harness.connect(session, mira);
  return { store, harness, session, gm };
}

type Replica = { state: JsonObject; meta: JsonObject; seq: number; messages: string[] };

/** What a client makes of its frames. */
function replica(frames: readonly ServerFrame[], from: Replica = { state: {}, meta: {}, seq: 0, messages: [] }): Replica {
  let { state, meta, seq } = structuredClone(from);
  const messages = [...from.messages];
  let decoder = new LiveDecoder([0, 0]);
  const apply = (frame: TailFrame['events'], tail: boolean) => {
    const decoded = decoder.decode(frame, { tail });
    for (const event of decoded.events) {
      assert.ok(event.seq > seq, `event ${event.seq} came twice`);
      applyOps(state, event.state);
      applyOps(meta, event.meta);
      for (const message of event.messages) messages.push(`${event.seq} ${message.name}`);
    }
    seq = decoded.upTo;
  };
  for (const frame of frames) {
    if (Array.isArray(frame)) apply(frame, false);
    else if (frame.t === 'snapshot') {
      [state, meta, seq] = [structuredClone(frame.state), structuredClone(frame.meta), frame.position.seq];
      decoder = new LiveDecoder(frame.paths);
    } else if (frame.t === 'tail') {
      decoder = new LiveDecoder(frame.paths ?? decoder.table, frame.seq, decoder);
      apply(frame.events, true);
      assert.equal(seq, frame.seq);
    }
  }
  return { state, meta, seq, messages };
}

async function viewOf(harness: SessionHarness, session: SessionId, who: string) {
  const reading = harness.sessions.read(session, who as never);
  await harness.settle();
  const outcome = await reading;
  assert.ok(outcome.ok);
  return { state: outcome.state, meta: outcome.meta };
}

async function play(harness: SessionHarness, session: SessionId, connection: HarnessConnection, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n += 1) {
    if (n % 5 === 0) harness.send(session, connection, n, 'roll', { sides: 6 });
    else if (n % 7 === 0) harness.send(session, connection, n, 'hide', { key: `k${n}`, text: 'pit' });
    else harness.send(session, connection, n, 'moveToken', { id: `t${n % 3}`, x: n, y: -n });
    await harness.settle();
  }
}

function kinds(connection: HarnessConnection): string[] {
  return connection.frames.map((frame) => (Array.isArray(frame) ? 'live' : frame.t));
}

for (const who of [mira, jon]) {
  test(`ACTOR-9: a snapshot and the live stream after it make ${who.id}’s own view, byte for byte`, async () => {
    const { harness, session, gm } = await table();
    await play(harness, session, gm, 1, 20);
    const late = await harness.connect(session, who);
    await play(harness, session, gm, 21, 50);
    const { state, meta } = replica(late.frames);
    assert.equal(JSON.stringify({ state, meta }), JSON.stringify(await viewOf(harness, session, who.id)));
    assert.equal(JSON.stringify(late.frames).includes('pit'), who === mira);
  });
}

test('ACTOR-9: joiners in the middle of a burst miss nothing and get nothing twice', async () => {
  const { harness, session, gm } = await table();
  const late: HarnessConnection[] = [];
  for (let n = 1; n <= 30; n += 1) {
    harness.send(session, gm, n, 'moveToken', { id: `t${n}`, x: n, y: n }, { low: 1 });
    if (n % 4 === 0) late.push(harness.knock(session, person(`p${n}`)));
  }
  await harness.settle();
  const wanted = JSON.stringify((await viewOf(harness, session, 'p4')).state);
  for (const connection of late) assert.equal(JSON.stringify(replica(connection.frames).state), wanted);
});

test('LEAK-1: how large hidden changes are does not show in what a joiner gets', async () => {
  const joinedBehind = async (text: string) => {
    const { harness, session, gm } = await table();
    await harness.connect(session, person('ann'));
    for (let n = 1; n <= 5; n += 1) harness.send(session, gm, n, 'hide', { key: 'heap', text });
    await harness.settle();
    return (await harness.connect(session, person('ann'))).frames;
  };
  assert.deepEqual(await joinedBehind('x'.repeat(200_000)), await joinedBehind('x'));
});

test('ACTOR-9: a compressed snapshot is the same frame', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], pack: (text) => Promise.resolve(deflateRawSync(text)) }).start();
  const session = await harness.create('tabletop', mira, { options: { title: 'x'.repeat(5_000) } });
  await harness.connect(session, mira);
  const first = await harness.connect(session, jon, { deflate: true });
  const second = await harness.connect(session, jon, { deflate: true });
  const packed = harness.deliveries
    .flatMap((delivery) => delivery.records)
    .find((record) => record.connection === second.id && record.packed !== undefined);
  assert.ok(packed?.packed !== undefined);
  const frame = JSON.parse(inflateRawSync(packed.packed).toString()) as SnapshotFrame;
  assert.equal(
    JSON.stringify(frame.state),
    JSON.stringify((first.frames.find((each) => 't' in each && each.t === 'snapshot') as SnapshotFrame).state),
  );
  assert.deepEqual(kinds(second), ['welcome', 'tail']);
});

for (const restart of [false, true]) {
  for (const events of [0, 1, 12, 3_000]) {
    test(`ACTOR-10: a client ${events} events behind gets what it missed${restart ? ', after a restart too' : ''}`, async () => {
      const large = { options: { title: 'a snapshot that costs more than any tail '.repeat(500) } };
      const { store, harness, session, gm } = await table(large);
      const player = await harness.connect(session, jon);
      await play(harness, session, gm, 1, 10);
      const before = replica(player.frames);
      harness.sessions.detach(session, player.id);
      for (let n = 11; n < 11 + events; n += 1)
        harness.send(session, gm, n, n % 50 === 0 ? 'roll' : 'moveToken', n % 50 === 0 ? {} : { id: `t${n % 9}`, x: n, y: n });
      await harness.settle();
      const now = restart ? await new SessionHarness({ definitions: [tinyTabletop], store, seed: 9 }).start() : harness;
      const { instance, welcome } = player;
      assert.ok(instance !== undefined && welcome !== undefined);
      const position = { ...(player.position as NonNullable<typeof player.position>), seq: before.seq };
      const back = await now.connect(session, jon, { instance, position, table: player.table as never, lowest: 1 });
      const after = replica(back.frames, before);
      assert.equal(JSON.stringify(after.state), JSON.stringify((await viewOf(now, session, 'jon')).state));
      assert.equal(after.seq, back.position?.seq);
      assert.equal(
        after.messages.length - before.messages.length,
        Math.floor((10 + events) / 50),
        'every message that was missed comes once',
      );
    });
  }
}

test('ACTOR-10: a client that has the path table is sent only what the table gained since', async () => {
  const { harness, session, gm } = await table();
  const phone = await harness.connect(session, mira);
  await play(harness, session, gm, 1, 20);
  const first = new LiveDecoder((phone.frames.find((frame) => 't' in frame && frame.t === 'snapshot') as SnapshotFrame).paths);
  const joined = phone.frames.find((frame) => 't' in frame && frame.t === 'tail') as TailFrame;
  const decoder = new LiveDecoder(joined.paths ?? first.table, 0, first);
  for (const frame of phone.live) decoder.decode(frame as never);
  harness.sessions.detach(session, phone.id);
  harness.send(session, gm, 21, 'moveToken', { id: 'new', x: 1, y: 1 });
  await harness.settle();
  const [id, known] = decoder.table;
  const seq = (gm.acks.at(-2)?.seq ?? 0) as number;
  const back = await harness.connect(session, mira, {
    instance: phone.instance as never,
    position: { ...(phone.position as never as object), seq } as never,
    table: { id, known },
  });
  const tail = back.frames.find((frame) => 't' in frame && frame.t === 'tail') as TailFrame;
  assert.deepEqual(tail.paths, [id, known, ['tokens', 'new']]);
});

test('ACTOR-10: who was alone in a view goes on with its path table: fifty moves of a known token cost its numbers', async () => {
  const { harness, session, gm } = await table();
  const player = await harness.connect(session, jon);
  harness.send(session, gm, 1, 'moveToken', { id: 'a', x: 0, y: 0 });
  harness.send(session, gm, 2, 'moveToken', { id: 'a', x: 1, y: 1 });
  await harness.settle();
  const { paths } = player.frames.find((frame) => 't' in frame && frame.t === 'snapshot') as SnapshotFrame;
  const decoder = new LiveDecoder(paths);
  for (const frame of player.live) decoder.decode(frame as never);
  const [id, known] = decoder.table;
  harness.sessions.detach(session, player.id);
  for (let n = 3; n <= 52; n += 1) harness.send(session, gm, n, 'moveToken', { id: 'a', x: n, y: n });
  await harness.settle();
  const position = { ...(player.position as never as object), seq: gm.acks[1]?.seq } as never;
  const back = await harness.connect(session, jon, { instance: player.instance as never, position, table: { id, known } });
  const tail = back.frames.find((frame) => 't' in frame && frame.t === 'tail') as TailFrame;
  assert.deepEqual(tail, { t: 'tail', seq: tail.seq, events: [tail.seq, [1, 52, 52]], folded: true });
});

test('ACTOR-10: fifty moves of one token come folded into one', async () => {
  const { harness, session, gm } = await table();
  const player = await harness.connect(session, jon);
  harness.sessions.detach(session, player.id);
  for (let n = 1; n <= 50; n += 1) harness.send(session, gm, n, 'moveToken', { id: 'a', x: n, y: n });
  await harness.settle();
  const back = await harness.connect(session, jon, { instance: player.instance as never, position: player.position as never });
  const tail = back.frames.find((frame) => 't' in frame && frame.t === 'tail') as TailFrame;
  assert.equal(tail.folded, true);
  assert.ok(JSON.stringify(tail.events).length < 120, JSON.stringify(tail.events));
});

test('ACTOR-10: a client at seq 0 gets the first event as it was, whatever became of the state since', async () => {
  const { harness, session, gm } = await table();
  await play(harness, session, gm, 1, 20);
  const { logId = '' as LogId } = gm.position ?? {};
  const late = await harness.connect(session, jon, { position: { logId, seq: 0, tag: '' as Tag } });
  const { state, meta } = replica(late.frames);
  assert.deepEqual({ state, meta }, await viewOf(harness, session, 'jon'));
});

test('ACTOR-10: a client far behind gets a snapshot that says what it missed', async () => {
  const { harness, session, gm } = await table();
  const player = await harness.connect(session, jon);
  harness.sessions.detach(session, player.id);
  for (let n = 1; n <= 5_000; n += 1) harness.send(session, gm, n, 'moveToken', { id: 'a', x: n, y: n });
  await harness.settle();
  const back = await harness.connect(session, jon, { instance: player.instance as never, position: player.position as never });
  const snapshot = back.frames.find((frame) => 't' in frame && frame.t === 'snapshot') as SnapshotFrame;
  const from = (player.position?.seq ?? 0) + 1;
  assert.deepEqual([snapshot.reason, snapshot.missed], ['cheaper', [from, back.position?.seq]]);
  assert.ok((back.position?.seq ?? 0) >= from + 4_999);
});

test('ACTOR-11: a client ahead of the log, of another owner’s lost events, or of another log is reset', async () => {
  const { harness, session, gm } = await table();
  await play(harness, session, gm, 1, 3);
  const position = gm.position as NonNullable<typeof gm.position>;
  for (const [wrong, reason] of [
    [{ ...position, seq: 1_000 }, 'regression'],
    [{ ...position, tag: 'xxxxxxxxxxx' as Tag }, 'regression'],
    [{ ...position, logId: 'other' as LogId }, 'other-log'],
  ] as const) {
    const back = await harness.connect(session, mira, { instance: gm.instance as never, position: wrong, lowest: 4 });
    const snapshot = back.frames.find((frame) => 't' in frame && frame.t === 'snapshot') as SnapshotFrame;
    assert.equal(snapshot.reason, reason);
  }
  assert.equal(harness.events.filter((event) => event.kind === 'log-regression').length, 2);
});

function countReads(store: Store): { reads: number } {
  const counted = { reads: 0 };
  const read = store.read.bind(store);
  store.read = (...place) => {
    counted.reads += 1;
    return read(...place);
  };
  return counted;
}

for (const [how, reads] of [
  ['killed', 1],
  ['stopped', 2],
] as const) {
  test(`ACTOR-10: after the server was ${how}, two who come back together cost one read of what they missed`, async () => {
    const { store, harness, session, gm } = await table({ options: { title: 'a snapshot that costs more than any tail '.repeat(50) } });
    const players = [await harness.connect(session, jon), await harness.connect(session, person('ann'))];
    for (const player of players) harness.sessions.detach(session, player.id);
    await play(harness, session, gm, 1, 10);
    const position = players[1]?.position as never;
    const [jons, anns] = players.map(({ table }) => ({ position, table: table as never }));
    if (how === 'stopped') await Promise.all([harness.sessions.stop(), harness.settle()]);
    const counted = countReads(store);
    const now = await new SessionHarness({ definitions: [tinyTabletop], store, seed: 9 }).start();
    const back = await Promise.all([now.connect(session, jon, jons), now.connect(session, person('ann'), anns)]);
    assert.deepEqual(back.map(kinds), [
      ['welcome', 'tail'],
      ['welcome', 'tail'],
    ]);
    assert.equal(counted.reads, reads, 'waking reads what came after the snapshot; what lies before it is read once');
  });
}
