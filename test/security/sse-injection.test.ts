import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../../src/protocol/ids.ts';
import { hello, LiveServer } from './live.ts';

/** What would begin another field or event, if it came through as it stands. */
const EVIL = 'x\n\nevent: evil\nid: 666\nretry: 1\ndata: {"t":"error"}\r\n\r\ndata: y\r\rdata: z\u2028\u2029\u0085\u0000end';
const LEGAL = /^(?:data: |event: (?:reset|change|remove|packed|closed|end)$|id: [\w.-]+$|retry: \d+$|: ?|:here)/;

/** Reads a stream until a text has come, and says what lines it had. */
async function linesUntil(response: Response, text: string): Promise<string[]> {
  const reader = response.body?.getReader() ?? assert.fail('no stream');
  const decoder = new TextDecoder();
  let all = '';
  while (!all.includes(text)) {
    const { done, value } = await reader.read();
    assert.ok(!done, all);
    all += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return all.split(/\r\n|\r|\n/);
}

function check(lines: readonly string[]): void {
  for (const line of lines.slice(0, -1)) assert.ok(line === '' || LEGAL.test(line), JSON.stringify(line));
  assert.ok(!lines.some((line) => /^(event: evil|id: 666|retry: 1|data: [yz])/.test(line)));
}

test('CONN-17: whatever people write, a session’s stream has one event for each frame', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  const token = await live.token('ada', { name: EVIL });
  const response = await fetch(`${live.url}/v1/sessions/${table}/stream`, {
    method: 'POST',
    body: JSON.stringify(hello(table, undefined)),
    headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
  });
  assert.equal(response.status, 200);
  await live.server.sessions.run(table as SessionId, { as: 'system', command: 'moveToken', args: { id: 'marlin-777', x: 1, y: 2 } });
  await live.server.sessions.run(table as SessionId, { as: 'system', command: '@rename', args: { name: 'The end 42' } });
  check(await linesUntil(response, 'The end 42'));
});

test('CONN-17: names in the watched list begin no event of their own', async (t) => {
  const live = await LiveServer.start(t);
  await live.table('ada', { name: 'before' });
  const response = await fetch(`${live.url}/v1/sessions/watch`, {
    headers: { authorization: `Bearer ${await live.token('eve', { name: EVIL })}` },
  });
  const made = await live.server.sessions.create({
    type: 'tabletop',
    by: { id: 'ada' as never, name: EVIL, claims: {} },
    name: `Odd ${EVIL}`.slice(0, 80),
    access: 'open',
  });
  assert.ok(made.ok, JSON.stringify(made));
  await live.table('ada', { name: 'The end 42' });
  const lines = await linesUntil(response, 'The end 42');
  check(lines);
  assert.ok(lines.some((line) => line.startsWith('data: ') && line.includes('evil')));
});

test('CONN-22: what a watcher names as its last event is a place or nothing, and comes back in no line', async (t) => {
  const live = await LiveServer.start(t);
  const table = await live.table('ada');
  await live.as('ada', 'POST', `/v1/sessions/${table}/join`, { body: {} });
  const { text } = await live.as('ada', 'POST', `/v1/sessions/${table}/watch-ticket`, { body: {} });
  const ticket = String(Object(JSON.parse(text)).ticket);
  const after = encodeURIComponent('1\n\nevent: evil\ndata: x');
  const response = await fetch(`${live.url}/v1/sessions/${table}/stream?ticket=${ticket}&after=${after}`);
  check(await linesUntil(response, '"tail"'));
});
