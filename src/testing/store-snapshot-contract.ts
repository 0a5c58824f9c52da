import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LogId, SessionId } from '../protocol/ids.ts';
import { appendOne, creation, event, FIELDS, following } from './store-entries.ts';
import { using } from './store-fixture.ts';
import type { Create } from './store-fixture.ts';

const a = 'a' as SessionId;
/** Longer than what is written at a time. */
const LARGE = `{"text":"${'ü large '.repeat(60_000)}"}`;

function made(head: { seq: number; hash: string }, text = LARGE): { seq: number; hash: string; data: Uint8Array } {
  return { seq: head.seq, hash: head.hash, data: Buffer.from(text) };
}

/** What every store must do with snapshots that were made apart from their session. */
export function snapshotContract(create: Create): void {
  it(
    'STORE-42: a snapshot that was made apart is read as any other, and takes the place of the oldest',
    using(create, async (store, { reopen }) => {
      let head = await appendOne(store, creation('a'));
      for (const seq of [2, 3])
        head = await appendOne(store, following('a', head, ['x'], { side: [{ kind: 'snapshot', seq, data: `{"at":${seq}}` }] }));
      head = await appendOne(store, following('a', head, ['four']));
      assert.equal(await store.keepSnapshot(a, made(head)), true);
      const again = reopen === undefined ? store : await reopen();
      assert.deepEqual(await again.readSnapshot(a, 4), { seq: 4, hash: head.hash, data: LARGE });
      assert.deepEqual(await again.snapshots(a), [
        { seq: 4, intact: true },
        { seq: 3, intact: true },
      ]);
      await appendOne(again, following('a', head, ['five'], { side: [{ kind: 'snapshot', seq: 4, data: '{"at":4}' }] }));
      assert.equal((await again.readSnapshot(a, 4))?.data, '{"at":4}');
    }),
  );

  it(
    'STORE-42: a snapshot of another log, ahead of the head, behind a kept one, too large or of nothing is not kept',
    using(create, async (store) => {
      const first = await appendOne(store, creation('a'));
      const head = await appendOne(store, following('a', first, ['two'], { side: [{ kind: 'snapshot', seq: 2, data: '{}' }] }));
      const last = await appendOne(store, following('a', head, ['three']));
      const refused = [
        { ...made(last), hash: first.hash },
        { ...made(last), seq: 4 },
        made(first),
        made(head),
        made(last, 'x'.repeat(64 * 1024 * 1024 + 1)),
      ];
      for (const snapshot of refused) assert.equal(await store.keepSnapshot(a, snapshot), false);
      assert.equal(await store.keepSnapshot('nobody' as SessionId, made(last)), false);
      assert.deepEqual(await store.snapshots(a), [{ seq: 2, intact: true }]);
    }),
  );

  it(
    'STORE-42: what is appended meanwhile goes between; a session that is removed or taken back meanwhile keeps nothing of it',
    using(create, async (store) => {
      const first = await appendOne(store, creation('a'));
      let head = await appendOne(store, following('a', first, ['two', 'three']));
      const kept = store.keepSnapshot(a, made(head));
      head = await appendOne(store, following('a', head, ['four']));
      assert.equal(await kept, true);

      const claim = await store.claim(a);
      const snapshot = made(head);
      await store.rewind({
        session: a,
        epoch: claim?.epoch ?? 0,
        expectedSeq: 4,
        to: 1,
        toHash: first.hash,
        logId: 'new log' as LogId,
        event: event('recovered'),
        at: 9_000,
        row: FIELDS,
        side: [],
      });
      assert.equal(await store.keepSnapshot(a, snapshot), false);
      const late = store.keepSnapshot(a, made((await store.read(a, 1, 2)).events[0] ?? first));
      await store.remove(a);
      await late;
      await appendOne(store, creation('a'));
      assert.deepEqual(await store.snapshots(a), []);
    }),
  );
}
