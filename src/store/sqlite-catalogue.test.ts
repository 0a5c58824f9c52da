import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SessionId } from '../protocol/ids.ts';
import { openEngineInProcess } from '../testing/engine-in-process-adapter.ts';
import { creation, FIELDS, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { sqliteStore } from './sqlite-store.ts';
import type { CatalogueQuery, CatalogueRow } from './store.ts';

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

describe('the index of names', () => {
  const letters = fc.constantFrom('a', 'b', 'ß', 'É', '"', "'", '*', ' ', '-', '🂡', '%');
  const name = fc.string({ unit: letters, maxLength: 8 });
  const step = fc.record({ session: fc.nat({ max: 5 }), name, kind: fc.constantFrom('name', 'name', 'remove', 'tidy') });

  it('STORE-39: finds what looking through the names finds, whatever was named, renamed and removed, and however far behind it is', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.array(name, { minLength: 3, maxLength: 6 }), (steps, texts) => {
        const { engine, tidying, release } = openEngineInProcess(temporaryDirectory(), { durability: 'normal' });
        const stored = new Map<SessionId, { seq: number; hash: string; name: string }>();
        for (const { session: n, name: called, kind } of steps) {
          const session = `s${n}` as SessionId;
          const head = stored.get(session);
          if (kind === 'tidy') tidying.step();
          else if (kind === 'remove') {
            engine.remove([{ session, options: {} }]);
            stored.delete(session);
          } else {
            const row = { ...FIELDS, name: called };
            const [result] = engine.append([head === undefined ? creation(session, row) : following(session, head, [], { row })]);
            assert.ok(result?.outcome === 'ok');
            stored.set(session, { seq: result.seq, hash: result.hash, name: called });
          }
        }
        const expected = (text: string): string[] =>
          [...stored].filter(([, { name: called }]) => called.toLowerCase().includes(text.toLowerCase())).map(([session]) => session);
        for (let isTidy = false; ; isTidy = true) {
          for (const text of texts) {
            const found = engine.list({ text }).rows.map(({ session }) => session);
            assert.deepEqual(found.toSorted(), expected(text).toSorted(), JSON.stringify(text));
          }
          if (isTidy) break;
          while (tidying.step() !== undefined);
        }
        engine.close();
        release();
      }),
      { numRuns: 60 },
    );
  });

  it('STORE-39: goes on with a list where it was cut, in every order and with every filter', () => {
    const { engine, tidying, release } = openEngineInProcess(temporaryDirectory(), { durability: 'normal' });
    const owners = ['ann', 'bob'];
    engine.append(
      Array.from({ length: 300 }, (_, n) => creation(`s${n}`, { name: `Unicorn ${n % 7}`, createdAt: n % 50, owner: owners[n % 2] ?? '' })),
    );
    engine.append(Array.from({ length: 500 }, (_, n) => creation(`m${n}`, { name: 'Mouse' })));
    while (tidying.step() !== undefined);
    const pages = (query: CatalogueQuery): string[] => {
      const all: CatalogueRow[] = [];
      for (;;) {
        const last = all.at(-1);
        const from = query.afterRev === undefined ? { before: last } : { afterRev: last?.rev ?? query.afterRev };
        const { rows, next } = engine.list({ ...query, ...from, limit: 40 });
        assert.equal(next, undefined, 'no part of a search is left');
        if (rows.length === 0) return all.map(({ session }) => session);
        all.push(...rows);
      }
    };
    const everything = engine.list({ limit: 1000 }).rows.filter(({ name: called }) => called === 'Unicorn 3');
    const sessions = everything.map(({ session }) => session);
    assert.equal(sessions.length, 43);
    assert.deepEqual(pages({ text: 'corn 3' }), sessions);
    assert.deepEqual(
      pages({ text: 'corn 3', owner: 'bob' }),
      everything.filter(({ owner }) => owner === 'bob').map(({ session }) => session),
    );
    const byRev = everything.toSorted((one, other) => one.rev - other.rev).map(({ session }) => session);
    assert.deepEqual(pages({ text: 'corn 3', afterRev: 0 }), byRev);
    engine.close();
    release();
  });

  it('STORE-39: a step that fails leaves the names for the next one, and the store as it was', () => {
    const { engine, tidying, release } = openEngineInProcess(temporaryDirectory());
    const [, head] = engine.append([creation('a', { name: 'Unicorn' }), creation('b', { name: 'Griffin' })]);
    assert.ok(head?.outcome === 'ok');
    while (tidying.step() !== undefined);
    engine.remove([{ session: 'a' as SessionId, options: {} }]);
    const full = Object.assign(new Error('no room'), { errcode: 13 });
    assert.throws(
      () =>
        engine.change('taking up names', ({ names }) => {
          names.step();
          throw full;
        }),
      { name: 'StoreError', code: 'disk-full' },
    );
    const found = (text: string): string[] => engine.list({ text }).rows.map(({ session }) => session);
    const results = engine.append([following('b', head, ['x']), creation('c', { name: 'Unicorn' })]);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    );
    assert.deepEqual([found('unicorn'), found('griffin')], [['c'], ['b']]);
    while (tidying.step() !== undefined);
    assert.deepEqual([found('unicorn'), found('griffin')], [['c'], ['b']]);
    engine.close();
    release();
  });
});
