import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { creation } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { sqliteStore } from './sqlite-store.ts';

const COUNT = 45_000;

describe('searching many sessions by name', () => {
  it('STORE-7: finds the few among many, in order, however far apart they are', async (t) => {
    const store = sqliteStore({ dir: temporaryDirectory(), durability: 'normal' });
    t.after(() => store.close());
    await store.open();
    const wanted = new Set([0, 1, 20_000, 20_001, 39_999, COUNT - 1]);
    const entries = Array.from({ length: COUNT }, (_, n) =>
      // Many of the same moment, so that the cut between two parts of a search falls among them.
      creation(`s${n}`, { name: wanted.has(n) ? `Dragon ${n}` : 'Mouse', createdAt: Math.floor(n / 1000) }),
    );
    await store.append(entries);
    const names = async (query: Parameters<typeof store.list>[0]): Promise<string[]> => (await store.list(query)).map(({ name }) => name);
    const newestFirst = ['Dragon 44999', 'Dragon 39999', 'Dragon 20001', 'Dragon 20000', 'Dragon 1', 'Dragon 0'];
    assert.deepEqual(await names({ text: 'dragon' }), newestFirst);
    assert.deepEqual(await names({ text: 'dragon', limit: 3 }), newestFirst.slice(0, 3));
    assert.deepEqual(await names({ text: 'dragon', afterRev: 0 }), newestFirst.toReversed());
    assert.deepEqual(await names({ text: 'dragon', afterRev: 2, limit: 2 }), ['Dragon 20000', 'Dragon 20001']);
    assert.deepEqual(await names({ text: 'unicorn' }), []);
  });
});
