import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpHarness } from '../testing/http-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { createServer } from './create-server.ts';
import { memoryStore } from './memory-store.ts';
import { WatchQuota } from './watch-quota.ts';

test('IDENTITY-17: quotas reach from the options to the routes', async (t) => {
  const harness = await HttpHarness.start(t, { quotas: { sessions: 1, campaigns: 1, invites: 1, watches: 1 } });
  const token = await harness.token('Ada');
  const table = await harness.create(token);
  const full = [403, 'quota-exceeded'];
  assert.deepEqual(await harness.refusal('POST', '/v1/sessions', { token, body: { type: 'tabletop' } }), full);
  assert.equal((await harness.call('POST', '/v1/campaigns', { token, body: { name: 'Reef' } })).status, 201);
  assert.deepEqual(await harness.refusal('POST', '/v1/campaigns', { token, body: { name: 'Rift' } }), full);
  assert.equal((await harness.call('POST', `/v1/sessions/${table}/invites`, { token, body: {} })).status, 201);
  assert.deepEqual(await harness.refusal('POST', `/v1/sessions/${table}/invites`, { token, body: {} }), full);
});

test('IDENTITY-17: a watch that ends makes room for another', async (t) => {
  const harness = await HttpHarness.start(t, { quotas: { watches: 1 } });
  const token = await harness.token('Ada');
  const watch = () => fetch(`${harness.live.url}/v1/sessions/watch`, { headers: { authorization: `Bearer ${token}` } });
  const first = await watch();
  assert.deepEqual([first.status, (await watch()).status], [200, 403]);
  await first.body?.cancel();
  let next = await watch();
  // The server hears of the end a moment later.
  while (next.status !== 200) next = await watch();
  await next.body?.cancel();
});

test('IDENTITY-17: what ended is given back once', () => {
  const quota = new WatchQuota(2);
  const [first, second] = [quota.take('ada'), quota.take('ada')];
  assert.equal(quota.take('ada'), undefined);
  assert.ok(quota.take('otto') !== undefined);
  first?.();
  first?.();
  assert.ok(quota.take('ada') !== undefined);
  assert.equal(quota.take('ada'), undefined);
  second?.();
});

test('IDENTITY-17: quotas that cannot be are refused at the start', async () => {
  for (const sessions of [-1, 1.5, 1_001, Number.NaN]) {
    const server = createServer({
      sessions: [tinyTabletop],
      store: memoryStore(),
      dev: true,
      port: 0,
      logger: false,
      quotas: { sessions },
    });
    await assert.rejects(server.start(), /quotas\.sessions: expected 0\.\.1000, or Infinity/);
  }
});
