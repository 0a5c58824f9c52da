import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../protocol/json.ts';
import { ViewHash } from './view-hash.ts';

const view = (state: JsonObject, meta: JsonObject = {}) => ({ meta, state });

test('VIEW-16: equal views have equal hashes, and any difference shows, key order included', () => {
  const hash = (state: JsonObject, meta?: JsonObject) => new ViewHash().of(view(state, meta));
  assert.equal(hash({ a: { x: 1, y: 2 } }), hash({ a: { x: 1, y: 2 } }));
  const others = [
    { a: { y: 2, x: 1 } },
    { a: { x: 1, y: 3 } },
    { a: { x: '1', y: 2 } },
    { b: { x: 1, y: 2 } },
    {},
    { a: { x: 1, y: 2 }, b: null },
  ];
  for (const other of others) assert.notEqual(hash({ a: { x: 1, y: 2 } }), hash(other));
  assert.notEqual(hash({ a: 1 }, {}), hash({}, { a: 1 }));
});

test('VIEW-16: a hash that was kept is that of a fresh look, once what changed is forgotten', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.jsonValue()), { maxLength: 20 }), (writes) => {
      const state: JsonObject = {};
      const kept = new ViewHash();
      for (const [key, value] of writes) {
        state[key] = value as JsonObject;
        kept.forget('state', key);
        assert.equal(kept.of(view(state)), new ViewHash().of(view(state)));
      }
      kept.forgetAll();
      assert.equal(kept.of(view(state)), new ViewHash().of(view(state)));
    }),
    { numRuns: 300 },
  );
});

test('VIEW-16: a hash has 16 hexadecimal digits, whatever is hashed', () => {
  const state: JsonObject = {};
  for (let count = 0; count < 300; count += 1) {
    state['turn'] = count;
    assert.match(new ViewHash().of({ meta: {}, state }), /^[0-9a-f]{16}$/);
  }
});
