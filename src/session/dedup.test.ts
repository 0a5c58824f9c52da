import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '../protocol/ids.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { PassingStore } from '../testing/passing-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const mira = person('mira');

async function table() {
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  return { store, harness, session, gm };
}

/** The same store under a new server. */
async function restarted(store: MemoryStore): Promise<SessionHarness> {
  return new SessionHarness({ definitions: [tinyTabletop], store, seed: 2 }).start();
}

function comeBack(gm: HarnessConnection, lowest: number) {
  assert.ok(gm.instance !== undefined && gm.position !== undefined);
  return { instance: gm.instance, position: gm.position, lowest };
}

test('DEDUP-1: a repeated command gets its first answer', async () => {
  const { harness, session, gm } = await table();
  harness.send(session, gm, 1, 'roll', { sides: 100 });
  harness.send(session, gm, 1, 'roll', { sides: 100 });
  await harness.settle();
  assert.equal(gm.acks.length, 2);
  assert.deepEqual(gm.acks[0], gm.acks[1]);
});

test('DEDUP-1: also after a restart', async () => {
  const { store, harness, session, gm } = await table();
  harness.send(session, gm, 1, 'roll', { sides: 100 });
  await harness.settle();
  const later = await restarted(store);
  const again = await later.connect(session, mira, comeBack(gm, 1));
  later.send(session, again, 1, 'roll', { sides: 100 });
  await later.settle();
  assert.deepEqual(again.acks, gm.acks);
});

test('DEDUP-2: the same number with another body is refused', async () => {
  const { harness, session, gm } = await table();
  harness.send(session, gm, 1, 'roll', { sides: 100 });
  harness.send(session, gm, 1, 'roll', { sides: 6 });
  harness.send(session, gm, 2, 'refuse', {}, { low: 1 });
  harness.send(session, gm, 2, 'roll', {}, { low: 1 });
  await harness.settle();
  assert.deepEqual(
    gm.rejects.map((reject) => reject.code),
    ['body-differs', 'rejected', 'body-differs'],
  );
});

test('DEDUP-3: a skipped number ends the connection', async () => {
  const { harness, session, gm } = await table();
  harness.send(session, gm, 2, 'roll', {}, { low: 1 });
  await harness.settle();
  assert.equal(gm.closed, 'out-of-order');
});

test('DEDUP-4: the 33rd unanswered command ends the connection', async () => {
  const { harness, session, gm } = await table();
  for (let n = 1; n <= 33; n += 1) harness.send(session, gm, n, 'roll', {}, { low: 1 });
  await harness.settle();
  assert.equal(gm.closed, 'too-many-unanswered');
  assert.equal(gm.acks.length, 32);
});

test('DEDUP-5: the window holds what is unanswered, and a large result comes from the log', async () => {
  const { store, harness, session, gm } = await table();
  for (let n = 1; n <= 5; n += 1) harness.send(session, gm, n, 'roll', {}, { low: Math.max(1, n - 1) });
  harness.send(session, gm, 6, 'fill', { text: 'x', times: 1_000 }, { low: 5 });
  await harness.settle();
  const later = await restarted(store);
  const again = await later.connect(session, mira, comeBack(gm, 5));
  later.send(session, again, 5, 'roll', {}, { low: 5 });
  later.send(session, again, 6, 'fill', { text: 'x', times: 1_000 }, { low: 5 });
  await later.settle();
  assert.deepEqual(again.acks, gm.acks.slice(4));
  const stored = await store.readSnapshot(session, 1_000);
  assert.equal(stored, undefined);
});

test('DEDUP-6: an instance of someone else, of another session, or made up is refused', async () => {
  const { harness, session, gm } = await table();
  const other = await harness.create('tabletop');
  const back = comeBack(gm, 1);
  assert.equal((await harness.connect(session, person('eve'), back)).closed, 'unknown-instance');
  assert.equal((await harness.connect(other, mira, back)).closed, 'unknown-instance');
  assert.equal((await harness.connect(session, mira, { ...back, instance: '1.abc.def' as InstanceId })).closed, 'unknown-instance');
});

test('DEDUP-6: a forgotten instance is refused instead of being taken for new', async () => {
  const { harness, session, gm } = await table();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  for (let tab = 0; tab < 8; tab += 1) {
    const next = await harness.connect(session, mira);
    harness.send(session, next, 1, 'roll', {});
    await harness.settle();
  }
  assert.equal((await harness.connect(session, mira, comeBack(gm, 1))).closed, 'unknown-instance');
});

test('DEDUP-7: a rejection is repeated, and after a restart it stays a refusal', async () => {
  const { store, harness, session, gm } = await table();
  harness.send(session, gm, 1, 'refuse', {});
  harness.send(session, gm, 1, 'refuse', {});
  harness.send(session, gm, 2, 'roll', {}, { low: 1 });
  await harness.settle();
  assert.deepEqual(
    gm.rejects.map((reject) => reject.message),
    ['not today', 'not today'],
  );
  const later = await restarted(store);
  const again = await later.connect(session, mira, comeBack(gm, 1));
  later.send(session, again, 1, 'refuse', {}, { low: 1 });
  later.send(session, again, 3, 'roll', {}, { low: 1 });
  await later.settle();
  assert.deepEqual([again.rejects[0]?.code, again.acks.length], ['rejected', 1]);
});

test('DEDUP-8: an instance that connects again ends its earlier connection', async () => {
  const { harness, session, gm } = await table();
  const again = await harness.connect(session, mira, comeBack(gm, 1));
  assert.equal(gm.closed, 'replaced');
  harness.sessions.detach(session, gm.id);
  harness.send(session, again, 1, 'roll', {});
  await harness.settle();
  assert.equal(again.acks.length, 1);
});

/** Two commands; the answer to the first has come, as the second says. */
async function twoRolls() {
  const { store, harness, session, gm } = await table();
  harness.send(session, gm, 1, 'roll', {});
  harness.send(session, gm, 2, 'roll', {}, { low: 2 });
  await harness.settle();
  assert.equal(gm.acks.length, 2);
  return { store, harness, session, gm };
}

test('DEDUP-10: a copy of a client from before the answers that it has is no client of that instance, also after a restart', async () => {
  const { store, harness, session, gm } = await twoRolls();
  assert.equal((await harness.connect(session, mira, comeBack(gm, 1))).closed, 'unknown-instance');
  assert.equal(gm.closed, undefined, 'the client itself goes on');
  const later = await restarted(store);
  assert.equal((await later.connect(session, mira, comeBack(gm, 1))).closed, 'unknown-instance');
  assert.equal((await later.connect(session, mira, comeBack(gm, 2))).closed, undefined);
});

test('DEDUP-10: an accepted command whose answer is kept no more is never called refused', async () => {
  const { harness, session, gm } = await twoRolls();
  harness.send(session, gm, 1, 'roll', {}, { low: 1 });
  await harness.settle();
  assert.deepEqual([gm.acks.length, gm.rejects[0]?.code], [2, 'unknown-instance']);
});

class UnreadableStore extends PassingStore {
  isReadable = true;

  override read(...args: Parameters<PassingStore['read']>): ReturnType<PassingStore['read']> {
    return this.isReadable ? super.read(...args) : Promise.reject(new Error('it cannot be read'));
  }
}

/** A GM who comes back with one command, of a large result, whose answer never came. */
async function backWithLargeResult() {
  const store = new UnreadableStore(new MemoryStore());
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  harness.send(session, gm, 1, 'fill', { text: 'x', times: 1_000 });
  await harness.settle();
  const again = await harness.connect(session, mira, comeBack(gm, 1));
  return { store, harness, session, again };
}

test('DEDUP-11: a repeated answer comes before those of later commands, and before the connection ends, also when it is read from the log', async () => {
  const { harness, session, again } = await backWithLargeResult();
  harness.send(session, again, 1, 'fill', { text: 'x', times: 1_000 }, { low: 1 });
  harness.send(session, again, 2, 'finish', {}, { low: 1 });
  await harness.settle();
  assert.deepEqual(
    again.acks.map(({ n, result }) => [n, typeof result]),
    [
      [1, 'string'],
      [2, 'undefined'],
    ],
  );
  assert.equal(again.closed, 'ended');
});

test('DEDUP-11: where it cannot be read the connection ends, for another try: it is not left out', async () => {
  const { store, harness, session, again } = await backWithLargeResult();
  store.isReadable = false;
  harness.send(session, again, 1, 'fill', { text: 'x', times: 1_000 }, { low: 1 });
  await harness.settle();
  assert.deepEqual([again.acks, again.closed], [[], 'unavailable']);
});
