import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LogId, SessionId } from '../protocol/ids.ts';
import type { Rewind } from '../store/store-recovery.ts';
import type { Store } from '../store/store.ts';
import { appendOne, creation, event, FIELDS, following } from './store-entries.ts';
import { using } from './store-fixture.ts';
import type { Create } from './store-fixture.ts';

const a = 'a' as SessionId;
const MARK = { kind: 'damage', reason: 'the event does not match its hash', seq: 3, at: 7_000 } as const;

/** What every store must do with logs that cannot be trusted. */
export function recoveryContract(create: Create): void {
  marking(create);
  rewinding(create);
}

function marking(create: Create): void {
  it(
    'RECOVERY-1: a quarantine is kept until it is taken away, also over a restart',
    using(create, async (store, { reopen }) => {
      await appendOne(store, creation('a'));
      assert.equal(await store.quarantine(a, MARK), true);
      assert.equal(await store.quarantine('nobody' as SessionId, MARK), false);
      const again = reopen === undefined ? store : await reopen();
      assert.deepEqual(await again.quarantined(), [{ session: 'a', ...MARK }]);
      await again.quarantine(a, { ...MARK, seq: 2 });
      assert.deepEqual(
        (await again.quarantined()).map(({ seq }) => seq),
        [2],
      );
      await again.quarantine(a, null);
      assert.deepEqual(await again.quarantined(), []);
    }),
  );

  it(
    'RECOVERY-1: the quarantine of a session that is removed goes with it',
    using(create, async (store) => {
      await appendOne(store, creation('a'));
      await store.quarantine(a, MARK);
      await store.remove(a);
      await appendOne(store, creation('a'));
      assert.deepEqual([await store.quarantined(), await store.setAside(a)], [[], []]);
    }),
  );
}

/** Session `a` with events 1 to 6 in rows of one, two, one and two, claimed once; snapshots at 1 and 6. */
async function sixEvents(store: Store): Promise<Rewind> {
  const first = await appendOne(store, { ...creation('a'), side: [{ kind: 'snapshot', seq: 1, data: '{"at":1}' }] });
  const third = await appendOne(store, following('a', first, ['2', '3']));
  const fourth = await appendOne(
    store,
    following('a', third, ['4'], { side: [{ kind: 'act', seq: 4, at: 5, who: 'ann', subject: null, what: 'roll' }] }),
  );
  await appendOne(
    store,
    following('a', fourth, ['5', '6'], {
      side: [
        { kind: 'snapshot', seq: 6, data: '{"at":6}' },
        { kind: 'invite', hash: 'late', invite: 'i2' },
      ],
    }),
  );
  const claim = await store.claim(a);
  assert.ok(claim !== undefined);
  const { events } = await store.read(a, 0, 2);
  return {
    session: a,
    epoch: claim.epoch,
    expectedSeq: 6,
    to: 2,
    toHash: events[1]?.hash ?? '',
    logId: 'new log' as LogId,
    event: event('recovered'),
    at: 9_000,
    row: { ...FIELDS, name: 'Taken back' },
    side: [{ kind: 'invite', hash: 'early', invite: 'i1' }],
  };
}

function rewinding(create: Create): void {
  it(
    'RECOVERY-2: a log that is taken back goes on after the last event that stays, under another id',
    using(create, async (store, { reopen }) => {
      const rewind = await sixEvents(store);
      const done = await store.rewind(rewind);
      assert.ok(done.outcome === 'ok' && done.seq === 3);
      await appendOne(store, following('a', done, ['after'], { epoch: rewind.epoch }));
      const again = reopen === undefined ? store : await reopen();
      const { events, damage } = await again.read(a, 0, 9);
      assert.deepEqual([events.map(({ header }) => header), damage], [['["a 1"]', '["2"]', '["recovered"]', '["after"]'], undefined]);
      const row = await again.get(a);
      assert.deepEqual([row?.logId, row?.headSeq, row?.name, row?.epoch], ['new log', 4, 'Taken back', rewind.epoch]);
      assert.equal((await again.readSnapshot(a, 9))?.seq, 1);
    }),
  );

  it(
    'RECOVERY-2: what the last events had put beside the log goes with them, the quarantine too',
    using(create, async (store) => {
      const rewind = await sixEvents(store);
      await store.quarantine(a, MARK);
      assert.equal((await store.rewind(rewind)).outcome, 'ok');
      assert.deepEqual([await store.acts({}), await store.quarantined()], [[], []]);
      assert.deepEqual([await store.findInvite('late'), await store.findInvite('early')], [undefined, { session: 'a', invite: 'i1' }]);
    }),
  );

  it(
    'RECOVERY-2: what is taken out of the log is kept as it was',
    using(create, async (store, { reopen }) => {
      await store.rewind(await sixEvents(store));
      const aside = await (reopen === undefined ? store : await reopen()).setAside(a);
      assert.deepEqual([...new Set(aside.map(({ logId }) => logId))], ['log of a']);
      assert.deepEqual([aside[0]?.firstSeq, aside[0]?.at], [3, 9_000]);
      const kept = aside.map(({ data }) => Buffer.from(data).toString('latin1')).join('');
      for (const name of ['3', '4', '5', '6']) assert.ok(kept.includes(`["${name}"]`), `event ${name} is kept`);
      assert.equal(kept.includes('["2"]'), false);
    }),
  );

  it(
    'RECOVERY-2: nothing is taken back where the log is not as the decision says',
    using(create, async (store) => {
      const rewind = await sixEvents(store);
      for (const wrong of [{ epoch: 1 }, { expectedSeq: 5 }, { toHash: 'f'.repeat(64) }, { to: 7 }])
        assert.deepEqual(await store.rewind({ ...rewind, ...wrong }), { outcome: 'changed' }, JSON.stringify(wrong));
      assert.deepEqual(await store.rewind({ ...rewind, session: 'nobody' as SessionId }), { outcome: 'missing' });
      assert.deepEqual([(await store.read(a, 0, 9)).events.length, await store.setAside(a)], [6, []]);
    }),
  );

  it(
    'RECOVERY-2: what stands after a seq is named, as far as it can be told apart',
    using(create, async (store) => {
      await sixEvents(store);
      assert.deepEqual(await store.remnants(a, 4), [
        { seq: 5, header: '["5"]' },
        { seq: 6, header: '["6"]' },
      ]);
      assert.deepEqual(await store.snapshots(a), [
        { seq: 6, intact: true },
        { seq: 1, intact: true },
      ]);
    }),
  );
}
