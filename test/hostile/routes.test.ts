import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRouteTally, RouteFuzz } from './route-fuzz.ts';

const SEED = 20_261_120;

test(`HOSTILE-4: every route answers whatever is asked of it as its description says, seed ${SEED}`, async () => {
  const fuzz = await new RouteFuzz(SEED).start();
  const tally = emptyRouteTally();
  for (let unit = 0; unit < 1_500; unit += 1) await fuzz.ask(unit, tally);
  assert.deepEqual(tally.wrong, []);
  assert.equal(await fuzz.lookAround(), undefined);
  await fuzz.stop();
  for (const what of [
    'status 200',
    'status 201',
    'status 405',
    'code bad-request',
    'code forbidden',
    'code not-found',
    'code too-large',
    'code unauthenticated',
  ])
    assert.ok((tally.counts.get(what) ?? 0) > 0, `${what} never came`);
});
