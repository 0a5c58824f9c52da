import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientHarness, firstFrames, snapshot, tail, welcome } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';

const MINUTE = 60_000;
/** The server's clock is an hour ahead of this device's. */
const AHEAD_MS = 60 * MINUTE;

/** A client whose function gives `token-1`, `token-2`, ... */
function setUp(token?: () => string | Promise<string>) {
  let made = 0;
  const harness = new ClientHarness({ token: token ?? (() => `token-${(made += 1)}`) });
  const began = harness.clock.now() + AHEAD_MS;
  const join = async (endsInMs: number) => {
    const session = await harness.join([welcome({ now: began, expiresAt: began + endsInMs }), snapshot(10), tail(10)]);
    // What renews is loaded when it is first needed.
    for (let turn = 0; turn < 50 && harness.clock.timers < 3; turn += 1) await settle();
    return session;
  };
  const sent = (t: string): object[] => harness.connection.received.filter((frame) => Object(frame).t === t);
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5_000) {
      harness.clock.advance(5_000);
      harness.connection.say({ t: 'pong', at: harness.clock.monotonic(), now: harness.clock.now() + AHEAD_MS });
      await settle();
    }
  };
  return { harness, join, sent, advance, began };
}

test('IDENTITY-7: a client with a function renews a minute before the end, by the server’s clock', async () => {
  const { join, sent, advance, harness, began } = setUp();
  await join(60 * MINUTE);
  await advance(58.9 * MINUTE);
  assert.deepEqual(sent('renew'), []);
  await advance(0.2 * MINUTE);
  assert.deepEqual(sent('renew'), [{ t: 'renew', token: 'token-2' }]);
  harness.connection.say({ t: 'renewed', expiresAt: began + 120 * MINUTE });
  await settle();
  await advance(59.5 * MINUTE);
  assert.equal(sent('renew').length, 1);
  await advance(0.7 * MINUTE);
  assert.deepEqual(sent('renew').at(-1), { t: 'renew', token: 'token-3' });
  assert.equal(sent('hello').length, 1);
});

test('IDENTITY-7: a short credential is renewed when a fifth of its time is left', async () => {
  const { join, sent, advance } = setUp();
  await join(MINUTE);
  await advance(45_000);
  assert.deepEqual(sent('renew'), []);
  await advance(5_000);
  assert.equal(sent('renew').length, 1);
});

test('IDENTITY-7: a function that fails, or has nothing new yet, is asked again before the end', async () => {
  let asked = 0;
  const { join, sent, advance } = setUp(() => {
    asked += 1;
    if (asked === 2) throw new Error('offline');
    return asked < 4 ? 'token-1' : 'token-2';
  });
  await join(10 * MINUTE);
  await advance(10 * MINUTE);
  assert.deepEqual(sent('renew')[0], { t: 'renew', token: 'token-2' });
});

test('IDENTITY-7: with a fixed token nothing is renewed, and the end says to sign in again', async () => {
  const harness = new ClientHarness({ token: 'token-1' });
  const now = harness.clock.now();
  const session = await harness.join([welcome({ now, expiresAt: now + 10 * MINUTE }), snapshot(10), tail(10)]);
  harness.connection.say({ t: 'error', code: 'expired', message: 'The credential has expired; sign in again.' });
  await settle();
  const { status } = session;
  assert.ok(status.state === 'closed');
  assert.deepEqual([status.reason.code, status.reason.message], ['expired', 'The credential has expired; sign in again.']);
  assert.equal(harness.connection.received.filter((frame) => Object(frame).t === 'renew').length, 0);
});

test('IDENTITY-7: ended all the same, a client with a function comes back with a new credential', async () => {
  const { harness, join } = setUp();
  const session = await join(10 * MINUTE);
  harness.connection.say({ t: 'error', code: 'expired', message: 'over' });
  await settle();
  await harness.comeBack([welcome({ resumed: true }), tail(10)]);
  await settle();
  assert.equal(harness.connection.hello?.token, 'token-2');
  assert.equal(session.status.state, 'live');
});

test('IDENTITY-7: what has no end starts no timer and is not renewed', async () => {
  const harness = new ClientHarness({ token: () => 'token-1' });
  await harness.join(firstFrames());
  const { timers } = harness.clock;
  harness.connection.say({ t: 'renewed' });
  await settle();
  assert.equal(harness.clock.timers, timers);
});
