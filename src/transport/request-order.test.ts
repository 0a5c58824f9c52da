import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MOST_REQUESTS_AT_ONCE } from '../protocol/event-stream.ts';
import { RequestOrder } from './request-order.ts';

test('CONN-19: requests that overtake each other are taken in the order of their numbers, each once', () => {
  const order = new RequestOrder();
  assert.deepEqual(order.take(2, ['c']), []);
  assert.deepEqual(order.take(3, ['d', 'e']), []);
  assert.deepEqual(order.take(1, ['a', 'b']), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(order.take(2, ['c']), []);
  assert.deepEqual(order.take(4, ['f']), ['f']);
});

test('CONN-19: a request that cannot have been made yet is none', () => {
  const order = new RequestOrder();
  assert.equal(order.take(1 + MOST_REQUESTS_AT_ONCE, ['x']), undefined);
  assert.deepEqual(order.take(MOST_REQUESTS_AT_ONCE, ['y']), []);
});

test('CONN-19: whatever overtakes and comes again, all frames are taken once and in order', () => {
  const swaps = fc.array(fc.nat(MOST_REQUESTS_AT_ONCE - 1), { maxLength: 100 });
  fc.assert(
    fc.property(swaps, (picks) => {
      const order = new RequestOrder();
      const underWay: number[] = [];
      const taken: string[] = [];
      let made = 0;
      for (const pick of picks) {
        // The oldest one that has not arrived bounds those that are made.
        while (underWay.length < MOST_REQUESTS_AT_ONCE && made < (underWay[0] ?? made + 1) + MOST_REQUESTS_AT_ONCE - 1)
          underWay.push((made += 1));
        const [number = 1] = underWay.splice(pick % underWay.length, 1);
        for (let times = 0; times <= pick % 2; times += 1) taken.push(...(order.take(number, [String(number)]) ?? ['refused']));
      }
      for (const number of underWay) taken.push(...(order.take(number, [String(number)]) ?? ['refused']));
      assert.deepEqual(
        taken,
        Array.from({ length: made }, (_, index) => String(index + 1)),
      );
    }),
  );
});
