import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { DeadLetterQuery } from '../store/store-outbox.ts';
import type { SideWrite, Store } from '../store/store.ts';
import { appendOne, creation, following } from './store-entries.ts';
import { using } from './store-fixture.ts';
import type { Create } from './store-fixture.ts';

function entries(...ids: string[]): SideWrite[] {
  return ids.map((id) => ({ kind: 'outbox', id, body: `body of ${id}`, target: id.slice(0, 1) }));
}

async function heads(store: Store): Promise<string> {
  return (await store.outbox()).map(({ id }) => id).join(' ');
}

async function dead(store: Store, query: DeadLetterQuery = {}): Promise<string> {
  return (await store.deadLetters(query)).map(({ id }) => id).join(' ');
}

/** What every store must do with what waits to be delivered. */
export function outboxContract(create: Create): void {
  it(
    'STORE-34: each target gets its entries in order, one at a time, whatever becomes of other targets',
    using(create, async (store) => {
      assert.equal(await heads(store), '');
      await store.append([
        { ...creation('a'), side: entries('y1', 'x1', 'y2') },
        { ...creation('b'), side: [...entries('x2'), { kind: 'outbox', id: 'z', body: '' }] },
      ]);
      assert.equal(await heads(store), 'z x1 y1');
      await store.markOutbox([{ id: 'x1', outcome: 'done' }]);
      assert.equal(await heads(store), 'z x2 y1');
      await store.markOutbox([
        { id: 'y1', outcome: 'failed', nextTryAt: 9, failure: 'no answer' },
        { id: 'z', outcome: 'done' },
        { id: 'x1', outcome: 'done' },
      ]);
      assert.equal(await heads(store), 'x2 y1');
      await store.markOutbox([
        { id: 'x2', outcome: 'done' },
        { id: 'y1', outcome: 'done' },
      ]);
      assert.equal(await heads(store), 'y2');
    }),
  );

  it(
    'STORE-34: an entry says what it is, how often it failed, why, and when to try again; also after a restart',
    using(create, async (store, { reopen }) => {
      await appendOne(store, { ...creation('a'), at: 7, side: entries('x1') });
      const [row] = await store.outbox();
      const waiting = { number: row?.number, id: 'x1', target: 'x', session: 'a', body: 'body of x1', createdAt: 7, nextTryAt: 7 };
      assert.deepEqual(row, { ...waiting, attempts: 0, failure: null });
      await store.markOutbox([{ id: 'x1', outcome: 'failed', nextTryAt: 50, failure: 'status 500' }]);
      await store.markOutbox([{ id: 'x1', outcome: 'failed', nextTryAt: 90, failure: 'no answer' }]);
      const again = reopen === undefined ? store : await reopen();
      assert.deepEqual(await again.outbox(), [{ ...waiting, nextTryAt: 90, attempts: 2, failure: 'no answer' }]);
    }),
  );

  it(
    'STORE-34: an id that waits is not written twice, and outlives its session',
    using(create, async (store) => {
      const head = await appendOne(store, { ...creation('a'), side: entries('x1') });
      await appendOne(store, following('a', head, [], { side: [{ kind: 'outbox', id: 'x1', body: 'other', target: 'w' }] }));
      await store.remove('a' as SessionId);
      assert.deepEqual(
        (await store.outbox()).map(({ id, body }) => [id, body]),
        [['x1', 'body of x1']],
      );
    }),
  );

  it(
    'STORE-35: a dead letter is set aside, those behind it go on, and it can take its place again',
    using(create, async (store) => {
      await appendOne(store, { ...creation('a'), side: entries('x1', 'x2', 'x3', 'y1') });
      await store.markOutbox(['x1', 'x2', 'y1'].map((id) => ({ id, outcome: 'dead', failure: 'gone' })));
      assert.deepEqual([await heads(store), await dead(store)], ['x3', 'x1 x2 y1']);
      const [x1] = await store.deadLetters({});
      assert.deepEqual([x1?.attempts, x1?.failure], [1, 'gone']);
      assert.deepEqual([await dead(store, { target: 'y' }), await dead(store, { limit: 1 })], ['y1', 'x1']);
      assert.deepEqual([await dead(store, { after: x1, limit: 1 }), await dead(store, { target: 'x', after: x1 })], ['x2', 'x2']);
      await store.markOutbox([
        { id: 'x1', outcome: 'again', nextTryAt: 5 },
        { id: 'x2', outcome: 'failed', nextTryAt: 5, failure: 'not waiting' },
        { id: 'x3', outcome: 'again', nextTryAt: 77 },
        { id: 'y1', outcome: 'done' },
      ]);
      assert.deepEqual([await heads(store), await dead(store)], ['x1', 'x2']);
      assert.deepEqual(
        (await store.outbox()).map(({ attempts, nextTryAt }) => [attempts, nextTryAt]),
        [[0, 5]],
      );
    }),
  );
}
