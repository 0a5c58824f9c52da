import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { HttpHarness } from '../testing/http-harness.ts';

test('SERVER-10: creating a session answers 201 with the session, owned by its maker', async (t) => {
  const http = await HttpHarness.start(t);
  const { token, participant } = await http.live.signIn('Ada');
  const body = { type: 'tabletop', name: 'Friday night', access: 'open', maxParticipants: 6, options: { title: 'dungeon' } };
  const { status, json } = await http.call('POST', '/v1/sessions', { token, body });
  assert.equal(status, 201);
  const { id, rev, createdAt, updatedAt, ...session } = json['session'] as JsonObject;
  assert.match(id as string, /^[A-Za-z0-9_-]{22}$/);
  assert.ok(Number(rev) > 0 && Number(createdAt) > 0 && Number(updatedAt) >= Number(createdAt));
  assert.deepEqual(session, {
    type: 'tabletop',
    name: 'Friday night',
    status: 'active',
    owner: participant.id,
    ownerName: 'Ada',
    campaign: null,
    access: 'open',
    listed: true,
    seats: 0,
    maxSeats: 6,
    listing: {},
  });
});

test('SERVER-10: a type that is not hosted is refused, naming those that are', async (t) => {
  const http = await HttpHarness.start(t);
  const { status, json } = await http.call('POST', '/v1/sessions', { token: await http.token('Ada'), body: { type: 'chess' } });
  assert.equal(status, 404);
  assert.match(http.live.url && String(Object(json['error']).message), /tabletop/);
});

test('SERVER-10: a list is narrowed by type, status, owner and text', async (t) => {
  const http = await HttpHarness.start(t);
  const ada = await http.live.signIn('Ada');
  const bob = await http.token('Bob');
  await http.create(ada.token, { name: 'Red dragon' });
  await http.create(bob, { name: 'Blue dragon' });
  const ended = await http.create(bob, { name: 'Old' });
  await http.live.server.sessions.end(ended as SessionId, 'system');
  assert.deepEqual((await http.names(bob)).sort(), ['Blue dragon', 'Old', 'Red dragon']);
  assert.deepEqual(await http.names(bob, '?text=RED'), ['Red dragon']);
  assert.deepEqual(await http.names(bob, '?status=ended'), ['Old']);
  assert.deepEqual(await http.names(bob, `?owner=${ada.participant.id}`), ['Red dragon']);
  assert.deepEqual(await http.names(bob, '?type=chess'), []);
});

test('SERVER-10: a list can be paged with its cursor, each session once', async (t) => {
  const http = await HttpHarness.start(t);
  const token = await http.token('Ada');
  for (let n = 0; n < 5; n += 1) await http.create(token, { name: `s${n}` });
  const names: string[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const { json } = await http.call('GET', `/v1/sessions?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`, { token });
    names.push(...(json['sessions'] as { name: string }[]).map(({ name }) => name));
    cursor = json['cursor'] as string | undefined;
  }
  assert.deepEqual(names.sort(), ['s0', 's1', 's2', 's3', 's4']);
  assert.deepEqual(await http.refusal('GET', '/v1/sessions?cursor=nonsense', { token }), [400, 'bad-request']);
});

test('SERVER-10: unlisted sessions are shown to their owner alone', async (t) => {
  const http = await HttpHarness.start(t);
  const ada = await http.live.signIn('Ada');
  const bob = await http.token('Bob');
  const id = await http.create(ada.token, { name: 'secret', listed: false });
  assert.deepEqual(await http.names(bob), []);
  assert.deepEqual(await http.names(bob, `?owner=${ada.participant.id}`), []);
  assert.deepEqual(await http.names(ada.token, `?owner=${ada.participant.id}`), ['secret']);
  assert.deepEqual(await http.refusal('GET', `/v1/sessions/${id}`, { token: bob }), [404, 'not-found']);
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${id}/end`, { token: bob }), [404, 'not-found']);
});

test('SERVER-10: meta and state are shown to participants only, as each may see them', async (t) => {
  const http = await HttpHarness.start(t);
  const [ada, bob, eve] = [await http.live.signIn('Ada'), await http.live.signIn('Bob'), await http.token('Eve')];
  const id = await http.create(ada.token);
  const [table] = [await ada.client.join(id), await bob.client.join(id)];
  await table.commands['hide']?.({ key: 'trap', text: 'under the rug' });
  const seen = async (token: string) => Object((await http.call('GET', `/v1/sessions/${id}`, { token })).json['state']);
  assert.deepEqual((await seen(ada.token)).secrets, { trap: 'under the rug' });
  assert.equal('secrets' in (await seen(bob.token)), false);
  const outside = (await http.call('GET', `/v1/sessions/${id}`, { token: eve })).json;
  assert.deepEqual(Object.keys(outside), ['session']);
});

test('SERVER-10: ending is for those who may; an ended session stays readable', async (t) => {
  const http = await HttpHarness.start(t);
  const [{ token: ada, client }, bob] = [await http.live.signIn('Ada'), await http.token('Bob')];
  const id = await http.create(ada);
  await client.join(id);
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${id}/end`, { token: bob }), [403, 'forbidden']);
  const ended = await http.call('POST', `/v1/sessions/${id}/end`, { token: ada, body: { reason: 'done' } });
  assert.deepEqual([ended.status, ended.json], [200, { seq: 3 }]);
  const { json } = await http.call('GET', `/v1/sessions/${id}`, { token: bob });
  assert.equal(Object(json['session']).status, 'ended');
});

test('SERVER-11: the watch is a stream of events that begins with the list and follows changes', async (t) => {
  const http = await HttpHarness.start(t);
  const token = await http.token('Ada');
  const stop = new AbortController();
  const response = await fetch(`${http.live.url}/v1/sessions/watch`, {
    headers: { authorization: `Bearer ${token}` },
    signal: stop.signal,
  });
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader !== undefined);
  let text = '';
  const until = async (wanted: RegExp) => {
    while (!wanted.test(text)) text += (await reader.read()).value ?? assert.fail('the stream ended');
  };
  await until(/event: reset\nid: 0\ndata: \{"sessions":\[\],"rev":0\}\n\n/);
  const id = await http.create(token, { name: 'fresh\nname: x' });
  await until(new RegExp(`event: change\\nid: \\d+\\ndata: \\{"id":"${id}"[^\\n]*\\n\\n`));
  stop.abort();
});

test('SERVER-3: stopping ends every watch', async (t) => {
  const http = await HttpHarness.start(t);
  const token = await http.token('Ada');
  const response = await fetch(`${http.live.url}/v1/sessions/watch`, { headers: { authorization: `Bearer ${token}` } });
  const reading = response.text();
  await http.live.server.stop();
  assert.match(await reading, /^event: reset/);
});
