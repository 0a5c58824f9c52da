import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { clearFault, FAILING_DATABASE, setFault } from '../testing/failing-database-adapter.ts';
import { appendOne, creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { StoreError } from './store.ts';

const a = 'a' as SessionId;
const FAILED_SYNC = 1034;

type Failing = { store: SqliteStore; dir: string; head: { seq: number; hash: string }; broken: StoreError[] };

/** A store with a session `a` whose database can be made to fail. */
async function failingStore(test: TestContext): Promise<Failing> {
  const dir = temporaryDirectory();
  const broken: StoreError[] = [];
  const store = new SqliteStore({ dir, onBroken: (error) => broken.push(error) }, FAILING_DATABASE);
  test.after(() => store.close());
  await store.open();
  return { store, dir, head: await appendOne(store, creation('a')), broken };
}

describe('a failed write', () => {
  it('STORE-16: a failed sync fails every entry of the batch, and the log says what was written', async (t) => {
    for (const done of [false, true]) {
      const { store, dir, head } = await failingStore(t);
      setFault(dir, { at: ['COMMIT'], errcode: FAILED_SYNC, done });
      const answers = store.append([following('a', head, ['two']), creation('b'), following('a', head, ['stale'])]);
      assert.deepEqual(
        (await answers).map(({ outcome }) => outcome),
        ['failed', 'failed', 'failed'],
      );
      clearFault(dir);
      const claim = await store.claim(a);
      assert.equal(claim?.headSeq, done ? 2 : 1);
      assert.equal((await store.read(a, 0, 9)).events.length, done ? 2 : 1);
      await appendOne(store, following('a', { seq: claim.headSeq, hash: claim.headHash }, ['next'], { epoch: claim.epoch }));
    }
  });

  it('STORE-16: nothing is read after it until a write and a sync have covered what would be read', async (t) => {
    for (const step of ['open', 'PRAGMA wal_checkpoint(FULL)', 'UPDATE meta']) {
      const { store, dir, head } = await failingStore(t);
      setFault(dir, { at: ['COMMIT', step], errcode: FAILED_SYNC });
      await store.append([following('a', head, ['two'])]);
      setFault(dir, { at: [step], errcode: FAILED_SYNC });
      await assert.rejects(store.read(a, 0, 9), { name: 'StoreError' }, step);
      await assert.rejects(store.get(a), { name: 'StoreError' }, step);
      clearFault(dir);
      assert.equal((await store.read(a, 0, 9)).events.length, 1);
    }
  });

  it('STORE-16: a store that cannot be brought back answers nothing and asks for the end of the process', async (t) => {
    const { store, dir, head, broken } = await failingStore(t);
    setFault(dir, { at: [''], errcode: FAILED_SYNC });
    const [result] = await store.append([following('a', head, ['two'])]);
    assert.equal(result?.outcome, 'failed');
    await assert.rejects(store.read(a, 0, 9), { name: 'StoreError', code: 'failed' });
    await assert.rejects(store.claim(a), { name: 'StoreError', code: 'failed' });
    assert.equal((await store.append([following('a', head, ['two'])]))[0]?.outcome, 'failed');
    assert.ok(broken.length > 0);
    clearFault(dir);
    assert.equal((await store.read(a, 0, 9)).events.length, 1);
  });

  it('STORE-16: a failed claim or probe is an error and leaves no half of it', async (t) => {
    const { store, dir } = await failingStore(t);
    setFault(dir, { at: ['COMMIT'], errcode: FAILED_SYNC });
    await assert.rejects(store.claim(a), { name: 'StoreError', code: 'failed' });
    setFault(dir, { at: ['UPDATE meta'], errcode: FAILED_SYNC });
    await assert.rejects(store.probe(), { name: 'StoreError', code: 'failed' });
    clearFault(dir);
    assert.equal((await store.claim(a))?.epoch, 2);
  });

  it('STORE-17: an entry whose own statements fail does so alone', async (t) => {
    const { store, dir, head } = await failingStore(t);
    setFault(dir, { at: ['INSERT INTO sessions'], errcode: 11 });
    const results = await store.append([following('a', head, ['two']), creation('b'), creation('c')]);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['ok', 'failed', 'failed'],
    );
    clearFault(dir);
    assert.equal((await store.read(a, 0, 9)).events.length, 2);
  });

  it('STORE-18: a full disk fails the batch as full, leaves nothing of it and gives up the reserve', async (t) => {
    const { store, dir, head } = await failingStore(t);
    setFault(dir, { at: ['COMMIT'], errcode: 13 });
    const [result] = await store.append([following('a', head, ['two'])]);
    assert.deepEqual([result?.outcome, result?.outcome === 'failed' && result.full], ['failed', true]);
    clearFault(dir);
    await appendOne(store, following('a', head, ['two again']));
  });

  it('STORE-19: when the thread ends, whoever waits is told, and the store can be opened again', async (t) => {
    const { store, dir, head, broken } = await failingStore(t);
    setFault(dir, { at: ['COMMIT'], errcode: 0, ends: true });
    const waiting = [store.append([following('a', head, ['two'])]), store.read(a, 0, 9), store.claim(a)];
    for (const call of waiting) await assert.rejects(call, { name: 'StoreError', code: 'failed' });
    assert.equal(broken.length, 1);
    clearFault(dir);
    await assert.rejects(store.get(a), { code: 'not-open' });
    await store.open();
    assert.equal((await store.read(a, 0, 9)).events.length, 1);
  });
});
