import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GroupMap } from './group-map.ts';

const step = fc.record({ add: fc.boolean(), key: fc.integer({ min: 0, max: 3 }), value: fc.constantFrom('a', 'b', 'c') });

test('CONN-11: connections are found by whom and what they are of as if each had a set', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const groups = new GroupMap<number, string>();
      const sets = new Map<number, Set<string>>();
      for (const { add, key, value } of steps) {
        const set = sets.get(key) ?? new Set();
        if (add) groups.add(key, value);
        else groups.delete(key, value);
        if (add) set.add(value);
        else set.delete(value);
        sets.set(key, set);
        for (const each of sets.keys()) assert.deepEqual([...groups.of(each)], [...(sets.get(each) ?? [])]);
        assert.equal(groups.count(key), set.size);
        assert.equal(groups.size, [...sets.values()].filter(({ size }) => size > 0).length);
        assert.equal(
          [...groups.values()].length,
          [...sets.values()].reduce((sum, { size }) => sum + size, 0),
        );
      }
    }),
  );
});
