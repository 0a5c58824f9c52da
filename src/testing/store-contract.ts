import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import type { CatalogueQuery, EventInput, Store } from '../store/store.ts';
import { appendOne, creation, event, FIELDS, following } from './store-entries.ts';
import { using } from './store-fixture.ts';
import type { Create } from './store-fixture.ts';
import { outboxContract } from './store-outbox-contract.ts';
import { recoveryContract } from './store-recovery-contract.ts';
import { removalContract } from './store-removal-contract.ts';
import { sideContract } from './store-side-contract.ts';
import { snapshotContract } from './store-snapshot-contract.ts';
import { transferContract } from './store-transfer-contract.ts';

export type { StoreFixture } from './store-fixture.ts';

/** What every store must do. Give `create` a way to make an empty one; run it in a test file of the implementation. */
export function storeContract(name: string, { create }: { create: Create }): void {
  describe(`${name} keeps the contract of a store`, () => {
    appending(create);
    reading(create);
    refusing(create);
    bounding(create);
    fencing(create);
    snapshots(create);
    listing(create);
    resuming(create);
    opening(create);
    sideContract(create);
    removalContract(create);
    recoveryContract(create);
    snapshotContract(create);
    outboxContract(create);
    transferContract(create);
  });
}

function appending(create: Create): void {
  it(
    'STORE-1: appended events are read back as they were, in order',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      await appendOne(store, following('a', head, ['two', 'three']));
      const { events, damage } = await store.read('a' as SessionId, 0, 3);
      assert.equal(damage, undefined);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        [1, 2, 3],
      );
      assert.deepEqual(
        events.map(({ header, content }) => ({ header, content })),
        [event('a 1'), event('two'), event('three')],
      );
    }),
  );

  it(
    'STORE-1: a range is read without its lower end and with its upper one',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      await appendOne(store, following('a', head, ['two', 'three', 'four']));
      for (const [after, upTo, expected] of [
        [1, 3, [2, 3]],
        [0, 1, [1]],
        [3, 99, [4]],
        [4, 99, []],
        [9, 99, []],
        [2, 2, []],
      ] as const) {
        const { events, damage } = await store.read('a' as SessionId, after, upTo);
        assert.deepEqual([events.map(({ seq }) => seq), damage], [expected, undefined], `${after} to ${upTo}`);
      }
    }),
  );

  it(
    'STORE-1: a long log is read whole',
    using(create, async (store) => {
      let head = await appendOne(store, creation('a'));
      for (let round = 0; round < 7; round += 1) {
        head = await appendOne(
          store,
          following(
            'a',
            head,
            Array.from({ length: 100 }, (_, i) => `${round} ${i}`),
          ),
        );
      }
      const { events, damage } = await store.read('a' as SessionId, 0, 701);
      assert.equal(damage, undefined);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        Array.from({ length: 701 }, (_, i) => i + 1),
      );
      assert.equal(events.at(-1)?.hash, head.hash);
    }),
  );
}

function reading(create: Create): void {
  it(
    'STORE-1: a session that does not exist reads as empty',
    using(create, async (store) => {
      assert.deepEqual((await store.read('none' as SessionId, 0, 10)).events, []);
      assert.equal(await store.get('none' as SessionId), undefined);
    }),
  );

  it(
    'LOG-1: each event is linked to the one before by the documented hash',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      await appendOne(store, following('a', head, ['two']));
      const { events } = await store.read('a' as SessionId, 0, 2);
      const first = link(GENESIS_HASH, event('a 1'));
      assert.deepEqual(
        events.map(({ hash }) => hash),
        [first, link(first, event('two'))],
      );
      assert.equal(head.hash, first);
    }),
  );
}

function refusing(create: Create): void {
  it(
    'STORE-2: each entry of a batch succeeds or fails alone, and results keep their order',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const large = { header: '[]', content: 'x'.repeat(1024 * 1024) };
      const results = await store.append([
        following('a', head, ['two']),
        creation('a'),
        { ...creation('b'), events: [large] },
        following('a', head, ['stale']),
        creation('c'),
      ]);
      assert.deepEqual(
        results.map(({ outcome }) => outcome),
        ['ok', 'refused', 'refused', 'fenced', 'ok'],
      );
      assert.equal((await store.get('a' as SessionId))?.headSeq, 2);
      assert.equal(await store.get('b' as SessionId), undefined);
      assert.equal((await store.get('c' as SessionId))?.headSeq, 1);
    }),
  );

  it(
    'STORE-2: a session may append twice in one batch',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const second = link(head.hash, event('two'));
      const results = await store.append([following('a', head, ['two']), following('a', { seq: 2, hash: second }, ['three'])]);
      assert.deepEqual(
        results.map(({ outcome }) => outcome),
        ['ok', 'ok'],
      );
    }),
  );
}

function bounding(create: Create): void {
  it(
    'STORE-3: too large is refused: an event, the events of an entry',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const almost = { header: '[]', content: 'x'.repeat(1024 * 1024 - 2) };
      const over = { header: '[]', content: 'x'.repeat(1024 * 1024 - 1) };
      const wide = { header: '[]', content: '✓'.repeat(400_000) };
      for (const events of [[over], [wide], Array.from({ length: 9 }, () => almost)]) {
        const [result] = await store.append([following('a', head, [], { events })]);
        assert.deepEqual(result, { outcome: 'refused', reason: 'too-large' });
      }
      const [taken] = await store.append([following('a', head, [], { events: [almost] })]);
      assert.equal(taken?.outcome, 'ok');
    }),
  );

  it(
    'STORE-3: a batch may be of any size',
    using(create, async (store) => {
      const events = Array.from({ length: 8 }, () => ({ header: '[]', content: 'x'.repeat(1_000_000) }));
      const results = await store.append(['a', 'b', 'c', 'd', 'e', 'f'].map((session) => ({ ...creation(session), events })));
      assert.deepEqual(
        results.map(({ outcome }) => outcome),
        ['ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
      );
    }),
  );

  it(
    'STORE-3: an entry that contradicts itself is refused',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const ahead = following('a', head, ['two'], { side: [{ kind: 'snapshot', seq: 3, data: '{}' }] });
      const results = await store.append([
        ahead,
        { ...creation('b'), row: undefined },
        { ...creation('b'), epoch: 2 },
        { ...creation('b'), expectedHash: head.hash },
      ]);
      for (const result of results) assert.deepEqual(result, { outcome: 'refused', reason: 'invalid' });
    }),
  );
}

function fencing(create: Create): void {
  it(
    'STORE-4: an append needs the current epoch, head seq and head hash, and is told them otherwise',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const wrong = { seq: 1, hash: 'f'.repeat(64) };
      for (const entry of [
        following('a', head, ['x'], { epoch: 2 }),
        following('a', { ...head, seq: 2 }, ['x']),
        following('a', { ...head, seq: 0 }, ['x']),
        following('a', wrong, ['x']),
      ]) {
        assert.deepEqual(await store.append([entry]), [{ outcome: 'fenced', epoch: 1, seq: 1 }]);
      }
      assert.deepEqual(await store.append([following('none', head, ['x'])]), [{ outcome: 'fenced', epoch: 0, seq: 0 }]);
      assert.equal((await store.read('a' as SessionId, 0, 9)).events.length, 1);
    }),
  );

  it(
    'STORE-4: a session cannot be created twice',
    using(create, async (store) => {
      await appendOne(store, creation('a'));
      assert.deepEqual(await store.append([creation('a')]), [{ outcome: 'refused', reason: 'exists' }]);
    }),
  );

  it(
    'STORE-5: a claim raises the epoch, returns the head and shuts the owner before out',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const claim = await store.claim('a' as SessionId);
      assert.deepEqual([claim?.epoch, claim?.headSeq, claim?.headHash, claim?.row.epoch], [2, 1, head.hash, 2]);
      assert.deepEqual(await store.append([following('a', head, ['late'])]), [{ outcome: 'fenced', epoch: 2, seq: 1 }]);
      await appendOne(store, following('a', head, ['new'], { epoch: 2 }));
    }),
  );

  it(
    'STORE-5: claims made at once each get an epoch of their own',
    using(create, async (store) => {
      await store.append([creation('a'), creation('b')]);
      const ids = ['a', 'b', 'a', 'none'] as SessionId[];
      const claims = await Promise.all(ids.map((session) => store.claim(session)));
      assert.deepEqual(
        claims.map((claim) => claim?.epoch),
        [2, 2, 3, undefined],
      );
    }),
  );
}

function snapshots(create: Create): void {
  it(
    'STORE-6: the newest snapshot at or below a seq is read, with the hash of its event',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const side = [
        { kind: 'snapshot', seq: 2, data: '{"at":2}' },
        { kind: 'snapshot', seq: 3, data: '{"at":"3 ✓"}' },
      ] as const;
      await appendOne(store, following('a', head, ['two', 'three'], { side }));
      const { events } = await store.read('a' as SessionId, 0, 3);
      const read = (atMost: number) => store.readSnapshot('a' as SessionId, atMost);
      assert.deepEqual(await read(99), { seq: 3, hash: events[2]?.hash, data: '{"at":"3 ✓"}' });
      assert.deepEqual(await read(2), { seq: 2, hash: events[1]?.hash, data: '{"at":2}' });
      assert.equal(await read(1), undefined);
      assert.equal(await store.readSnapshot('none' as SessionId, 9), undefined);
    }),
  );

  it(
    'STORE-6: a snapshot may come after the commit of its seq, without events',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      const result = await appendOne(store, following('a', head, [], { side: [{ kind: 'snapshot', seq: 1, data: '{}' }] }));
      assert.deepEqual([result.seq, result.hash], [1, head.hash]);
      assert.deepEqual(await store.readSnapshot('a' as SessionId, 1), { seq: 1, hash: head.hash, data: '{}' });
    }),
  );

  it(
    'STORE-6: the newest two snapshots of a session are kept',
    using(create, async (store) => {
      let head = await appendOne(store, creation('a'));
      for (const seq of [2, 3, 4]) {
        head = await appendOne(store, following('a', head, ['x'], { side: [{ kind: 'snapshot', seq, data: `${seq}` }] }));
      }
      const found = await Promise.all([4, 3, 2].map((seq) => store.readSnapshot('a' as SessionId, seq)));
      assert.deepEqual(
        found.map((snapshot) => snapshot?.data),
        ['4', '3', undefined],
      );
    }),
  );
}

async function ids(store: Store, query: CatalogueQuery): Promise<string> {
  return (await store.list(query)).map(({ session }) => session).join(' ');
}

function listing(create: Create): void {
  it(
    'STORE-7: a row says what was given and where its log stands',
    using(create, async (store) => {
      const fields = { ...FIELDS, name: 'Žluťoučký', campaign: 'c', maxSeats: null, nextDueAt: 5, listing: '{"round":1}', listed: false };
      const { rev } = await appendOne(store, creation('a', fields));
      const row = { ...fields, session: 'a', logId: 'log of a', epoch: 1, headSeq: 1, rev, updatedAt: 1_000 };
      assert.deepEqual(await store.get('a' as SessionId), row);
      assert.deepEqual(await store.list({}), [row]);
    }),
  );

  it(
    'STORE-7: an append moves head and time of a row, and its fields where it brings new ones',
    using(create, async (store) => {
      const first = await appendOne(store, creation('a'));
      const second = await appendOne(store, following('a', first, ['two'], { at: 2_000 }));
      const third = await appendOne(store, following('a', second, [], { at: 3_000, row: { ...FIELDS, status: 'ended' } }));
      assert.equal(second.rev, first.rev);
      assert.ok(third.rev > second.rev);
      const row = await store.get('a' as SessionId);
      assert.deepEqual([row?.headSeq, row?.updatedAt, row?.status, row?.rev], [2, 3_000, 'ended', third.rev]);
    }),
  );

  it(
    'STORE-7: lists filter on every field of the query',
    using(create, async (store) => {
      await store.append([
        creation('a', { type: 'chess', status: 'ended', owner: 'bob', createdAt: 1, name: 'Über Mountains', seats: 2, maxSeats: 2 }),
        creation('b', { campaign: 'c1', createdAt: 2, name: 'ÜBER everything', maxSeats: null }),
        creation('c', { campaign: 'c2', createdAt: 3, listed: false, name: '100% _real_' }),
      ]);
      const cases: [CatalogueQuery, string][] = [
        [{}, 'c b a'],
        [{ type: 'chess' }, 'a'],
        [{ status: 'active' }, 'c b'],
        [{ campaign: 'c1' }, 'b'],
        [{ owner: 'bob' }, 'a'],
        [{ text: 'über' }, 'b a'],
        [{ text: '% _' }, 'c'],
        [{ text: '' }, 'c b a'],
        [{ seatsFree: true }, 'c b'],
        [{ seatsFree: false }, 'a'],
        [{ listed: true }, 'b a'],
        [{ listed: false }, 'c'],
        [{ status: 'active', listed: true, text: 'EVERY' }, 'b'],
        [{ type: 'none' }, ''],
      ];
      for (const [query, expected] of cases) assert.equal(await ids(store, query), expected, JSON.stringify(query));
    }),
  );

  it(
    'STORE-7: a list by creation is cut and goes on after its last row',
    using(create, async (store) => {
      await store.append(['a', 'b', 'c', 'd'].map((id) => creation(id, { createdAt: id === 'd' ? 1 : 2 })));
      assert.equal(await ids(store, { limit: 2 }), 'c b');
      assert.equal(await ids(store, { limit: 2, before: { createdAt: 2, session: 'b' as SessionId } }), 'a d');
      assert.equal(await ids(store, { before: { createdAt: 1, session: 'd' as SessionId } }), '');
    }),
  );
}

function resuming(create: Create): void {
  it(
    'STORE-8: rev grows with every change of fields, so that a list resumes from it',
    using(create, async (store) => {
      const results = await store.append([creation('a'), creation('b'), creation('c')]);
      const revs = results.map((result) => (result.outcome === 'ok' ? result.rev : 0));
      const [first, second] = results;
      assert.ok(first?.outcome === 'ok' && second?.outcome === 'ok');
      assert.deepEqual(
        revs,
        revs.toSorted((a, b) => a - b),
      );
      assert.equal(await ids(store, { afterRev: first.rev }), 'b c');
      await appendOne(store, following('a', first, ['x'], { row: { ...FIELDS, seats: 2 } }));
      await appendOne(store, following('b', second, ['x']));
      assert.equal(await ids(store, { afterRev: 0 }), 'b c a');
      assert.equal(await ids(store, { afterRev: 0, limit: 2 }), 'b c');
      assert.equal(await ids(store, { afterRev: Math.max(...revs), type: 'tabletop' }), 'a');
    }),
  );
}

function opening(create: Create): void {
  it(
    'STORE-9: nothing is answered before open or after close',
    using(create, async (store) => {
      await store.close();
      await store.close();
      const session = 'a' as SessionId;
      const calls = [
        store.append([creation('a')]),
        store.claim(session),
        store.read(session, 0, 1),
        store.readSnapshot(session, 1),
        store.list({}),
        store.get(session),
        store.findInvite('h'),
        store.acts({}),
        store.history({}),
        store.due(1, 1),
        store.outbox(),
        store.markOutbox([]),
        store.deadLetters({}),
        store.beginning(session),
        store.logBytes(session),
        store.backup('/nowhere'),
        store.erase(session, [1]),
        store.prune(session, 1),
        store.remove(session),
        store.wipe(),
        store.counters(),
        store.removedRev(),
        store.quarantine(session, null),
        store.quarantined(),
        store.remnants(session, 0),
        store.snapshots(session),
        store.setAside(session),
        store.probe(),
      ];
      for (const call of calls) await assert.rejects(call, { name: 'StoreError', code: 'not-open' });
    }),
  );

  it(
    'STORE-9: closing waits for what is under way',
    using(create, async (store) => {
      const appended = store.append([creation('a')]);
      await store.close();
      assert.equal((await appended)[0]?.outcome, 'ok');
    }),
  );

  it(
    'STORE-9: a probe says how long a durable write takes',
    using(create, async (store) => {
      const took = await store.probe();
      assert.ok(took >= 0 && took < 60_000, `${took} ms`);
    }),
  );

  it(
    'STORE-9: everything is there again after a restart',
    using(create, async (store, { reopen }) => {
      if (reopen === undefined) return;
      const head = await appendOne(store, creation('a'));
      const side = [{ kind: 'snapshot', seq: 2, data: '{}' }] as const;
      const { rev } = await appendOne(store, following('a', head, ['two'], { side, row: { ...FIELDS, seats: 2 } }));
      const before = [
        await store.get('a' as SessionId),
        await store.read('a' as SessionId, 0, 2),
        await store.readSnapshot('a' as SessionId, 2),
      ];
      const again = await reopen();
      const after = [
        await again.get('a' as SessionId),
        await again.read('a' as SessionId, 0, 2),
        await again.readSnapshot('a' as SessionId, 2),
      ];
      assert.deepEqual(after, before);
      assert.ok((await appendOne(again, creation('b'))).rev > rev);
    }),
  );
}

function link(prevHash: string, { header, content }: EventInput): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(header));
  const contentHash = createHash('sha256').update(content).digest();
  return createHash('sha256').update(Buffer.from(prevHash, 'hex')).update(length).update(header).update(contentHash).digest('hex');
}
