import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../bench/entities.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import { prepareServer } from '../live-server/scratch.ts';
import { Timers } from './timers.ts';

const ROUNDS = 8;
const SEED = Number(process.env['HOLDFAST_KILL_SEED'] ?? Date.now() % 1_000_000_007);
const TIMERS = 20;
/** Timers are due, and the server is killed, within this time of a round. */
const ROUND_MS = 60;

/** The clock of a crash, not a wait for something to happen: the instant is drawn at random on purpose. */
function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test('KILL-6: after kill -9 at any instant every timer runs exactly once', { timeout: 120_000 }, async (t) => {
  t.diagnostic(`seed ${SEED} (HOLDFAST_KILL_SEED)`);
  const random = seededRandom(SEED);
  const server = await prepareServer(t, undefined, { standby: true });
  await server.start();
  const session = await clientOf(t, server, 'ada').join<typeof ledger>(await server.createSession());
  const timers = new Timers(session);
  let whileWaiting = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    timers.set(TIMERS, ROUND_MS, random);
    await elapse(random() * ROUND_MS);
    if (timers.waiting > 0) whileWaiting += 1;
    await server.kill();
    await server.start();
  }
  await timers.allCome();
  assert.deepEqual(timers.faults(session.state.entries), []);
  assert.ok(whileWaiting > 0, 'no round was killed while timers were waiting');
});
