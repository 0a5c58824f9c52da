import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { MadeSnapshot } from '../store/store-snapshots.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { isLongerThan } from './json-length.ts';
import { makeSnapshot, type MakeSnapshot, type SnapshotOrder } from './make-snapshot.ts';

const mira = person('mira');
const MUCH = 'x'.repeat(100_000);

/** Snapshots that are made when the test says so. */
class HeldSnapshots {
  readonly store = new MemoryStore();
  readonly orders: SnapshotOrder[] = [];
  #waiting: (() => void)[] = [];

  readonly make: MakeSnapshot = async (order) => {
    this.orders.push(order);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return makeSnapshot(this.store, { monotonic: () => 0 }, order);
  };

  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function table(limits: object = {}) {
  const held = new HeldSnapshots();
  const definition = { ...tinyTabletop, limits: { ...tinyTabletop.limits, ...limits } };
  const { store, make: makeSnapshot } = held;
  const harness = await new SessionHarness({ definitions: [definition], store, makeSnapshot, rhythm: { maxDelayMs: 0 } }).start();
  const session = await harness.create('tabletop', mira);
  return { held, harness, store, session };
}

async function run(harness: SessionHarness, session: SessionId, command: string, args: JsonValue = {}): Promise<void> {
  const running = harness.sessions.run(session, { as: 'system', command, args });
  await harness.settle();
  await running;
}

async function fill(harness: SessionHarness, session: SessionId): Promise<void> {
  for (const key of ['a', 'b', 'c']) await run(harness, session, 'hide', { key, text: MUCH });
}

const headOf = async (store: MemoryStore, session: SessionId): Promise<number> => (await store.get(session))?.headSeq ?? 0;
const seqsOf = async (store: MemoryStore, session: SessionId): Promise<number[]> => (await store.snapshots(session)).map(({ seq }) => seq);

test('ACTOR-30: a small snapshot rides in the commit, a large one is made elsewhere and comes behind the head', async () => {
  const { held, harness, store, session } = await table();
  await run(harness, session, '@pause');
  assert.deepEqual([held.orders, await seqsOf(store, session)], [[], [await headOf(store, session)]]);
  await run(harness, session, '@resume');
  await fill(harness, session);
  await run(harness, session, '@pause');
  const seq = await headOf(store, session);
  assert.deepEqual(held.orders, [{ session, upTo: seq }]);
  await run(harness, session, '@resume');
  assert.equal((await seqsOf(store, session)).includes(seq), false);
  held.release();
  await harness.settle();
  assert.equal((await seqsOf(store, session))[0], seq);
  assert.ok((await headOf(store, session)) > seq);
  const made = harness.events.find(({ kind }) => kind === 'snapshot-made');
  assert.ok(made?.kind === 'snapshot-made' && made.seq === seq && made.bytes > 300_000);
});

test('ACTOR-30: one is made at a time; what is wanted meanwhile is wanted once, of the newest state', async () => {
  const { held, harness, store, session } = await table();
  await fill(harness, session);
  for (const event of ['@pause', '@resume', '@pause', '@resume', '@pause']) await run(harness, session, event);
  assert.equal(held.orders.length, 1);
  held.release();
  await harness.settle();
  assert.deepEqual(held.orders.at(-1), { session, upTo: await headOf(store, session) });
  assert.equal(held.orders.length, 2);
});

test('ACTOR-30: a large session sleeps at once, and its snapshot is stored all the same', async () => {
  const { held, harness, store, session } = await table();
  await fill(harness, session);
  harness.clock.advance(60_000);
  await harness.settle();
  harness.clock.advance(10_000);
  await harness.settle();
  assert.equal(harness.sessions.status(session).awake, false);
  held.release();
  await harness.settle();
  assert.deepEqual(await seqsOf(store, session), [await headOf(store, session)]);
});

test('ACTOR-30: a stop waits for large snapshots, and not for ever', async () => {
  const { held, harness, store, session } = await table();
  await fill(harness, session);
  const stopping = harness.sessions.stop();
  await harness.settle();
  held.release();
  await stopping;
  assert.deepEqual(await seqsOf(store, session), [await headOf(store, session)]);

  const other = await table();
  await fill(other.harness, other.session);
  const stuck = other.harness.sessions.stop();
  await other.harness.settle();
  other.harness.clock.advance(10_000);
  await stuck;
  assert.deepEqual(await seqsOf(other.store, other.session), []);
});

test('ACTOR-30: a snapshot that is made of a log that does not verify any more is not stored, and asked for again later', async () => {
  const { held, harness, store, session } = await table();
  await fill(harness, session);
  await run(harness, session, '@pause');
  const { headSeq } = (await store.get(session)) ?? { headSeq: 0 };
  const [last] = (await store.read(session, headSeq - 1, headSeq)).events;
  const kept: MadeSnapshot = { seq: headSeq, hash: last?.hash ?? '', data: Buffer.from('{}') };
  // Somebody else was faster.
  assert.equal(await store.keepSnapshot(session, kept), true);
  held.release();
  await harness.settle();
  assert.equal((await store.readSnapshot(session, headSeq))?.data, '{}');
  await run(harness, session, '@resume');
  await run(harness, session, '@pause');
  assert.equal(held.orders.length, 2);
});

test('ACTOR-31: whoever operates the server asks for a snapshot, small or large, and hears of it once it is stored', async () => {
  const { held, harness, store, session } = await table();
  const small = harness.sessions.snapshot(session);
  await harness.settle();
  assert.deepEqual(await small, { ok: true, seq: 1 });
  assert.deepEqual(await seqsOf(store, session), [1]);
  await fill(harness, session);
  let isAnswered = false;
  const large = harness.sessions.snapshot(session).finally(() => (isAnswered = true));
  await harness.settle();
  assert.equal(isAnswered, false);
  held.release();
  await harness.settle();
  const seq = await headOf(store, session);
  assert.deepEqual(await large, { ok: true, seq });
  assert.equal((await seqsOf(store, session))[0], seq);
  const again = harness.sessions.snapshot(session);
  await harness.settle();
  assert.deepEqual([await again, held.orders.length], [{ ok: true, seq }, 1]);
});

const step = fc.oneof(
  fc.record({ command: fc.constant('roll'), args: fc.record({ sides: fc.integer({ min: 2, max: 20 }) }) }),
  fc.record({
    command: fc.constantFrom('moveToken', 'placeToken'),
    args: fc.record({ id: fc.constantFrom('a', 'b', '7', 'ü'), x: fc.double({ noNaN: true }), y: fc.integer() }),
  }),
  fc.record({ command: fc.constant('draw'), args: fc.record({ card: fc.string({ unit: 'binary', maxLength: 8 }) }) }),
  fc.record({ command: fc.constant('hide'), args: fc.record({ key: fc.constantFrom('k', 'l'), text: fc.string({ maxLength: 20 }) }) }),
  fc.record({
    command: fc.constantFrom('@pause', '@resume', '@leave', '@join', 'break', 'refuse', 'fight', 'strike', 'rest'),
    args: fc.constant({}),
  }),
);

test('ACTOR-30: what is made elsewhere is byte for byte what the session itself would store, from whatever snapshot it begins', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.integer({ min: 3, max: 12 }), async (steps, every) => {
      const definition = { ...tinyTabletop, limits: { ...tinyTabletop.limits, snapshotEveryEvents: every } };
      const store = new MemoryStore();
      const harness = await new SessionHarness({ definitions: [definition], store, rhythm: { maxDelayMs: 0 } }).start();
      const session = await harness.create('tabletop', mira);
      const ann = await harness.connect(session, person('ann'));
      for (const [index, { command, args }] of steps.entries()) {
        if (index % 2 === 0) await run(harness, session, command, args);
        else harness.send(session, ann, (index + 1) / 2, command, args);
        harness.clock.advance(1_000);
        await harness.settle();
      }
      await run(harness, session, 'roll');
      const older = await store.readSnapshot(session, (await headOf(store, session)) - 1);
      const asked = harness.sessions.snapshot(session);
      await harness.settle();
      await asked;
      const own = await store.readSnapshot(session, Number.MAX_SAFE_INTEGER);
      const upTo = await headOf(store, session);
      assert.equal(own?.seq, upTo);
      for (const from of [undefined, older]) {
        const logs = {
          read: (...range: Parameters<typeof store.read>) => store.read(...range),
          readSnapshot: async () => from,
          snapshots: async () => [],
        };
        const made = await makeSnapshot(logs, harness.clock, { session, upTo });
        assert.equal(made?.hash, own.hash);
        assert.equal(Buffer.from(made.data).toString(), own.data);
      }
    }),
    { numRuns: 60 },
  );
});

test('ACTOR-30: how long a text would be is known without making it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      // Escapes are not counted.
      fc.pre(!text.includes('\\'));
      assert.deepEqual([isLongerThan(value, text.length), isLongerThan(value, text.length - 1)], [false, true]);
    }),
  );
});

test('ACTOR-9: the text of a large view is made once for those who join while it is played; that of a small one is kept short of its tail', async () => {
  const { harness, session } = await table();
  const seqOf = async (name: string): Promise<number | undefined> => {
    const { frames } = await harness.connect(session, person(name));
    return frames.flatMap((frame) => ('t' in frame && frame.t === 'snapshot' ? [frame.position.seq] : []))[0];
  };
  await fill(harness, session);
  for (const key of ['d', 'e', 'f']) await run(harness, session, 'hide', { key, text: MUCH });
  const [small, large] = [await seqOf('ann'), await seqOf('mira')];
  for (let count = 0; count < 300; count += 1) await run(harness, session, 'roll');
  assert.equal(await seqOf('mira'), large);
  assert.ok(((await seqOf('jon')) ?? 0) > (small ?? 0) + 256);
});
