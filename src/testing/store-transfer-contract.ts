import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import { exportLines, importLines } from '../store/session-file.ts';
import type { AdoptionResult } from '../store/store-transfer.ts';
import type { SideWrite, Store } from '../store/store.ts';
import { appendOne, creation, following } from './store-entries.ts';
import { using } from './store-fixture.ts';
import type { Create } from './store-fixture.ts';

const a = 'a' as SessionId;
const b = 'b' as SessionId;

const SIDE: SideWrite[] = [
  { kind: 'act', seq: 2, at: 5, who: 'ann', subject: 'bob', what: 'kick' },
  { kind: 'act', seq: 3, at: 5, who: 'ann', subject: 'bob', what: 'ban' },
  { kind: 'history', data: '{"n":1}', startedAt: 3, endedAt: null, people: ['ann'] },
  { kind: 'snapshot', seq: 5, data: '{"at":"5 \u2028"}' },
];

/** Session `a` with events 1 to 6, of which 1 is pruned and 3 erased. */
async function wellUsed(store: Store): Promise<void> {
  const head = await appendOne(store, creation('a', { name: 'Žofie', nextDueAt: 7 }));
  const next = await appendOne(store, following('a', head, ['two', 'three', 'four', 'five'], { side: SIDE }));
  await store.erase(a, [3]);
  await store.prune(a, 2);
  await appendOne(store, following('a', next, ['six']));
  await store.claim(a);
}

async function linesOf(store: Store, session: SessionId): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of (await exportLines(store, session)) ?? []) lines.push(line.slice(0, -1));
  return lines;
}

async function* given<T>(parts: readonly T[]): AsyncGenerator<T> {
  yield* parts;
}

async function take(store: Store, lines: readonly string[], as?: SessionId): Promise<AdoptionResult> {
  const { session, side } = await importLines(given(lines), as);
  return store.adopt(session, side);
}

/** All that can be read of a session, but what its store gives it: rev and the numbers of acts. */
async function everything(store: Store, session: SessionId): Promise<unknown> {
  const { rev: _rev, session: _session, ...row } = (await store.get(session)) ?? { rev: 0 };
  const acts = (await store.acts({ session })).map(({ seq, at, who, subject, what }) => [seq, at, who, subject, what]);
  const history = (await store.history({ session })).map(({ session: _of, ...record }) => record);
  const base = await store.beginning(session);
  return [row, base, await store.read(session, base?.seq ?? 0, 99), await store.readSnapshot(session, 99), acts, history];
}

/** What every store must do when a session goes from one place to another. */
export function transferContract(create: Create): void {
  it(
    'STORE-36: a session goes to another store as it is, and goes on there',
    using(create, async (store) => {
      await wellUsed(store);
      const lines = await linesOf(store, a);
      const before = await everything(store, a);
      const other = await create();
      try {
        const result = await take(other.store, lines);
        assert.equal(result.outcome, 'ok');
        assert.deepEqual(await everything(other.store, a), before);
        assert.deepEqual(await linesOf(other.store, a), lines);
        assert.deepEqual((await other.store.counters()).live, 1);
        const again = other.reopen === undefined ? other.store : await other.reopen();
        assert.deepEqual(await everything(again, a), before);
        const claim = await again.claim(a);
        assert.deepEqual([claim?.epoch, claim?.headSeq], [3, 6]);
        const head = { seq: 6, hash: claim?.headHash ?? '' };
        const side: SideWrite[] = [{ kind: 'snapshot', seq: 7, data: 'seven' }];
        await appendOne(again, following('a', head, ['seven'], { epoch: 3, side }));
        assert.equal((await again.readSnapshot(a, 9))?.data, 'seven');
      } finally {
        await other.cleanup();
      }
    }),
  );

  it(
    'STORE-36: an id in use is refused; another one may be given',
    using(create, async (store) => {
      await wellUsed(store);
      const lines = await linesOf(store, a);
      assert.deepEqual(await take(store, lines), { outcome: 'exists' });
      const { rev } = (await store.get(a)) ?? { rev: 0 };
      const result = await take(store, lines, b);
      assert.ok(result.outcome === 'ok' && result.rev > rev);
      assert.deepEqual(await everything(store, b), await everything(store, a));
      await store.remove(a);
      assert.equal((await store.read(b, 1, 99)).events.length, 5);
      assert.deepEqual((await take(store, lines)).outcome, 'ok');
    }),
  );

  it(
    'STORE-36: a file with any line changed, missing or moved is refused, and nothing of it stays',
    using(create, async (store) => {
      await wellUsed(store);
      const lines = await linesOf(store, a);
      assert.equal(lines.length, 1 + 5 + 4 + 1);
      const refused = async (changed: readonly string[], note: string): Promise<void> => {
        const outcome = await take(store, changed, b).then(
          (result) => result.outcome,
          (error: unknown) => (error instanceof Error ? error.name : ''),
        );
        assert.ok(outcome === 'damaged' || outcome === 'StoreError', `${note}: ${outcome}`);
        assert.equal(await store.get(b), undefined, note);
      };
      for (const [index, line] of lines.entries()) {
        await refused(lines.toSpliced(index, 1), `line ${index} missing`);
        await refused(
          lines.with(
            index,
            line.replace(/[a-f0-9](?=[^a-f0-9]*$)/, (last) => (last === '0' ? '1' : '0')),
          ),
          `line ${index} changed`,
        );
        if (index > 1) await refused(lines.toSpliced(index, 1).toSpliced(index - 1, 0, line), `line ${index} moved up`);
      }
      await refused([], 'nothing');
      await refused(['{}'], 'something else');
      assert.deepEqual(await store.list({}), await store.list({ owner: 'ann' }));
      assert.deepEqual((await store.counters()).created, 1);
      assert.equal(await store.wipe(), true);
      assert.equal((await take(store, lines, b)).outcome, 'ok');
    }),
  );

  it(
    'STORE-36: what does not form the chain of its head is refused at the seq that does not fit',
    using(create, async (store) => {
      const head = await appendOne(store, creation('a'));
      await appendOne(store, following('a', head, ['two', 'three']));
      const { session } = await importLines(given(await linesOf(store, a)), b);
      const { events } = await store.read(a, 0, 9);
      const adopt = (changed: typeof events): Promise<AdoptionResult> => store.adopt({ ...session, events: given([changed]) }, () => []);
      assert.deepEqual(await adopt(events.map((event) => (event.seq === 2 ? { ...event, content: '{}' } : event))), {
        outcome: 'damaged',
        seq: 2,
      });
      assert.deepEqual(await adopt(events.slice(0, 2)), { outcome: 'damaged', seq: 3 });
      assert.deepEqual(await adopt(events.toSpliced(1, 1)), { outcome: 'damaged', seq: 2 });
      const ahead = { kind: 'snapshot', seq: 4, data: '' } as const;
      assert.deepEqual(await store.adopt({ ...session, events: given([events]) }, () => [ahead]), { outcome: 'invalid' });
      assert.equal((await adopt(events)).outcome, 'ok');
    }),
  );

  it(
    'STORE-36: an archived session that comes back is alive again',
    using(create, async (store) => {
      await wellUsed(store);
      const lines = await linesOf(store, a);
      await store.remove(a, { as: 'archived' });
      assert.deepEqual(await store.counters(), { created: 1, live: 0, ended: 0, archived: 1, deleted: 0 });
      assert.equal((await take(store, lines)).outcome, 'ok');
      assert.deepEqual(await store.counters(), { created: 1, live: 1, ended: 0, archived: 0, deleted: 0 });
      assert.deepEqual(await store.remove(a), { outcome: 'ok' });
    }),
  );

  it(
    'STORE-36: a session that does not exist has no beginning and no export',
    using(create, async (store) => {
      assert.deepEqual([await store.beginning(a), await exportLines(store, a)], [undefined, undefined]);
      await appendOne(store, creation('a'));
      assert.deepEqual(await store.beginning(a), { seq: 0, hash: GENESIS_HASH });
    }),
  );
}
