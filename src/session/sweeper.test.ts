import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionId } from '../protocol/ids.ts';
import { MemoryArchives } from '../store/memory-archives.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { CatalogueRow, Store } from '../store/store.ts';
import { PassingStore } from '../testing/passing-store.ts';
import { person } from '../testing/session-harness.ts';
import { guestbook, HOUR_MS, SweepHarness } from '../testing/sweep-harness.ts';
import { decodeText } from './recovery.ts';

const mira = person('mira');
const DAY_MS = 24 * HOUR_MS;

type World = { readonly harness: SweepHarness; readonly store: Store; readonly archives: MemoryArchives };

async function start(
  policies: Parameters<typeof guestbook>[0] = {},
  more: { store?: Store; archives?: MemoryArchives; sweepEveryMs?: number; laterMs?: number } = {},
): Promise<World> {
  const { store = new MemoryStore(), laterMs = 0, sweepEveryMs } = more;
  const archives = more.archives ?? new MemoryArchives(store);
  const harness = new SweepHarness({ definitions: [guestbook(policies)], store, archives, rhythm: { maxDelayMs: 0 }, sweepEveryMs });
  harness.clock.sleep(laterMs);
  await harness.start();
  return { harness, store, archives };
}

async function rows(store: Store): Promise<readonly CatalogueRow[]> {
  return (await store.list({ limit: 1_000 })).toSorted((a, b) => (a.session < b.session ? -1 : 1));
}

async function commandsIn(store: Store, session: SessionId): Promise<string[]> {
  const { events } = await store.read(session, (await store.beginning(session))?.seq ?? 0, (await store.get(session))?.headSeq ?? 0);
  return events.map((event) => decodeText(event).header.command);
}

// -- the right ones -------------------------------------------------------------------------------------------------

type Model = { status: string; last: number; warned: number | undefined; since: number };

/** What becomes of a session in an hour, told as simply as can be. */
function liveOn(model: Model, hour: number, somebodyActs: boolean): void {
  if (somebodyActs && (model.status === 'active' || model.status === 'abandoned'))
    Object.assign(model, { status: 'active', last: hour, warned: undefined, since: hour });
  if (model.status === 'active') {
    if (model.warned === undefined && hour - model.last >= 20) model.warned = hour;
    else if (model.warned !== undefined && hour - model.warned >= 4 && hour - model.last >= 24)
      Object.assign(model, { status: 'abandoned', since: hour });
  } else if (model.status === 'abandoned' && hour - model.since >= 10) Object.assign(model, { status: 'ended', since: hour });
  else if (model.status === 'ended' && hour - model.since >= 30) Object.assign(model, { status: 'archived', since: hour });
  else if (model.status === 'archived' && hour - model.since >= 50) Object.assign(model, { status: 'gone', since: hour });
}

test('CLEANUP-7: of sessions of all ages exactly those are touched whose time has come', async () => {
  const ages = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 140 }), { maxLength: 6 }), { minLength: 5, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(ages, async (lives) => {
      const { harness, store } = await start();
      const sessions: { readonly id: SessionId; readonly acts: ReadonlySet<number>; readonly model: Model }[] = [];
      for (const hours of lives)
        sessions.push({
          id: await harness.create('guestbook', mira),
          acts: new Set(hours),
          model: { status: 'active', last: 0, warned: undefined, since: 0 },
        });
      for (let hour = 1; hour <= 180; hour += 1) {
        await harness.pass(HOUR_MS);
        for (const { id, acts, model } of sessions) {
          if (!acts.has(hour)) continue;
          const command = model.status === 'abandoned' ? '@reactivate' : 'sign';
          if (model.status === 'active' || model.status === 'abandoned')
            assert.ok((await harness.run(id, mira, command, command === 'sign' ? { text: 'x' } : {})).ok);
        }
        await harness.sweep();
        for (const { id, acts, model } of sessions) {
          liveOn(model, hour, acts.has(hour));
          assert.equal((await store.get(id))?.status ?? 'gone', model.status, `${id} in hour ${hour}`);
        }
      }
      const { created, live, archived, deleted } = await store.counters();
      assert.equal(created, live + archived + deleted);
    }),
    { numRuns: 6 },
  );
});

test('CLEANUP-7: what was proposed and changed meanwhile is left alone', async () => {
  const { harness, store } = await start();
  const session = await harness.create('guestbook', mira);
  await harness.pass(24 * HOUR_MS);
  const sweep = harness.sessions.sweeper.sweep();
  // The proposal is on its way: somebody is faster.
  const signed = harness.sessions.run(session, { as: mira, command: 'sign', args: { text: 'still here' } });
  await harness.done(Promise.all([sweep, signed]));
  assert.deepEqual((await sweep).steps.warn, 0);
  assert.deepEqual(await commandsIn(store, session), ['@create', '@join', 'sign']);
});

/** Another server takes a session over just before it is removed. */
class TakenOverStore extends PassingStore {
  takeOver = false;

  override async remove(...args: Parameters<Store['remove']>): ReturnType<Store['remove']> {
    if (this.takeOver) await super.claim(args[0]);
    return super.remove(...args);
  }
}

test('CLEANUP-7: a session that another server took over since it was decided about is not deleted', async () => {
  const store = new TakenOverStore(new MemoryStore());
  const { harness } = await start({ retention: { days: 2 } }, { store });
  const session = await harness.create('guestbook', mira);
  await harness.run(session, mira, '@end', { reason: 'done' });
  await harness.pass(2 * DAY_MS);
  store.takeOver = true;
  const { steps, failed } = await harness.sweep();
  assert.deepEqual([steps.delete, failed], [0, 1]);
  assert.equal((await store.get(session))?.status, 'ended');
  store.takeOver = false;
  assert.equal((await harness.sweep()).steps.delete, 1, 'with the next sweep it is');
  assert.equal(await store.get(session), undefined);
});

/** Where what is sent is of no interest, however much it is. */
class DeafHarness extends SweepHarness {
  override deliver(): void {}
}

/** 1,000 returns to 100 abandoned sessions whose grace is over, while they are swept: how many went on, how many ended. */
async function race(seed: number): Promise<{ wentOn: number; ended: number }> {
  const store = new MemoryStore();
  const harness = await new DeafHarness({ definitions: [guestbook()], store, rhythm: { maxDelayMs: 0 } }).start();
  const ids = await harness.createMany('guestbook', 100);
  for (const hours of [20, 4, 10]) {
    await harness.pass(hours * HOUR_MS);
    if (hours !== 10) await harness.sweep();
  }
  assert.deepEqual([...new Set((await rows(store)).map(({ status }) => status))], ['abandoned']);
  let next = seed;
  const chance = (most: number): number => (next = (next * 48_271) % 2_147_483_647) % most;
  const sweep = harness.sessions.sweeper.sweep();
  const returns = Array.from({ length: 1_000 }, () => ids[chance(100)] as SessionId);
  while (returns.length > 0) {
    for (const session of returns.splice(0, 1 + chance(12))) harness.knock(session, person(`p${chance(50)}`));
    harness.clock.advance(0);
    for (let turn = chance(6); turn > 0; turn -= 1) await Promise.resolve();
  }
  const { steps } = await harness.done(sweep);
  await harness.settle();
  const ended = await count(ids, async (session) => {
    const commands = await commandsIn(store, session);
    const [over, came] = [commands.indexOf('@end'), commands.findIndex((command) => command === '@join' || command === '@connect')];
    assert.ok(over < 0 || came < 0, `${session}: ${commands.join(' ')}`);
    return over >= 0;
  });
  assert.equal(ended, steps.end);
  return { wentOn: ids.length - ended, ended };
}

async function count<T>(items: readonly T[], fits: (item: T) => Promise<boolean>): Promise<number> {
  let found = 0;
  for (const item of items) if (await fits(item)) found += 1;
  return found;
}

test('CLEANUP-4: who was connected when the server was killed, and does not come back, keeps no session alive', async () => {
  const { harness, store } = await start();
  const session = await harness.create('guestbook', mira);
  await harness.connect(session, mira);
  const next = (await start({}, { store, laterMs: harness.clock.monotonic() })).harness;
  for (const hours of [20, 4]) {
    await next.pass(hours * HOUR_MS);
    await next.sweep();
  }
  // First it is found out that nobody is there any more.
  for (let minutes = 0; minutes < 12; minutes += 1) await next.pass(60_000);
  await next.sweep();
  assert.equal((await store.get(session))?.status, 'abandoned');
});

test('CLEANUP-8: of 10,000 returns that race sweeps none finds its session ended under it', async () => {
  let [wentOn, ended] = [0, 0];
  for (let seed = 1; seed <= 10; seed += 1) {
    const one = await race(seed);
    wentOn += one.wentOn;
    ended += one.ended;
  }
  assert.equal(wentOn + ended, 1_000);
  assert.ok(wentOn > 20 && ended > 20, `${wentOn} went on, ${ended} ended`);
});

// -- failing at any step --------------------------------------------------------------------------------------------

/** Fails the nth change that is made through it, before it happened or after. */
class FailingStore extends PassingStore {
  changes = 0;
  failAt = Infinity;
  after = false;

  async #change<T>(work: () => Promise<T>): Promise<T> {
    this.changes += 1;
    if (this.changes !== this.failAt) return work();
    if (this.after) await work();
    throw new Error('failed on purpose');
  }

  override append(...args: Parameters<Store['append']>): ReturnType<Store['append']> {
    return this.#change(() => super.append(...args));
  }

  override prune(...args: Parameters<Store['prune']>): ReturnType<Store['prune']> {
    return this.#change(() => super.prune(...args));
  }

  override remove(...args: Parameters<Store['remove']>): ReturnType<Store['remove']> {
    return this.#change(() => super.remove(...args));
  }

  override wipe(): ReturnType<Store['wipe']> {
    return this.#change(() => super.wipe());
  }
}

const LIFE = ['@warn', '@abandon', '@end', '@archive'];

/** Lets one session live to its end while the nth change of the store fails, and the server is killed with it. */
async function liveWith(
  failAt: number,
  after: boolean,
): Promise<{ lives: string[]; changes: number; kept: number; archived: string | undefined }> {
  const memory = new MemoryStore();
  const store = new FailingStore(memory);
  const archives = new MemoryArchives(memory);
  let { harness } = await start({}, { store, archives });
  const session = await harness.create('guestbook', mira);
  Object.assign(store, { changes: 0, failAt, after });
  const lives: string[] = [];
  let put: string | undefined;
  for (let hour = 1; hour <= 160; hour += 1) {
    await harness.pass(HOUR_MS);
    const before = store.changes;
    await harness.sweep().catch(() => undefined);
    if (before < failAt && store.changes >= failAt) {
      // What was in the memory of that server is gone.
      harness = (await start({}, { store, archives, laterMs: harness.clock.monotonic() })).harness;
    }
    if ((await store.get(session)) !== undefined) lives.splice(0, Infinity, ...new Set([...lives, ...(await commandsIn(store, session))]));
    put = archives.find(session) ?? put;
  }
  assert.equal(await store.get(session), undefined);
  assert.equal(archives.find(session), undefined);
  const { created, deleted } = await store.counters();
  assert.deepEqual([created, deleted], [1, 1]);
  return { lives, changes: store.changes, kept: (await store.history({ session })).length, archived: put };
}

test(
  'CLEANUP-9: whatever change of the store fails, and whether it was made all the same, cleanup comes to the same end',
  { timeout: 120_000 },
  async () => {
    const { changes } = await liveWith(Infinity, false);
    assert.ok(changes >= 6, `${changes} changes`);
    for (let failAt = 1; failAt <= changes; failAt += 1) {
      for (const after of [false, true]) {
        const { lives, kept, archived } = await liveWith(failAt, after);
        assert.deepEqual(
          lives.filter((command) => LIFE.includes(command)),
          LIFE,
          `change ${failAt}`,
        );
        assert.equal(kept, 1);
        assert.ok(archived?.includes('the first line'));
      }
    }
  },
);

test('CLEANUP-9: an archive that cannot be written leaves everything where it was', async () => {
  const store = new MemoryStore();
  const archives = new MemoryArchives(store);
  const { harness } = await start({}, { store, archives });
  const session = await harness.create('guestbook', mira);
  await harness.run(session, mira, '@end', {});
  await harness.pass(30 * HOUR_MS);
  const put = archives.put.bind(archives);
  archives.put = () => Promise.reject(new Error('no room'));
  const before = await rows(store);
  const { decisions, failed } = await harness.sweep();
  assert.deepEqual([decisions.map(({ failure }) => failure), failed], [['no room'], 1]);
  assert.deepEqual(
    (await rows(store)).map(({ status, headSeq }) => [status, headSeq]),
    before.map(({ status, headSeq }) => [status, headSeq]),
  );
  assert.equal((await store.beginning(session))?.seq, 0);
  archives.put = put;
  assert.equal((await harness.sweep()).steps.archive, 1);
});

// -- saying what would be done --------------------------------------------------------------------------------------

test('CLEANUP-10: a dry run says of each session that is due what would be done and why, and changes nothing', async () => {
  const { harness, store } = await start();
  const [warned, fresh, over] = [
    await harness.create('guestbook', mira),
    await harness.create('guestbook', mira),
    await harness.create('guestbook', mira),
  ];
  await harness.run(over, mira, '@end', {});
  await harness.pass(21 * HOUR_MS);
  await harness.run(fresh, mira, 'sign', { text: 'x' });
  await harness.sweep();
  await harness.pass(9 * HOUR_MS);
  const before = JSON.stringify(await rows(store));
  const { decisions, steps, dryRun } = await harness.sweep({ dryRun: true });
  assert.equal(JSON.stringify(await rows(store)), before);
  assert.equal(dryRun, true);
  const lines = decisions.map(({ session, step, why, warnedAt }) => [session, step, why, warnedAt]);
  assert.deepEqual(lines, [
    [warned, 'abandon', 'no command for 30 h, policy 24 h', harness.clock.now() - 9 * HOUR_MS],
    [over, 'archive', 'ended 30 h ago, policy 30 h', undefined],
  ]);
  assert.deepEqual([steps.abandon, steps.archive, steps.keep], [1, 1, 0]);
  assert.deepEqual((await harness.sweep()).steps, steps);
});

// -- what is kept ---------------------------------------------------------------------------------------------------

test('CLEANUP-6: an archive holds the whole log and state, which stays readable until both are deleted', async () => {
  const { harness, store, archives } = await start();
  const session = await harness.create('guestbook', mira);
  await harness.run(session, mira, 'sign', { text: 'known text' });
  await harness.run(session, mira, '@end', {});
  const events = await store.read(session, 0, 100);
  await harness.pass(30 * HOUR_MS);
  assert.equal((await harness.sweep()).steps.archive, 1);
  const text = archives.find(session) ?? '';
  for (const { hash } of events.events) assert.ok(text.includes(hash), hash);
  assert.match(text, /\["end","[0-9a-f]{64}"\]\n$/);
  assert.ok(((await store.beginning(session))?.seq ?? 0) >= events.events.length);
  const read = await harness.done(harness.sessions.read(session, 'system'));
  assert.deepEqual(read.ok && [read.state['lines'], read.meta['status']], [['the first line', 'known text'], 'archived']);
  await harness.pass(50 * HOUR_MS);
  assert.equal((await harness.sweep()).steps.delete, 1);
  assert.deepEqual(
    [await store.get(session), archives.find(session), (await store.history({ session })).length],
    [undefined, undefined, 1],
  );
});

test('CLEANUP-11: a session of which only metadata is kept is gone once it has ended, its history record is not', async () => {
  const { harness, store, archives } = await start({ retention: 'metadata-only' }, { sweepEveryMs: 60_000 });
  const session = await harness.create('guestbook', mira);
  await harness.run(session, mira, '@end', { reason: 'done' });
  // It does not wait for the next round.
  await harness.pass(1_000);
  await harness.done(harness.sessions.sweeper.sweep());
  assert.deepEqual([await store.get(session), archives.find(session)], [undefined, undefined]);
  const [record] = await store.history({ session });
  assert.match(record?.data ?? '', /"endedBy":"mira"/);
});

test('CLEANUP-12: older events leave the log behind a snapshot, and all of it goes so many days after the end', async () => {
  const { harness, store, archives } = await start({ retention: { days: 2 }, cleanup: { abandonAfterMs: null } });
  const session = await harness.create('guestbook', mira);
  const bases: number[] = [];
  for (let day = 1; day <= 6; day += 1) {
    await harness.run(session, mira, 'sign', { text: `day ${day}` });
    // Asleep, it has a snapshot.
    await harness.pass(120_000);
    await harness.pass(120_000);
    await harness.pass(DAY_MS - 240_000);
    await harness.sweep();
    bases.push((await store.beginning(session))?.seq ?? 0);
  }
  assert.equal(bases[0], 0);
  assert.deepEqual(
    bases.toSorted((a, b) => a - b),
    bases,
  );
  assert.ok((bases.at(-1) ?? 0) >= 4, bases.join(' '));
  assert.ok((await store.get(session))!.headSeq - (bases.at(-1) ?? 0) >= 1);
  const read = await harness.done(harness.sessions.read(session, 'system'));
  assert.equal(read.ok && (read.state['lines'] as unknown[]).length, 7);
  await harness.run(session, mira, '@end', {});
  await harness.pass(2 * DAY_MS - HOUR_MS);
  await harness.sweep();
  assert.equal((await store.get(session))?.status, 'ended');
  await harness.pass(HOUR_MS);
  await harness.sweep();
  assert.deepEqual([await store.get(session), archives.find(session)], [undefined, undefined]);
});

test('CLEANUP-14: a server sweeps by itself, and lets go of what it woke for that', async () => {
  const { harness, store } = await start({}, { sweepEveryMs: 60_000 });
  for (let count = 0; count < 100; count += 1) await harness.create('guestbook', mira);
  for (let round = 0; round < 8; round += 1) await harness.pass(30_000);
  assert.equal(harness.sessions.counts().awake, 0);
  await harness.pass(20 * HOUR_MS);
  await harness.pass(0);
  assert.equal(harness.sessions.sweeper.counts().warn, 100);
  assert.equal(harness.sessions.counts().awake, 0);
  assert.equal(harness.events.filter(({ kind }) => kind === 'swept').length, 1);
  assert.equal((await rows(store)).length, 100);
});

test('CLEANUP-14: a stop waits for what is under way, and for nothing more', async () => {
  const { harness } = await start({}, { sweepEveryMs: 60_000 });
  await harness.createMany('guestbook', 300);
  await harness.pass(20 * HOUR_MS);
  const sweep = harness.sessions.sweeper.sweep();
  await harness.done(harness.sessions.stop());
  const { looked } = await sweep;
  assert.ok(looked < 300, `${looked} looked at`);
  assert.equal(harness.clock.timers, 0);
});
