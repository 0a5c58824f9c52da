import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpHarness } from '../testing/http-harness.ts';

test('LIFECYCLE-19: a session is paused and resumed over HTTP, by those who may; what cannot be is refused with what can', async (t) => {
  const http = await HttpHarness.start(t);
  const [ada, bob] = [await http.token('Ada'), await http.token('Bob')];
  const id = await http.create(ada);
  const post = (step: string, token: string, body?: unknown) => http.call('POST', `/v1/sessions/${id}/${step}`, { token, body });
  assert.equal((await post('pause', bob, {})).status, 403);
  const paused = await post('pause', ada, { reason: 'pizza' });
  assert.deepEqual([paused.status, typeof paused.json['seq']], [200, 'number']);
  const command = { name: 'roll', args: {} };
  await post('join', bob, {});
  const refused = await http.call('POST', `/v1/sessions/${id}/commands`, { token: bob, body: command });
  assert.deepEqual([refused.status, Object(refused.json['error']).code], [409, 'not-active']);
  assert.match(String(Object(refused.json['error']).message), /pizza/);
  const again = await post('pause', ada);
  assert.equal(again.status, 409);
  assert.deepEqual(Object(again.json['error']).details, {
    status: 'paused',
    event: 'pause',
    legal: ['resume', 'warn', 'abandon', 'end'],
  });
  assert.equal((await post('resume', ada)).status, 200);
  assert.equal((await http.call('POST', `/v1/sessions/${id}/commands`, { token: bob, body: command })).status, 200);
  assert.deepEqual(await http.refusal('POST', `/v1/sessions/${id}/start`, { token: ada }), [409, 'illegal-transition']);
});

test('LIFECYCLE-19: the history is for its owner and whoever takes part; who left is told nothing of it', async (t) => {
  const http = await HttpHarness.start(t);
  const ada = await http.live.signIn('Ada');
  const [bob, eve] = [await http.live.signIn('Bob'), await http.token('Eve')];
  const id = await http.create(ada.token);
  await http.call('POST', `/v1/sessions/${id}/join`, { token: bob.token, body: {} });
  for (const { token } of [ada, bob]) {
    const { status, json } = await http.call('GET', `/v1/sessions/${id}/history`, { token });
    const { session, people } = Object(json['history']);
    assert.deepEqual([status, session, Object.keys(people)], [200, id, [bob.participant.id]]);
  }
  await http.call('POST', `/v1/sessions/${id}/leave`, { token: bob.token, body: {} });
  for (const token of [bob.token, eve]) {
    assert.deepEqual(await http.refusal('GET', `/v1/sessions/${id}/history`, { token }), [404, 'not-found']);
  }
});
