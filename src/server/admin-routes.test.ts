import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { OPERATORS_SESSION } from '../access/operators.ts';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { HttpHarness, type Answer } from '../testing/http-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { createServer } from './create-server.ts';
import { jwtAuth } from './jwt-auth-adapter.ts';
import { memoryStore } from './memory-store.ts';
import { operatorAuth, type Scope } from './operator-auth.ts';
import { readStoredEvents } from './stored-sessions.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const auth = operatorAuth({ secret: SECRET });

/** A server with one table of Ada's that is not listed, and Sam, an operator with these scopes. */
async function setUp(t: TestContext, ...scopes: Scope[]) {
  const store = memoryStore();
  const harness = await HttpHarness.start(t, { operators: auth, store });
  const ada = await harness.live.signIn('Ada');
  const table = await harness.create(ada.token, { name: 'Friday night', listed: false });
  const token = await auth.issue({ sub: 'sam', name: 'Sam', scopes }, 60);
  const call = (method: string, path: string, body?: JsonObject): Promise<Answer> =>
    harness.call(method, `/v1/admin/${path}`, { token, ...(body === undefined ? {} : { body }) });
  /** What the log of the operators holds, oldest first. */
  const acts = async (): Promise<JsonObject[]> => {
    const read = await readStoredEvents(store, OPERATORS_SESSION, 2, 1_000);
    return (read?.events ?? []).map(({ who, input }) => ({ who, ...(input as JsonObject) }));
  };
  return { harness, server: harness.live.server, ada, table, call, acts };
}

test('IDENTITY-10: operators see every session and connection; players and strangers see none of it', async (t) => {
  const { harness, ada, table, call } = await setUp(t, 'read');
  const session = await ada.client.join(table);
  const { json } = await call('GET', 'sessions');
  assert.deepEqual(
    (json['sessions'] as JsonObject[]).map(({ id, listed }) => [id, listed]),
    [[table, false]],
  );
  const shown = (await call('GET', `sessions/${table}`)).json;
  const { budget, ...status } = shown['status'] as JsonObject;
  assert.deepEqual(status, { awake: true, connections: 1, health: 'ok' });
  assert.equal((budget as JsonObject)['health'], 'ok');
  assert.deepEqual(
    (shown['people'] as JsonObject[]).map(({ name, role }) => [name, role]),
    [['Ada', 'gm']],
  );
  const { connections } = (await call('GET', `connections?session=${table}`)).json as { connections: JsonObject[] };
  assert.deepEqual(
    connections.map(({ participant, state }) => [participant, state]),
    [[ada.participant.id, 'live']],
  );
  for (const path of ['sessions', `sessions/${table}`, 'connections', `sessions/${table}/dump`]) {
    assert.deepEqual(await harness.refusal('GET', `/v1/admin/${path}`, { token: ada.token }), [401, 'unauthenticated'], path);
    assert.deepEqual(await harness.refusal('GET', `/v1/admin/${path}`), [401, 'unauthenticated'], path);
  }
  await session.leave();
});

test('LIFECYCLE-17: operators find what sessions are remembered by, by person and time', async (t) => {
  const { harness, ada, table, call, acts } = await setUp(t, 'read');
  const session = await ada.client.join(table);
  await session.leave();
  const found = async (query: string): Promise<unknown[]> =>
    ((await call('GET', `history?${query}`)).json['sessions'] as JsonObject[]).map((one) => one['session']);
  assert.deepEqual(await found(`person=${ada.participant.id}`), [table]);
  assert.deepEqual(await found('person=nobody'), []);
  assert.deepEqual(await found(`person=${ada.participant.id}&to=1`), []);
  assert.deepEqual(await found(`person=${ada.participant.id}&from=9999999999999`), []);
  assert.deepEqual(await harness.refusal('GET', '/v1/admin/history', { token: ada.token }), [401, 'unauthenticated']);
  assert.ok((await acts()).some(({ what }) => what === 'history'));
});

test('IDENTITY-9: an operator’s token plays nowhere', async (t) => {
  const { harness, table } = await setUp(t);
  const token = await auth.issue({ sub: 'sam', scopes: ['read', 'end'] }, 60);
  assert.deepEqual(await harness.refusal('GET', '/v1/sessions', { token }), [401, 'unauthenticated']);
  assert.deepEqual(await harness.refusal('POST', `/v1/sessions/${table}/end`, { token, body: {} }), [401, 'unauthenticated']);
});

test('IDENTITY-9: without operators there are no routes for them', async (t) => {
  const harness = await HttpHarness.start(t);
  const token = await auth.issue({ sub: 'sam', scopes: ['read'] }, 60);
  assert.deepEqual(await harness.refusal('GET', '/v1/admin/sessions', { token }), [404, 'not-found']);
  assert.doesNotMatch((await harness.call('GET', '/openapi.json')).text, /v1\/admin/);
});

test('IDENTITY-10: a token does what its scopes say, and a refused try is recorded', async (t) => {
  const { table, call, acts } = await setUp(t, 'read');
  for (const [method, path] of [
    ['POST', 'connections/c1/evict'],
    ['GET', `sessions/${table}/dump`],
    ['POST', `sessions/${table}/end`],
  ] as const) {
    const { status, json } = await call(method, path, method === 'POST' ? {} : undefined);
    assert.deepEqual([status, Object(json['error']).code], [403, 'forbidden'], path);
  }
  assert.deepEqual(await acts(), [
    { who: 'operator:sam', what: 'adminEvictConnection', session: 'c1', outcome: 'forbidden' },
    { who: 'operator:sam', what: 'adminDumpSession', session: table, outcome: 'forbidden' },
    { who: 'operator:sam', what: 'adminEndSession', session: table, outcome: 'forbidden' },
  ]);
});

test('IDENTITY-10: an evicted client hears the code and the reason, and stays away', async (t) => {
  const { ada, table, call, acts } = await setUp(t, 'read', 'evict');
  const session = await ada.client.join(table);
  const { connections } = (await call('GET', 'connections')).json as { connections: { id: string }[] };
  const connection = connections[0]?.id;
  const closed = new Promise<void>((resolve) => session.on('status', ({ state }) => state === 'closed' && resolve()));
  assert.equal((await call('POST', `connections/${connection}/evict`, { reason: 'Spam.' })).status, 204);
  await closed;
  assert.ok(session.status.state === 'closed');
  assert.deepEqual([session.status.reason.code, session.status.reason.message], ['forbidden', 'Spam.']);
  assert.equal((await call('POST', `connections/${connection}/evict`)).status, 404);
  const details = { connection: String(connection), participant: ada.participant.id, code: 'forbidden' };
  const [, first, second] = await acts();
  assert.deepEqual(first, { who: 'operator:sam', what: 'evict', session: table, outcome: 'done', details });
  assert.deepEqual([second?.['what'], second?.['outcome']], ['evict', 'not-found']);
});

test('IDENTITY-10: a dump shows all, or what a participant sees, at any seq', async (t) => {
  const { harness, server, table, call, acts } = await setUp(t, 'dump');
  const otto = await harness.live.signIn('Otto');
  const run = (command: string, args: JsonObject) => server.sessions.run(table as SessionId, { as: 'system', command, args });
  const moved = await run('moveToken', { id: 'marlin', x: 1, y: 2 });
  await run('moveToken', { id: 'marlin', x: 8, y: 9 });
  assert.ok(moved.ok);
  const tokens = async (query: string) => Object((await call('GET', `sessions/${table}/dump${query}`)).json['state']).tokens;
  assert.deepEqual(await tokens(''), { marlin: { x: 8, y: 9 } });
  assert.deepEqual(await tokens(`?at=${moved.seq}`), { marlin: { x: 1, y: 2 } });
  assert.equal((await call('GET', `sessions/${table}/dump?as=${otto.participant.id}`)).status, 404);
  assert.equal((await call('GET', `sessions/${table}/dump?at=99`)).status, 400);
  assert.equal((await call('GET', `sessions/${'x'.repeat(22)}/dump`)).status, 404);
  assert.deepEqual(
    (await acts()).map(({ what, outcome }) => [what, outcome]),
    [
      ['dump', 'done'],
      ['dump', 'done'],
      ['dump', 'not-found'],
      ['dump', 'bad-request'],
      ['dump', 'not-found'],
    ],
  );
});

test('IDENTITY-10: a participant’s dump holds what that role may see, and nothing else', async (t) => {
  const { harness, ada, call } = await setUp(t, 'dump');
  const table = await harness.create(ada.token, { name: 'Open table' });
  const otto = await harness.live.signIn('Otto');
  const session = await otto.client.join(table);
  const whole = Object((await call('GET', `sessions/${table}/dump`)).json['state']);
  const seen = Object((await call('GET', `sessions/${table}/dump?as=${otto.participant.id}`)).json['state']);
  assert.deepEqual(seen, session.state);
  assert.ok(Object.keys(whole).length > Object.keys(seen).length);
});

test('IDENTITY-11: the log of a session that an operator ended names the operator', async (t) => {
  const { server, table, call, acts } = await setUp(t, 'end');
  const events: [string, string][] = [];
  await server.sessions.observeSession(table as SessionId, ({ command, who }) => void events.push([command, who]));
  const { status, json } = await call('POST', `sessions/${table}/end`, { reason: 'Abuse.' });
  assert.equal(status, 200);
  assert.ok(Number(json['seq']) > 1);
  assert.ok(events.some(([command, who]) => command === '@end' && who === 'operator:sam'));
  assert.deepEqual(await acts(), [{ who: 'operator:sam', what: 'end', session: table, outcome: 'done', details: { reason: 'Abuse.' } }]);
  assert.notEqual((await call('POST', `sessions/${table}/end`)).status, 200);
});

test('ACCESS-21: an operator of that scope erases what a person wrote, and is recorded', async (t) => {
  const { server, table, call, acts } = await setUp(t, 'erase');
  const events: [string, string][] = [];
  await server.sessions.observeSession(table as SessionId, ({ command, who }) => void events.push([command, who]));
  assert.equal((await call('POST', `sessions/${table}/erase`, { participant: 'tom' })).status, 200);
  assert.ok(events.some(([command, who]) => command === '@erase' && who === 'operator:sam'));
  const recorded = { who: 'operator:sam', what: 'erase', session: table, outcome: 'done', details: { participant: 'tom' } };
  assert.deepEqual(await acts(), [recorded]);
});

test('IDENTITY-11: acts are linked by hash, however many come at once, the first of all among them', async (t) => {
  const { table, call, acts, server } = await setUp(t, 'dump');
  await Promise.all(Array.from({ length: 10 }, () => call('GET', `sessions/${table}/dump`)));
  assert.equal((await acts()).length, 10);
  assert.equal((await server.sessions.get(OPERATORS_SESSION))?.headSeq, 11);
});

test('IDENTITY-11: looking again and again is recorded once a minute', async (t) => {
  const { table, call, acts } = await setUp(t, 'read');
  for (let times = 0; times < 3; times += 1) {
    await call('GET', 'sessions');
    await call('GET', 'connections');
    await call('GET', `sessions/${table}`);
  }
  assert.deepEqual(
    (await acts()).map(({ what, session }) => [what, session]),
    [
      ['sessions', null],
      ['connections', null],
      ['show', table],
    ],
  );
});

test('IDENTITY-11: operators read what operators did, the newest first, and page by page', async (t) => {
  const { table, call } = await setUp(t, 'read', 'dump');
  assert.deepEqual((await call('GET', 'acts')).json['acts'], []);
  for (let at = 1; at <= 3; at += 1) await call('GET', `sessions/${table}/dump?at=1`);
  const page = (await call('GET', 'acts?limit=2')).json['acts'] as { seq: number }[];
  const before = (await call('GET', `acts?before=${page.at(-1)?.seq}`)).json['acts'] as { seq: number; what: string }[];
  assert.deepEqual(
    page.map(({ seq }) => seq),
    [5, 4],
  );
  assert.deepEqual(
    before.map(({ seq, what }) => [seq, what]),
    [
      [3, 'dump'],
      [2, 'acts'],
    ],
  );
  const { at, ...newest } = page[0] as { seq: number; at?: number };
  assert.ok(Number(at) > 0);
  assert.deepEqual(newest, {
    seq: 5,
    who: 'operator:sam',
    what: 'dump',
    session: table,
    outcome: 'done',
    details: { as: 'system', at: 1 },
  });
});

test('IDENTITY-11: what cannot be recorded is not disclosed', async (t) => {
  const { server, table, call } = await setUp(t, 'dump');
  await call('GET', `sessions/${table}/dump`);
  await server.sessions.end(OPERATORS_SESSION, 'system');
  const { status, text } = await call('GET', `sessions/${table}/dump`);
  assert.equal(status, 503);
  assert.doesNotMatch(text, /Friday night/);
});

test('IDENTITY-12: the log of the operators is listed nowhere, and nobody creates, joins, reads or ends it', async (t) => {
  const { harness, server, ada, table, call } = await setUp(t, 'read', 'dump', 'end');
  await call('GET', `sessions/${table}/dump`);
  assert.ok((await server.sessions.get(OPERATORS_SESSION)) !== undefined);
  assert.ok(!(await server.sessions.list({})).some(({ session }) => session === OPERATORS_SESSION));
  assert.doesNotMatch((await call('GET', 'sessions')).text, /"operators"/);
  assert.deepEqual(await harness.refusal('POST', '/v1/sessions', { token: ada.token, body: { type: 'operators' } }), [404, 'unknown-type']);
  const made = await server.sessions.create({ type: 'operators', by: 'system' });
  assert.equal(!made.ok && made.code, 'unknown-type');
  await assert.rejects(ada.client.join(OPERATORS_SESSION), { code: 'not-found' });
  for (const path of ['', '/dump']) assert.equal((await call('GET', `sessions/${OPERATORS_SESSION}${path}`)).status, 400);
  assert.equal((await call('POST', `sessions/${OPERATORS_SESSION}/end`)).status, 400);
  const by = { id: ada.participant.id, name: 'Ada', claims: {} };
  for (const command of ['act', '@end', '@join']) {
    const ran = await server.sessions.run(OPERATORS_SESSION, { as: by, command, args: null });
    assert.ok(!ran.ok, command);
  }
});

test('IDENTITY-9: one audience for players and operators is refused at the start', async () => {
  const shared = { secret: SECRET, audience: 'tables' };
  const server = createServer({
    sessions: [tinyTabletop],
    store: memoryStore(),
    auth: jwtAuth(shared),
    operators: operatorAuth(shared),
    port: 0,
    logger: false,
  });
  await assert.rejects(server.start(), /operators: their audience 'tables' is that of the players too/);
});

test('IDENTITY-12: no definition of a host takes the name of a session type of the server’s own', async () => {
  for (const name of ['operators', 'campaign']) {
    const mine = defineSession(name, { version: 1, initial: () => ({}), commands: {} });
    const server = createServer({ sessions: [mine], store: memoryStore(), dev: true, port: 0, logger: false });
    await assert.rejects(server.start(), new RegExp(`'${name}' is a type of the server’s own`));
  }
});

test('BUDGET-16: operators see what each session uses, with its limits, and how much the server has to do', async (t) => {
  const { call, table } = await setUp(t, 'read');
  const [row] = (await call('GET', 'sessions')).json['sessions'] as [JsonObject];
  const { awake, health, memoryBytes } = row['use'] as JsonObject;
  assert.deepEqual([awake, health], [true, 'ok']);
  assert.ok(Number(memoryBytes) > 10_000 && Number(memoryBytes) < 200_000, `${Number(memoryBytes)} bytes`);
  const { status } = (await call('GET', `sessions/${table}`)).json as { status: { budget: { uses: JsonObject[]; totals: JsonObject } } };
  const memory = status.budget.uses.find(({ budget }) => budget === 'memoryBytes');
  assert.deepEqual([memory?.['onHard'], memory?.['level']], ['pause', 'ok']);
  assert.ok(Number(status.budget.uses.find(({ budget }) => budget === 'logBytes')?.['value']) > 100);
  const load = (await call('GET', 'load')).json as { level: string; uses: { name: string; value: number }[] };
  assert.equal(load.level, 'ok');
  assert.deepEqual(
    load.uses.map(({ name }) => name),
    ['awakeSessions', 'heapBytes', 'residentBytes', 'eventLoopDelayMs'],
  );
});
