import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HAND_SECRET, HostileWorld } from './hostile-world.ts';
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

test('HOSTILE-10: what a frame may not hold, no body may hold either', async () => {
  const world = await new HostileWorld(SEED).start();
  const post = async (body: string | Uint8Array<ArrayBuffer>) => {
    const headers = { 'authorization': 'Bearer hal', 'content-type': 'application/json' };
    const request = new Request(`http://hostile.test/v1/sessions/${world.sessions['open']}/commands`, { method: 'POST', headers, body });
    const response = await world.while(world.server.fetch(request));
    return { status: response.status, text: await response.text() };
  };
  const draw = (card: string): string => `{"name":"draw","args":{"card":${card}}}`;
  assert.equal((await post(draw('"ace"'))).status, 200);
  for (const card of ['"a","card":"b"', '"\\ud800"', '"a","__proto__":1', '"a","\\u0062":1', '"a","n":9007199254740993', '"a","n":1e999'])
    assert.equal((await post(draw(card))).status, 400, card);
  assert.equal(
    (await post(new Uint8Array([...Buffer.from('{"name":"draw","args":{"card":"'), 0xc0, 0xaf, ...Buffer.from('"}}')]))).status,
    400,
  );
  assert.equal((await post(draw(`${'['.repeat(40)}${']'.repeat(40)}`))).status, 413);
  const many = await post(`{"name":"draw","args":{"card":"a"},${Array.from({ length: 3_000 }, (_, n) => `"key-${n}":1`).join(',')}}`);
  assert.equal(many.status, 400);
  assert.ok(many.text.length < 1_000, `${many.text.length} characters`);
  assert.deepEqual(((await world.read('open', 'hal'))['hands'] as Record<string, unknown>)['hal'], [HAND_SECRET, 'ace']);
  await world.stop();
});
