import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../../src/protocol/ids.ts';
import { hello, LiveServer } from './live.ts';

/** Everything by which a careless server might be told who is asking. */
const HEADERS = {
  'x-user-id': 'ada',
  'x-user': 'ada',
  'x-forwarded-user': 'ada',
  'x-remote-user': 'ada',
  'remote-user': 'ada',
  'x-holdfast-participant': 'ada',
  'cookie': 'participant=ada; sub=ada',
};
const FIELDS = {
  participant: { id: 'ada', role: 'gm' },
  identity: { id: 'ada' },
  sub: 'ada',
  as: 'ada',
  who: 'ada',
  by: 'ada',
  userId: 'ada',
};

/** Who did what at a table, as its log says. */
async function eventsOf(live: LiveServer, table: string): Promise<string[]> {
  const events: string[] = [];
  await live.server.sessions.observeSession(table as SessionId, ({ who, command }) => void events.push(`${who} ${command}`));
  return events;
}

test('IDENTITY-19: fields of a hello make nobody another person', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const { frames, socket } = await live.socket([hello(table, await live.token('eve'), FIELDS)], HEADERS);
  assert.deepEqual(Object(frames[0]?.['participant']).id, 'eve');
  assert.notEqual(Object(frames[0]?.['participant']).role, 'gm');
  socket.close();
});

test('IDENTITY-19: a command is its connection’s, whatever stands in it', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const events = await eventsOf(live, table);
  const { socket } = await live.socket([hello(table, await live.token('eve'))]);
  socket.send(JSON.stringify({ t: 'command', n: 1, low: 1, name: 'roll', args: { sides: 6, ...FIELDS } }));
  while (!events.some((event) => event.endsWith(' roll'))) await new Promise((resolve) => socket.once('message', resolve));
  assert.ok(events.includes('eve roll') && !events.some((event) => event.startsWith('ada ')));
  const ended = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.send(JSON.stringify({ t: 'command', n: 2, low: 2, name: 'roll', args: {}, who: 'ada' }));
  assert.equal(await ended, 4400);
});

test('IDENTITY-19: a request is its credential’s, whatever its headers and body say', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const path = `/v1/sessions/${table}`;
  assert.equal((await live.call('GET', path, { headers: HEADERS })).status, 401);
  await live.as('eve', 'POST', `${path}/join`, { body: {} });
  const events = await eventsOf(live, table);
  for (const field of Object.keys(FIELDS)) {
    const { status } = await live.as('eve', 'POST', `${path}/commands`, { body: { name: 'roll', args: {}, [field]: 'ada' } });
    assert.equal(status, 400, field);
  }
  await live.as('eve', 'POST', `${path}/commands`, { body: { name: 'roll', args: { by: 'ada' } }, headers: HEADERS });
  const ended = await live.as('eve', 'POST', `${path}/end`, { body: {}, headers: HEADERS });
  assert.equal(ended.status, 403);
  assert.deepEqual(events, ['eve roll']);
});

test('IDENTITY-19: the instance, the connection and the reconnect token of another are worth nothing', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const ada = await live.socket([hello(table, await live.token('ada'))]);
  const { instance, connection, reconnect } = ada.frames[0] ?? {};
  const eve = await live.token('eve');
  const stolen = await live.socket([hello(table, eve, { connection, reconnect })]);
  assert.notEqual(stolen.frames[0]?.['connection'], connection);
  assert.equal(Object(stolen.frames[0]?.['participant']).id, 'eve');
  assert.equal(ada.socket.readyState, ada.socket.OPEN);
  const taken = await live.socket([hello(table, eve, { instance })]);
  assert.equal(taken.frames[0]?.['code'], 'unknown-instance');
  const posted = await live.as('eve', 'POST', `/v1/sessions/${table}/frames`, {
    body: [{ t: 'ping', at: 1 }],
    headers: { 'holdfast-connection': String(connection) },
  });
  assert.equal(posted.status, 404);
  const body = { name: 'roll', args: {}, instance, number: 1 };
  assert.notEqual((await live.as('eve', 'POST', `/v1/sessions/${table}/commands`, { body })).status, 200);
  ada.socket.close();
  stolen.socket.close();
});

test('IDENTITY-19: a name that reads like somebody else’s changes no id, and carries nothing hidden', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const { frames, socket } = await live.socket([hello(table, await live.token('eve', { name: ' system\u0000\u202e\nada ' }))]);
  const { id, name } = Object(frames[0]?.['participant']);
  assert.equal(id, 'eve');
  assert.doesNotMatch(name, /[\p{Cc}\p{Zl}\p{Zp}\n]/u);
  socket.close();
});

test('IDENTITY-19: another credential on a live connection does not make it another person’s', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const { socket } = await live.socket([hello(table, await live.token('eve'))]);
  const ended = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.send(JSON.stringify({ t: 'renew', token: await live.token('ada') }));
  assert.equal(await ended, 4401);
});
