import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionStatus } from 'holdfast/client';
import { Restart } from './restart.ts';

const LIVE: SessionStatus = { state: 'live', since: 0, transport: 'websocket' };

function waitingFor(code: 'shutting-down' | 'gone'): SessionStatus {
  return { state: 'waiting', since: 0, attempt: 1, kept: 0, reason: { code, message: '', then: 'reconnect' } };
}

test('DEMO-15: a server that said it restarts is restarting until it is back, whatever the tries meanwhile run into', () => {
  const restart = new Restart(() => 0);
  restart.see(waitingFor('shutting-down'));
  restart.see(waitingFor('gone'));
  assert.equal(restart.isUnderWay, true);
  restart.see(LIVE);
  restart.see(waitingFor('gone'));
  assert.equal(restart.isUnderWay, false);
});

test('DEMO-15: a server that is away without a word is not said to restart', () => {
  const restart = new Restart(() => 0);
  restart.see(waitingFor('gone'));
  assert.equal(restart.isUnderWay, false);
});

test('DEMO-15: a restart that takes too long is waited for as any other server', () => {
  let now = 0;
  const restart = new Restart(() => now);
  restart.see(waitingFor('shutting-down'));
  now = 29_999;
  restart.see(waitingFor('gone'));
  assert.equal(restart.isUnderWay, true);
  now = 30_000;
  assert.equal(restart.isUnderWay, false);
});
