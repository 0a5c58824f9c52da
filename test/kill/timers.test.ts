import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../bench/entities.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import { prepareServer } from '../live-server/scratch.ts';

const ROUNDS = Number(process.env['HOLDFAST_KILL_ROUNDS'] ?? 100) / 10;
const SEED = Number(process.env['HOLDFAST_KILL_SEED'] ?? Date.now() % 1_000_000_007);
const TIMERS = 20;
/** Timers are due, and the server is killed, within this time of a round. */
const ROUND_MS = 60;

/** The clock of a crash, not a wait for something to happen: the instant is drawn at random on purpose. */
function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test('KILL-6: after kill -9 at any instant every timer runs exactly once', { timeout: 300_000 }, async (t) => {
  t.diagnostic(`seed ${SEED} (HOLDFAST_KILL_SEED)`);
  const random = seededRandom(SEED);
  const server = await prepareServer(t);
  await server.start();
  const session = await clientOf(t, server, 'ada').join<typeof ledger>(await server.createSession());
  const all = Promise.withResolvers<void>();
  const wanted = new Set<string>();
  let isComplete = false;
  const look = (): void => {
    if (isComplete && session.state.entries.length >= wanted.size) all.resolve();
  };
  session.subscribe(look);
  let whileDown = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const setting = Array.from({ length: TIMERS }, (_, index) => {
      const id = `${round}-${index}`;
      wanted.add(id);
      return session.commands.later({ id, afterMs: Math.floor(random() * ROUND_MS) });
    });
    await elapse(random() * ROUND_MS);
    const seen = session.state.entries.length;
    await server.kill();
    if (seen < wanted.size) whileDown += 1;
    await server.start();
    await Promise.all(setting);
  }
  isComplete = true;
  look();
  await all.promise;
  const ran = session.state.entries.map(({ id }) => id);
  assert.deepEqual([...ran].sort(), [...wanted].sort());
  assert.ok(whileDown > 0, 'no round was killed while timers were waiting');
});
