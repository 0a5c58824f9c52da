import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createClient } from '../../src/client/index.ts';
import type { SessionId } from '../../src/protocol/ids.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { HttpHarness, type Answer } from '../../src/testing/http-harness.ts';
import { memoryStore } from '../../src/server/memory-store.ts';

/** A member of an answer that is a text. */
function text(json: JsonObject, name: string): string {
  const value = json[name];
  assert.ok(typeof value === 'string', `${name} is no text`);
  return value;
}

/** A server with a table of Ada's that one comes to by invitation only. */
async function setUp(t: TestContext) {
  const harness = await HttpHarness.start(t);
  const ada = await harness.live.signIn('Ada');
  const table = await harness.create(ada.token, { name: 'Friday night', access: 'invite', listed: false });
  const invite = async (more: JsonObject = {}) => {
    const { json } = await harness.call('POST', `/v1/sessions/${table}/invites`, { token: ada.token, body: more });
    return json as { invite: string; token: string; expiresAt: number | null };
  };
  const preview = (token: string) => harness.call('POST', '/v1/invites/preview', { body: { token } });
  const redeem = (token: string, name: string) => harness.call('POST', '/v1/invites/redeem', { body: { token, name } });
  /** Redeems, and joins. */
  const comeIn = async (token: string, name: string) => {
    const { json } = await redeem(token, name);
    const client = createClient({ url: harness.live.url, token: text(json, 'token'), logger: { warn: () => {}, error: () => {} } });
    t.after(() => client.close());
    return { session: await client.join(table), guest: text(json, 'token'), id: String(Object(json['participant']).id), client };
  };
  return { harness, ada, table, invite, preview, redeem, comeIn };
}

test('IDENTITY-14: an invitation is shown to who holds it, without joining, and without what is not theirs to see', async (t) => {
  const { invite, preview, table, harness } = await setUp(t);
  const { token } = await invite({ role: 'player', uses: 1 });
  const { status, json } = await preview(token);
  assert.equal(status, 200);
  const { listing, ...session } = Object(json['session']);
  assert.deepEqual(session, {
    id: table,
    type: 'tabletop',
    name: 'Friday night',
    status: session.status,
    ownerName: 'Ada',
    seats: 0,
    maxSeats: session.maxSeats,
  });
  assert.deepEqual([json['role'], typeof listing], ['player', 'object']);
  assert.equal((await preview(token)).status, 200);
  const row = await harness.live.server.sessions.get(table as SessionId);
  assert.equal(row?.seats, 0);
});

test('IDENTITY-14: who redeems is a guest; the join is the use', async (t) => {
  const { ada, table, invite, preview, redeem, comeIn, harness } = await setUp(t);
  const { token, invite: id } = await invite({ uses: 1 });
  await redeem(token, 'Nobody');
  const { session, id: otto } = await comeIn(token, 'Otto');
  assert.deepEqual([session.self.name, session.self.role, session.self.id], ['Otto', 'player', otto]);
  assert.equal((await preview(token)).status, 404);
  const { json } = await harness.call('GET', `/v1/sessions/${table}/invites`, { token: ada.token });
  const [listed] = json['invites'] as JsonObject[];
  assert.deepEqual([listed?.['id'], listed?.['used'], Object.keys(Object(listed?.['usedBy']))], [id, 1, [otto]]);
  assert.doesNotMatch(JSON.stringify(json), new RegExp(token));
});

test('IDENTITY-14: unknown, expired, revoked and used up are one answer, of the same bytes, after the same reads, in the same time', async (t) => {
  const store = memoryStore();
  const reads: string[] = [];
  for (const name of ['findInvite', 'get', 'claim', 'read', 'readSnapshot'] as const) {
    const real = store[name].bind(store) as (...args: never[]) => unknown;
    Object.assign(store, { [name]: (...args: never[]) => (reads.push(name), real(...args)) });
  }
  const harness = await HttpHarness.start(t, { store });
  const ada = await harness.live.signIn('Ada');
  const table = await harness.create(ada.token, { access: 'invite' });
  const invite = async (body: JsonObject) => (await harness.call('POST', `/v1/sessions/${table}/invites`, { token: ada.token, body })).json;
  const [expired, revoked, used] = [await invite({ expiresInMs: 1_000 }), await invite({}), await invite({ uses: 1 })];
  await harness.call('POST', `/v1/sessions/${table}/invites/${text(revoked, 'invite')}/revoke`, { token: ada.token });
  const otto = await harness.live.signIn('Otto');
  await harness.live.server.sessions.run(table as SessionId, {
    as: { id: otto.participant.id, name: 'Otto', claims: {} },
    command: '@join',
    args: { invite: text(used, 'token') },
  });
  await until(async () => (await harness.call('POST', '/v1/invites/preview', { body: { token: text(expired, 'token') } })).status === 404);
  const answers: Answer[] = [];
  const costs: string[] = [];
  const times: number[] = [];
  for (const token of ['x'.repeat(27), text(expired, 'token'), text(revoked, 'token'), text(used, 'token')]) {
    for (const path of ['preview', 'redeem']) {
      reads.length = 0;
      const began = performance.now();
      const body = path === 'preview' ? { token } : { token, name: 'Otto' };
      answers.push(await harness.call('POST', `/v1/invites/${path}`, { body, headers: { 'x-request-id': 'the-same-id' } }));
      times.push(performance.now() - began);
      costs.push(reads.join(' '));
    }
  }
  const texts = answers.map(
    ({ status, text, headers }) => `${status} ${text} ${JSON.stringify([...headers].filter(([name]) => name !== 'date'))}`,
  );
  assert.equal(new Set(texts).size, 1, [...new Set(texts)].join('\n'));
  assert.equal(answers[0]?.status, 404);
  assert.deepEqual([...new Set(costs)], ['findInvite get']);
  assert.ok(times.every((time) => time >= 95));
});

/** Waits for what time brings: nothing of it is measured. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => void setTimeout(resolve, 50));
}

test('IDENTITY-14: an address that tries too often has to wait, whatever it says of where it comes from', async (t) => {
  const { preview, harness } = await setUp(t);
  const first = await Promise.all(Array.from({ length: 30 }, (_, at) => preview(`wrong-${at}`)));
  assert.ok(first.every(({ status }) => status === 404));
  const body = { token: 'wrong' };
  const { status, headers, json } = await harness.call('POST', '/v1/invites/redeem', {
    body: { ...body, name: 'Otto' },
    headers: { 'x-forwarded-for': '203.0.113.9' },
  });
  assert.deepEqual([status, Object(json['error']).code, Number(headers.get('retry-after')) >= 1], [429, 'rate-limited', true]);
});

test('IDENTITY-8: a guest’s token opens its session and nothing else', async (t) => {
  const { harness, ada, table, invite, comeIn } = await setUp(t);
  const { guest, session } = await comeIn((await invite()).token, 'Otto');
  const other = await harness.create(ada.token, { name: 'Open table', access: 'open' });
  assert.equal((await harness.call('GET', `/v1/sessions/${table}`, { token: guest })).status, 200);
  assert.deepEqual(await harness.refusal('GET', `/v1/sessions/${other}`, { token: guest }), [404, 'not-found']);
  for (const [method, path] of [
    ['GET', '/v1/sessions'],
    ['GET', '/v1/sessions/watch'],
    ['POST', '/v1/sessions'],
    ['POST', '/v1/guests/claim'],
  ] as const) {
    const body = method === 'POST' ? { type: 'tabletop', guest } : undefined;
    assert.deepEqual(await harness.refusal(method, path, { token: guest, ...(body && { body }) }), [403, 'forbidden'], path);
  }
  const client = createClient({ url: harness.live.url, token: guest });
  t.after(() => client.close());
  await assert.rejects(client.join(other), { code: 'not-found' });
  assert.equal(session.status.state, 'live');
});

test('IDENTITY-15: an account claims what its guest was; the guest’s token is worth nothing then', async (t) => {
  const { harness, table, invite, comeIn } = await setUp(t);
  const { guest, id, client } = await comeIn((await invite({ uses: 1 })).token, 'Otto');
  client.close();
  const otto = await harness.live.signIn('Otto Mann');
  const claimed = await harness.call('POST', '/v1/guests/claim', { token: otto.token, body: { guest } });
  assert.deepEqual(claimed.json, { session: table, participant: id });
  const session = await otto.client.join(table);
  assert.equal(session.self.id, id);
  const again = createClient({ url: harness.live.url, token: guest });
  t.after(() => again.close());
  await assert.rejects(again.join(table));
  const mira = await harness.live.signIn('Mira');
  assert.equal((await harness.call('POST', '/v1/guests/claim', { token: mira.token, body: { guest } })).status >= 400, true);
  assert.deepEqual(await harness.refusal('POST', '/v1/guests/claim', { token: mira.token, body: { guest: mira.token } }), [
    403,
    'forbidden',
  ]);
});

test('IDENTITY-16: inviting, seeing invitations and revoking them is for those who may; others find nothing', async (t) => {
  const { harness, ada, table, invite, comeIn } = await setUp(t);
  const made = await invite();
  const { guest } = await comeIn(made.token, 'Otto');
  const stranger = await harness.token('Eve');
  const path = `/v1/sessions/${table}/invites`;
  for (const [method, at] of [
    ['POST', path],
    ['GET', path],
    ['POST', `${path}/${made.invite}/revoke`],
  ] as const) {
    const body = method === 'POST' ? { body: {} } : {};
    assert.deepEqual(await harness.refusal(method, at, { token: guest, ...body }), [403, 'forbidden'], `${method} ${at}`);
    assert.deepEqual(await harness.refusal(method, at, { token: stranger, ...body }), [404, 'not-found'], `${method} ${at}`);
  }
  assert.deepEqual(await harness.refusal('GET', `/v1/sessions/${'x'.repeat(22)}/invites`, { token: ada.token }), [404, 'not-found']);
  assert.deepEqual(await harness.refusal('GET', `/v1/campaigns/${table}/invites`, { token: ada.token }), [404, 'not-found']);
});

test('IDENTITY-16: an invitation to a campaign takes an account', async (t) => {
  const { harness, ada, preview, redeem } = await setUp(t);
  const { json } = await harness.call('POST', '/v1/sessions', { token: ada.token, body: { type: 'campaign', name: 'Reef' } });
  const campaign = String(Object(json['session']).id);
  const made = await harness.call('POST', `/v1/campaigns/${campaign}/invites`, { token: ada.token, body: {} });
  const token = text(made.json, 'token');
  assert.equal(Object((await preview(token)).json['session']).type, 'campaign');
  assert.equal((await redeem(token, 'Otto')).status, 403);
});
