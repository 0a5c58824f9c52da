import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { checkValue } from './check-value.ts';

const libraries: Record<string, StandardSchemaV1> = {
  zod: z.object({ place: z.object({ x: z.number() }) }),
  valibot: v.object({ place: v.object({ x: v.number() }) }),
  arktype: type({ place: { x: 'number' } }),
};

for (const [library, schema] of Object.entries(libraries)) {
  test(`DEF-8: a schema of ${library} takes what fits and says where the rest does not`, () => {
    assert.deepEqual(checkValue(schema, { place: { x: 1 } }), { ok: true, value: { place: { x: 1 } } });
    const refused = checkValue(schema, { place: { x: 'left' } });
    assert.deepEqual(refused.ok ? [] : refused.issues.map((issue) => issue.path), ['place.x']);
  });
}

test('DEF-8: an asynchronous schema is refused', () => {
  const slow = z.string().refine(() => Promise.resolve(true));
  assert.throws(() => checkValue(slow, 'x'), /asynchronous/);
});
