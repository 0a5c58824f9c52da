import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLongerThan } from './json-length.ts';

/** JSON whose texts have no escapes. */
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.stringMatching(/^[a-z]{0,6}$/),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('ACTOR-30: how long a snapshot would be is known to the character without making it', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const { length } = JSON.stringify(value);
      for (let characters = 0; characters < length; characters += 1)
        assert.ok(isLongerThan(value, characters), `${characters} of ${length}`);
      for (const more of [0, 1, 1_000]) assert.ok(!isLongerThan(value, length + more));
    }),
  );
});
