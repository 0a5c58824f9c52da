import assert from 'node:assert/strict';
import { it } from 'node:test';
import { encodeHeader } from '../protocol/event-text.ts';
import type { LogId, ParticipantId, SessionId, Tag } from '../protocol/ids.ts';
import type { StoreCounters } from '../store/store-removal.ts';
import type { AppendEntry, EventInput, SideWrite, Store } from '../store/store.ts';
import { appendOne, creation, event, FIELDS, following } from './store-entries.ts';
import { using } from './store-fixture.ts';
import type { Create } from './store-fixture.ts';

const a = 'a' as SessionId;

/** What every store must do when content goes for good. */
export function removalContract(create: Create): void {
  erasing(create);
  pruning(create);
  removing(create);
  counting(create);
  measuring(create);
}

/** Session `a` with the events 1 to 5 in rows of two, one and two, and snapshots at the given seqs. */
async function fiveEvents(store: Store, snapshots: readonly number[]): Promise<{ seq: number; hash: string }> {
  const side = (last: number): SideWrite[] =>
    snapshots.filter((seq) => seq === last).map((seq) => ({ kind: 'snapshot', seq, data: `{"at":${seq}}` }));
  const first = await appendOne(store, { ...creation('a'), events: [event('1'), event('2')], side: side(2) });
  const second = await appendOne(store, following('a', first, ['3'], { side: side(3) }));
  return appendOne(store, following('a', second, ['4', '5'], { side: side(5) }));
}

async function contents(store: Store): Promise<(string | undefined)[]> {
  const { events, damage } = await store.read(a, 0, 9);
  assert.equal(damage, undefined);
  return events.map(({ content }) => content?.slice(9, 10));
}

function by(who: string, seq: number): EventInput {
  const header = encodeHeader({
    logId: 'l' as LogId,
    epoch: 1,
    seq,
    tag: 't' as Tag,
    at: 1,
    who: who as ParticipantId,
    kind: seq === 1 ? 'create' : 'command',
    command: 'roll',
    instance: null,
    number: null,
    definition: 1,
  });
  return { header, content: `{"salt":"${seq} of ${who}"}` };
}

function erasing(create: Create): void {
  it(
    'STORE-28: erased contents are gone and the log still verifies, also after a restart',
    using(create, async (store, { reopen }) => {
      const head = await fiveEvents(store, [5]);
      const before = await store.read(a, 0, 9);
      assert.deepEqual(await store.erase(a, [2, 4, 4]), { outcome: 'ok', erased: 2, upTo: 5 });
      assert.deepEqual(await contents(store), ['1', undefined, '3', undefined, '5']);
      const { events } = await store.read(a, 0, 9);
      assert.deepEqual(
        events.map(({ header, hash }) => [header, hash]),
        before.events.map(({ header, hash }) => [header, hash]),
      );
      assert.deepEqual(
        events.map(({ contentHash }) => contentHash?.length),
        [undefined, 64, undefined, 64, undefined],
      );
      assert.deepEqual(await store.erase(a, [2]), { outcome: 'ok', erased: 0, upTo: 5 });
      await appendOne(store, following('a', head, ['6']));
      if (reopen !== undefined) assert.deepEqual(await contents(await reopen()), ['1', undefined, '3', undefined, '5', '6']);
    }),
  );

  it(
    'STORE-28: what one person caused is erased up to the newest snapshot, what others caused stays',
    using(create, async (store) => {
      const events = [by('ann', 1), by('bob', 2), by('ann', 3), by('bob', 4)];
      const head = await appendOne(store, { ...creation('a'), events, side: [{ kind: 'snapshot', seq: 4, data: '{}' }] });
      await appendOne(store, following('a', head, [], { events: [by('bob', 5)] }));
      assert.deepEqual(await store.erase(a, { who: 'bob' }), { outcome: 'ok', erased: 2, upTo: 4 });
      const read = await store.read(a, 0, 9);
      assert.deepEqual(
        read.events.map(({ content }) => content !== undefined),
        [true, false, true, false, true],
      );
    }),
  );

  it(
    'STORE-28: an erasure takes the snapshots before the newest along, and is refused where that one is too old',
    using(create, async (store) => {
      await fiveEvents(store, [2, 3]);
      assert.deepEqual(await store.erase(a, [1, 4]), { outcome: 'no-snapshot' });
      assert.deepEqual(await contents(store), ['1', '2', '3', '4', '5']);
      assert.equal((await store.readSnapshot(a, 2))?.seq, 2);
      assert.deepEqual(await store.erase(a, [1]), { outcome: 'ok', erased: 1, upTo: 3 });
      assert.deepEqual([await store.readSnapshot(a, 2), (await store.readSnapshot(a, 9))?.seq], [undefined, 3]);
      assert.deepEqual(await store.erase('none' as SessionId, [1]), { outcome: 'missing' });
    }),
  );

  it(
    'STORE-28: a log without a snapshot keeps its contents',
    using(create, async (store) => {
      await fiveEvents(store, []);
      assert.deepEqual(await store.erase(a, { who: 'ann' }), { outcome: 'no-snapshot' });
    }),
  );
}

function pruning(create: Create): void {
  it(
    'STORE-29: a pruned log begins later, still verifies, and goes on',
    using(create, async (store, { reopen }) => {
      const head = await fiveEvents(store, [5]);
      const whole = await store.read(a, 0, 9);
      for (const [below, base] of [
        [2, 1],
        [5, 4],
      ] as const) {
        assert.deepEqual(await store.prune(a, below), { outcome: 'ok', base, removed: base === 1 ? 1 : 3 });
        assert.deepEqual(await store.read(a, base, 9), { events: whole.events.slice(base) });
      }
      await appendOne(store, following('a', head, ['6']));
      const again = reopen === undefined ? store : await reopen();
      assert.deepEqual(
        (await again.read(a, 4, 9)).events.map(({ seq }) => seq),
        [5, 6],
      );
      assert.equal((await again.get(a))?.headSeq, 6);
      assert.equal((await again.claim(a))?.headSeq, 6);
    }),
  );

  it(
    'STORE-29: whoever asks for pruned events is told where the log begins',
    using(create, async (store) => {
      await fiveEvents(store, [5]);
      await store.prune(a, 4);
      assert.deepEqual(await store.read(a, 0, 9), { events: [], prunedTo: 3 });
      assert.deepEqual(await store.read(a, 2, 3), { events: [], prunedTo: 3 });
      assert.deepEqual((await store.read(a, 3, 9)).events.length, 2);
    }),
  );

  it(
    'STORE-29: a log is pruned behind a snapshot only, whose seq may be the last one that goes',
    using(create, async (store) => {
      await fiveEvents(store, [2, 3]);
      assert.deepEqual(await store.prune(a, 5), { outcome: 'no-snapshot' });
      assert.deepEqual(await contents(store), ['1', '2', '3', '4', '5']);
      assert.deepEqual(await store.prune(a, 4), { outcome: 'ok', base: 3, removed: 3 });
      assert.deepEqual(await store.readSnapshot(a, 2), undefined);
      assert.equal((await store.readSnapshot(a, 9))?.data, '{"at":3}');
      assert.deepEqual(await store.prune(a, 2), { outcome: 'ok', base: 3, removed: 0 });
      assert.deepEqual(await store.prune('none' as SessionId, 2), { outcome: 'missing' });
    }),
  );

  it(
    'STORE-29: a log may be pruned up to its head, and takes snapshots and events after that',
    using(create, async (store) => {
      const head = await fiveEvents(store, [5]);
      assert.deepEqual(await store.prune(a, 99), { outcome: 'ok', base: 5, removed: 5 });
      assert.deepEqual(await store.read(a, 5, 9), { events: [] });
      const next = await appendOne(store, following('a', head, ['6'], { side: [{ kind: 'snapshot', seq: 6, data: 'six' }] }));
      assert.deepEqual(await store.readSnapshot(a, 9), { seq: 6, hash: next.hash, data: 'six' });
      assert.equal((await store.read(a, 5, 9)).events[0]?.hash, next.hash);
    }),
  );
}

const SIDE: SideWrite[] = [
  { kind: 'invite', hash: 'h', invite: 'one' },
  { kind: 'act', seq: 1, at: 1, who: 'ann', subject: null, what: 'create' },
  { kind: 'history', data: '{}', startedAt: 1, endedAt: null, people: ['ann'] },
  { kind: 'snapshot', seq: 1, data: '{}' },
];

function removing(create: Create): void {
  it(
    'STORE-30: of a removed session nothing is found but its history record',
    using(create, async (store, { reopen }) => {
      const head = await appendOne(store, { ...creation('a', { nextDueAt: 1 }), side: SIDE });
      const other = await appendOne(store, creation('b'));
      assert.deepEqual(await store.remove(a), { outcome: 'ok' });
      assert.deepEqual(await store.remove(a), { outcome: 'missing' });
      const rest = async (from: Store): Promise<void> => {
        assert.deepEqual(await Promise.all([from.get(a), from.claim(a), from.readSnapshot(a, 9), from.findInvite('h')]), [
          undefined,
          undefined,
          undefined,
          undefined,
        ]);
        assert.deepEqual([(await from.read(a, 0, 9)).events, await from.acts({}), await from.due(9, 9)], [[], [], []]);
        assert.deepEqual((await from.history({ person: 'ann' })).length, 1);
        assert.deepEqual(
          (await from.list({})).map(({ session }) => session),
          ['b'],
        );
      };
      await rest(store);
      assert.deepEqual(await store.append([following('a', head, ['late'])]), [{ outcome: 'fenced', epoch: 0, seq: 0 }]);
      const again = reopen === undefined ? store : await reopen();
      await rest(again);
      await appendOne(again, following('b', other, ['two']));
      assert.equal(await again.wipe(), true);
    }),
  );

  it(
    'STORE-30: a history record goes when that is asked for, with its session or after it',
    using(create, async (store) => {
      await store.append(['a', 'b'].map((id) => ({ ...creation(id), side: SIDE.filter(({ kind }) => kind === 'history') })));
      assert.deepEqual(await store.remove(a, { history: true }), { outcome: 'ok' });
      await store.remove('b' as SessionId);
      assert.equal((await store.history({ person: 'ann' })).length, 1);
      assert.deepEqual(await store.remove('b' as SessionId, { history: true }), { outcome: 'ok' });
      assert.deepEqual([await store.history({}), await store.history({ person: 'ann' })], [[], []]);
      assert.deepEqual(await store.remove('b' as SessionId, { history: true }), { outcome: 'missing' });
    }),
  );

  it(
    'STORE-30: a session that has moved on since the decision stays',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const next = await appendOne(store, following('a', head, ['two']));
      const seen = { epoch: 1, seq: 2, hash: next.hash };
      for (const onlyAt of [
        { ...seen, epoch: 2 },
        { ...seen, seq: 1 },
        { ...seen, hash: head.hash },
      ]) {
        assert.deepEqual(await store.remove(a, { onlyAt, history: true }), { outcome: 'changed' });
      }
      assert.equal((await store.read(a, 0, 9)).events.length, 2);
      assert.deepEqual(await store.remove(a, { onlyAt: seen }), { outcome: 'ok' });
    }),
  );

  it(
    'STORE-30: an id is free again once its session was removed, with a log and rev of its own',
    using(create, async (store) => {
      await appendOne(store, creation('b'));
      const before = await appendOne(store, { ...creation('a'), side: SIDE });
      await appendOne(store, following('a', before, ['two']));
      await store.remove(a);
      const after = await appendOne(store, creation('a'));
      assert.ok(after.rev > before.rev);
      assert.deepEqual([(await store.read(a, 0, 9)).events.length, await store.readSnapshot(a, 9)], [1, undefined]);
    }),
  );

  it(
    'STORE-30: a removal has a rev among those of the rows, so that whoever resumes a list knows that something is gone',
    using(create, async (store, { reopen }) => {
      assert.equal(await store.removedRev(), 0);
      const first = await appendOne(store, creation('a'));
      const second = await appendOne(store, creation('b'));
      await store.remove('none' as SessionId);
      assert.equal(await store.removedRev(), 0);
      await store.remove('b' as SessionId);
      const removed = await store.removedRev();
      assert.ok(removed > second.rev);
      const again = reopen === undefined ? store : await reopen();
      assert.equal(await again.removedRev(), removed);
      const third = await appendOne(again, following('a', first, [], { row: { ...FIELDS, status: 'ended' } }));
      assert.ok(third.rev > removed);
    }),
  );

  it(
    'STORE-30: many removals at once each get their answer',
    using(create, async (store) => {
      const names = Array.from({ length: 20 }, (_, n) => `s${n}` as SessionId);
      await store.append(names.map((name) => creation(name)));
      const results = await Promise.all([...names, 'none' as SessionId].map((name) => store.remove(name)));
      assert.deepEqual(
        results.map(({ outcome }) => outcome),
        [...names.map(() => 'ok'), 'missing'],
      );
      assert.deepEqual(await store.list({}), []);
    }),
  );
}

function counting(create: Create): void {
  const counters = (created: number, live: number, ended: number, archived: number, deleted: number): StoreCounters => ({
    created,
    live,
    ended,
    archived,
    deleted,
  });

  it(
    'STORE-31: sessions are counted as what they are: created = live + archived + deleted',
    using(create, async (store, { reopen }) => {
      const change = (id: string, head: { seq: number; hash: string }, status: string): AppendEntry =>
        following(id, head, [], { row: { ...FIELDS, status } });
      const ids = ['a', 'b', 'c', 'd', 'e'];
      const heads = [];
      for (const id of ids) heads.push(await appendOne(store, creation(id)));
      const [ha, hb, hc] = heads;
      assert.ok(ha && hb && hc);
      assert.deepEqual(await store.counters(), counters(5, 5, 0, 0, 0));
      await store.append([creation('a'), following('d', { ...ha, seq: 9 }, ['x'], { row: { ...FIELDS, status: 'ended' } })]);
      assert.deepEqual(await store.counters(), counters(5, 5, 0, 0, 0));
      await store.append([change('a', ha, 'ended'), change('b', hb, 'ended'), change('c', hc, 'paused')]);
      await store.append([change('a', ha, 'ended'), change('c', hc, 'archived')]);
      assert.deepEqual(await store.counters(), counters(5, 4, 2, 1, 0));
      await store.remove(a, { as: 'archived' });
      await store.remove('b' as SessionId);
      assert.deepEqual(await store.counters(), counters(5, 2, 0, 2, 1));
      assert.deepEqual(await store.append([creation('a')]), [{ outcome: 'refused', reason: 'exists' }]);
      const again = reopen === undefined ? store : await reopen();
      assert.deepEqual(await again.remove(a), { outcome: 'ok' });
      assert.deepEqual(await again.remove(a), { outcome: 'missing' });
      await again.remove('c' as SessionId);
      assert.deepEqual(await again.counters(), counters(5, 2, 0, 0, 3));
    }),
  );
}

function measuring(create: Create): void {
  it(
    'STORE-41: the size of a stored log is known, and falls with what is erased or pruned',
    using(create, async (store, { reopen }) => {
      const head = await fiveEvents(store, [5]);
      const texts = (await store.read(a, 0, 9)).events.map(({ header, content }) => header.length + (content?.length ?? 0));
      const sum = texts.reduce((bytes, length) => bytes + length, 0);
      const whole = await store.logBytes(a);
      assert.ok(whole >= sum && whole <= sum + 5 * 200, `${whole} bytes for ${sum} characters`);
      assert.equal(await store.logBytes('none' as SessionId), 0);
      await store.append([creation('b')]);
      assert.equal(await store.logBytes(a), whole);
      const longer = await appendOne(
        store,
        following('a', head, ['x'.repeat(10_000)], { side: [{ kind: 'snapshot', seq: 6, data: '{}' }] }),
      );
      const grown = await store.logBytes(a);
      assert.ok(grown >= whole + 10_000);
      await store.erase(a, [longer.seq]);
      assert.ok((await store.logBytes(a)) < grown - 9_000);
      const again = reopen === undefined ? store : await reopen();
      const before = await again.logBytes(a);
      assert.deepEqual((await again.prune(a, 5)).outcome, 'ok');
      assert.ok((await again.logBytes(a)) < before);
    }),
  );
}
