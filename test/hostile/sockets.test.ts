import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTACK_NAMES } from './socket-bytes.ts';
import { emptySocketTally, openSockets, SocketFuzz } from './socket-fuzz.ts';

const SEED = 20_261_120;

test(`HOSTILE-5: raw bytes of every kind end their own connection, and leave no other and no socket, seed ${SEED}`, async (t) => {
  const before = openSockets();
  const fuzz = await new SocketFuzz(SEED).start();
  t.after(() => fuzz.stop());
  const tally = emptySocketTally();
  await fuzz.attackAll(0, 2 * ATTACK_NAMES.length + 20, tally);
  assert.deepEqual(tally.wrong, []);
  assert.equal(await fuzz.lookAround(), undefined);
  assert.equal(await fuzz.drained(), undefined);
  await fuzz.stop();
  assert.ok(openSockets() <= before, `${openSockets()} sockets are open`);
  for (const what of [
    'status 101',
    'status 400',
    'status 408',
    'status 426',
    'status 431',
    'code bad-frame',
    'code login-timeout',
    'code too-large',
  ])
    assert.ok((tally.counts.get(what) ?? 0) > 0, `${what} never came`);
});
