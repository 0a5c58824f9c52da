import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { ActQuery, HistoryQuery } from '../store/store-queries.ts';
import type { SideWrite, Store } from '../store/store.ts';
import { appendOne, creation, FIELDS, following } from './store-entries.ts';
import { using } from './store-fixture.ts';
import type { Create } from './store-fixture.ts';

const a = 'a' as SessionId;
const b = 'b' as SessionId;

/** What every store must do with the writes that ride beside events. */
export function sideContract(create: Create): void {
  ridingAlong(create);
  bounding(create);
  invites(create);
  acts(create);
  histories(create);
  dueTimes(create);
}

function ridingAlong(create: Create): void {
  it(
    'STORE-21: side writes are written together with their entry, or not at all',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const side = oneOfEach('x');
      const stale = following('a', { ...head, seq: 7 }, ['late'], { side });
      const [fenced, refused] = await store.append([stale, { ...creation('a'), side }]);
      assert.deepEqual([fenced?.outcome, refused?.outcome], ['fenced', 'refused']);
      assert.deepEqual(await traces(store), [undefined, 0, 0]);
      await appendOne(store, following('a', head, ['two'], { side }));
      assert.deepEqual(await traces(store), [{ session: 'a', invite: 'x' }, 1, 1]);
    }),
  );

  it(
    'STORE-21: side writes may ride in a creation, and without events',
    using(create, async (store) => {
      const head = await appendOne(store, { ...creation('a'), side: [{ kind: 'invite', hash: 'h', invite: 'one' }] });
      assert.deepEqual(await store.findInvite('h'), { session: 'a', invite: 'one' });
      await appendOne(store, following('a', head, [], { side: [{ kind: 'invite-end', hash: 'h' }] }));
      assert.equal(await store.findInvite('h'), undefined);
    }),
  );

  it(
    'STORE-21: side writes are there after a restart',
    using(create, async (store, { reopen }) => {
      if (reopen === undefined) return;
      await appendOne(store, { ...creation('a', { nextDueAt: 5 }), side: oneOfEach('x') });
      const all = async (from: Store): Promise<unknown[]> =>
        Promise.all([from.findInvite('x'), from.acts({}), from.history({ person: 'ann' }), from.due(5, 1)]);
      const before = await all(store);
      assert.deepEqual(await all(await reopen()), before);
    }),
  );
}

/** One side write of each kind but the snapshot. */
function oneOfEach(name: string): SideWrite[] {
  return [
    { kind: 'invite', hash: name, invite: name },
    { kind: 'act', seq: 1, at: 5, who: 'ann', subject: null, what: name },
    { kind: 'history', data: '{}', startedAt: 1, endedAt: null, people: ['ann'] },
    { kind: 'outbox', id: name, body: '{}' },
  ];
}

async function traces(store: Store): Promise<unknown[]> {
  return [await store.findInvite('x'), (await store.acts({})).length, (await store.history({})).length];
}

function bounding(create: Create): void {
  it(
    'STORE-22: a side write over its size is refused: a name, a history, its people, an outbox body, their number',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const history = { kind: 'history', data: '{}', startedAt: 1, endedAt: null, people: [] } as const;
      const act = { kind: 'act', seq: 1, at: 1, who: 'ann', subject: 'bob', what: 'kick' } as const;
      const long = 'é'.repeat(129);
      const invite = { kind: 'invite', hash: 'h', invite: 'one' } as const;
      const cases: SideWrite[][] = [
        [{ ...invite, hash: long }],
        [{ ...invite, invite: long }],
        [{ kind: 'invite-end', hash: long }],
        [{ ...act, who: long }],
        [{ ...act, subject: long }],
        [{ ...act, what: long }],
        [{ ...history, data: 'x'.repeat(1024 * 1024 + 1) }],
        [{ ...history, people: Array.from({ length: 10_001 }, (_, n) => `p${n}`) }],
        [{ ...history, people: [long] }],
        [{ kind: 'outbox', id: long, body: '' }],
        [{ kind: 'outbox', id: 'o', body: '', target: long }],
        [{ kind: 'outbox', id: 'o', body: 'x'.repeat(256 * 1024 + 1) }],
        Array.from({ length: 10_001 }, () => act),
      ];
      for (const side of cases) {
        const [result] = await store.append([following('a', head, ['two'], { side })]);
        assert.deepEqual(result, { outcome: 'refused', reason: 'too-large' }, JSON.stringify(side).slice(0, 80));
      }
      const largest = [
        { ...history, data: 'x'.repeat(1024 * 1024) },
        { ...act, what: 'é'.repeat(128) },
      ];
      await appendOne(store, following('a', head, ['two'], { side: largest }));
    }),
  );

  it(
    'STORE-22: an act ahead of its entry and a time that is none are refused',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const act = { kind: 'act', seq: 2, at: 1, who: 'ann', subject: null, what: 'kick' } as const;
      const history = { kind: 'history', data: '{}', startedAt: 1, endedAt: null, people: [] } as const;
      const cases: SideWrite[] = [
        { ...act, seq: 3 },
        { ...act, seq: 0 },
        { ...act, seq: 1.5 },
        { ...act, at: Number.NaN },
        { ...history, startedAt: Number.POSITIVE_INFINITY },
        { ...history, endedAt: Number.NaN },
      ];
      for (const write of cases) {
        const [result] = await store.append([following('a', head, ['two'], { side: [write] })]);
        assert.deepEqual(result, { outcome: 'refused', reason: 'invalid' }, JSON.stringify(write));
      }
      await appendOne(store, following('a', head, ['two'], { side: [act] }));
    }),
  );
}

function invites(create: Create): void {
  it(
    'STORE-23: a token’s hash leads to its session until the invite ends',
    using(create, async (store) => {
      const side = ['h1', 'h2'].map((hash) => ({ kind: 'invite', hash, invite: `invite ${hash}` }) as const);
      const head = await appendOne(store, { ...creation('a'), side });
      assert.deepEqual(await store.findInvite('h1'), { session: 'a', invite: 'invite h1' });
      await appendOne(store, following('a', head, [], { side: [{ kind: 'invite-end', hash: 'h1' }] }));
      assert.equal(await store.findInvite('h1'), undefined);
      assert.deepEqual(await store.findInvite('h2'), { session: 'a', invite: 'invite h2' });
      assert.equal(await store.findInvite('h'), undefined);
    }),
  );

  it(
    'STORE-23: no session takes or ends the invite of another',
    using(create, async (store) => {
      await appendOne(store, { ...creation('a'), side: [{ kind: 'invite', hash: 'h', invite: 'one' }] });
      const head = await appendOne(store, { ...creation('b'), side: [{ kind: 'invite', hash: 'h', invite: 'two' }] });
      await appendOne(store, following('b', head, [], { side: [{ kind: 'invite-end', hash: 'h' }] }));
      assert.deepEqual(await store.findInvite('h'), { session: 'a', invite: 'one' });
    }),
  );
}

async function whats(store: Store, query: ActQuery): Promise<string> {
  return (await store.acts(query)).map(({ what }) => what).join(' ');
}

function acts(create: Create): void {
  it(
    'STORE-24: acts are found by who, whom, session and time, newest first',
    using(create, async (store) => {
      const act = { kind: 'act', seq: 1, who: 'ann', subject: null } as const;
      await appendOne(store, {
        ...creation('a'),
        side: [
          { ...act, at: 1, what: 'create' },
          { ...act, at: 3, what: 'kick', subject: 'bob' },
          { ...act, at: 3, what: 'ban', subject: 'bob' },
        ],
      });
      await appendOne(store, { ...creation('b'), side: [{ ...act, at: 2, who: 'eve', what: 'role', subject: 'bob' }] });
      const cases: [ActQuery, string][] = [
        [{}, 'ban kick role create'],
        [{ who: 'ann' }, 'ban kick create'],
        [{ who: 'ann', subject: 'bob' }, 'ban kick'],
        [{ subject: 'bob' }, 'ban kick role'],
        [{ subject: 'bob', session: b }, 'role'],
        [{ session: a, who: 'eve' }, ''],
        [{ session: 'none' as SessionId }, ''],
        [{ from: 2 }, 'ban kick role'],
        [{ from: 2, to: 3 }, 'role'],
        [{ to: 1 }, ''],
        [{ who: 'ann', to: 3 }, 'create'],
      ];
      for (const [query, expected] of cases) assert.equal(await whats(store, query), expected, JSON.stringify(query));
      const [ban] = await store.acts({ limit: 1 });
      assert.deepEqual(ban, { id: ban?.id, session: 'a', seq: 1, at: 3, who: 'ann', subject: 'bob', what: 'ban' });
    }),
  );

  it(
    'STORE-24: a list of acts is cut and goes on after its last row',
    using(create, async (store) => {
      const side = [4, 4, 4, 9, 1].map((at, n) => ({ kind: 'act', seq: 1, at, who: 'ann', subject: 'bob', what: `${n}` }) as const);
      await appendOne(store, { ...creation('a'), side });
      for (const query of [{}, { who: 'ann' }, { subject: 'bob' }, { session: a }]) {
        const pages: string[] = [];
        let before: ActQuery['before'];
        for (;;) {
          const rows = await store.acts({ ...query, limit: 2, before });
          if (rows.length === 0) break;
          pages.push(rows.map(({ what }) => what).join(' '));
          before = rows.at(-1);
        }
        assert.deepEqual(pages, ['3 2', '1 0', '4'], JSON.stringify(query));
      }
    }),
  );
}

async function found(store: Store, query: HistoryQuery): Promise<string> {
  return (await store.history(query)).map(({ session }) => session).join(' ');
}

function histories(create: Create): void {
  it(
    'STORE-25: a session has one history record, replaced whole, its people included',
    using(create, async (store) => {
      const first = { kind: 'history', data: '{"n":1}', startedAt: 10, endedAt: null, people: ['ann', 'bob'] } as const;
      const head = await appendOne(store, { ...creation('a', { campaign: 'c' }), side: [first] });
      assert.deepEqual(await store.history({}), [
        { session: 'a', type: 'tabletop', campaign: 'c', startedAt: 10, endedAt: null, people: ['ann', 'bob'], data: '{"n":1}' },
      ]);
      const second = { kind: 'history', data: '{"n":2}', startedAt: 20, endedAt: 30, people: ['bob', 'cleo', 'cleo'] } as const;
      const side = [{ ...second, people: ['dan'] }, second];
      await appendOne(store, following('a', head, ['two'], { side, row: { ...FIELDS, campaign: 'd' } }));
      assert.deepEqual(await store.history({}), [
        { session: 'a', type: 'tabletop', campaign: 'd', startedAt: 20, endedAt: 30, people: ['bob', 'cleo'], data: '{"n":2}' },
      ]);
      const people = ['ann', 'bob', 'cleo', 'dan'];
      assert.deepEqual(await Promise.all(people.map((person) => found(store, { person }))), ['', 'a', 'a', '']);
    }),
  );

  it(
    'STORE-25: history records are found by session, campaign, person and time, latest start first',
    using(create, async (store) => {
      const record = { kind: 'history', data: '{}', endedAt: null } as const;
      await store.append([
        { ...creation('a', { campaign: 'c1' }), side: [{ ...record, startedAt: 1, people: ['ann'] }] },
        { ...creation('b', { campaign: 'c1' }), side: [{ ...record, startedAt: 3, people: ['ann', 'bob'] }] },
        { ...creation('c', { campaign: 'c2' }), side: [{ ...record, startedAt: 2, people: ['bob'] }] },
        { ...creation('d'), side: [{ ...record, startedAt: 2, people: [] }] },
      ]);
      const cases: [HistoryQuery, string][] = [
        [{}, 'b d c a'],
        [{ session: b }, 'b'],
        [{ campaign: 'c1' }, 'b a'],
        [{ person: 'ann' }, 'b a'],
        [{ person: 'bob', campaign: 'c1' }, 'b'],
        [{ person: 'bob', session: a }, ''],
        [{ type: 'tabletop', person: 'bob' }, 'b c'],
        [{ type: 'chess' }, ''],
        [{ from: 2 }, 'b d c'],
        [{ from: 2, to: 3 }, 'd c'],
        [{ person: 'ann', to: 3 }, 'a'],
        [{ campaign: 'c1', from: 2 }, 'b'],
        [{ limit: 2 }, 'b d'],
        [{ limit: 2, before: { startedAt: 2, session: 'd' as SessionId } }, 'c a'],
        [{ person: 'bob', before: { startedAt: 3, session: b } }, 'c'],
        [{ campaign: 'c1', before: { startedAt: 3, session: b } }, 'a'],
      ];
      for (const [query, expected] of cases) assert.equal(await found(store, query), expected, JSON.stringify(query));
    }),
  );
}

function dueTimes(create: Create): void {
  it(
    'STORE-40: stored sessions are counted by the type and version of their definition',
    using(create, async (store) => {
      assert.deepEqual(await store.versions(), []);
      const of = (id: string, type: string, definitionVersion: number) => creation(id, { type, definitionVersion });
      await store.append([of('a', 'dice', 2), of('b', 'dice', 10), of('c', 'chess', 1), of('d', 'dice', 2)]);
      const versions = (await store.versions()).map(({ type, version, sessions }) => `${type} ${version}: ${sessions}`);
      assert.deepEqual(versions, ['chess 1: 1', 'dice 2: 2', 'dice 10: 1']);
      await store.remove('a' as SessionId);
      assert.equal((await store.versions())[1]?.sessions, 1);
    }),
  );

  it(
    'STORE-26: sessions that are due are found, the earliest first, and a list goes on after its last row',
    using(create, async (store) => {
      const dues = { a: 30, b: 10, c: null, d: 20, e: 20 };
      await store.append(Object.entries(dues).map(([id, nextDueAt]) => creation(id, { nextDueAt })));
      const due = async (...args: Parameters<Store['due']>): Promise<string> =>
        (await store.due(...args)).map(({ session }) => session).join(' ');
      assert.equal(await due(9, 10), '');
      assert.equal(await due(20, 10), 'b d e');
      assert.equal(await due(99, 2), 'b d');
      assert.equal(await due(99, 2, { nextDueAt: 20, session: 'd' as SessionId }), 'e a');
    }),
  );

  it(
    'STORE-26: sessions to be cleaned up are found by a time of their own',
    using(create, async (store) => {
      const times = { a: 30, b: 10, c: null, d: 20, e: 20 };
      await store.append(Object.entries(times).map(([id, cleanupAt]) => creation(id, { cleanupAt, nextDueAt: 5 })));
      const due = async (...args: Parameters<Store['dueForCleanup']>): Promise<string> =>
        (await store.dueForCleanup(...args)).map(({ session }) => session).join(' ');
      assert.equal(await due(9, 10), '');
      assert.equal(await due(20, 10), 'b d e');
      assert.equal(await due(99, 2, { cleanupAt: 20, session: 'd' as SessionId }), 'e a');
      assert.equal((await store.due(99, 10)).length, 5);
    }),
  );

  it(
    'STORE-26: a session is due when its row says so, and no longer when it does not',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a', { nextDueAt: 10 }));
      const later = await appendOne(store, following('a', head, [], { row: { ...FIELDS, nextDueAt: 20 } }));
      assert.deepEqual([await store.due(19, 10), (await store.due(20, 10)).length], [[], 1]);
      await appendOne(store, following('a', later, [], { row: { ...FIELDS, nextDueAt: null } }));
      assert.deepEqual(await store.due(Number.MAX_SAFE_INTEGER, 10), []);
    }),
  );
}
