import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createClient, type HoldfastError, type Session } from 'holdfast/client';
import { cleanUp } from '../live-server/clean-up.ts';
import type { game } from './game.ts';
import { SupervisedServer } from './supervised.ts';

const HEALTHY = 20;

async function joined(t: TestContext, url: string, name: string): Promise<Session<typeof game>> {
  const signedIn = await fetch(`${url}/v1/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  const { token } = (await signedIn.json()) as { token: string };
  const client = createClient({ url, token });
  cleanUp(t, () => client.close());
  const { id } = await client.sessions.create('game', { name });
  return client.join<typeof game>(id);
}

/** What all players know: when the process died, and how many have had an answer since. */
type Tally = { diedAt: number | undefined; back: number };

/** Marks one after the other until everybody has had an answer again; tells what was acknowledged, and when the first one was after the process died. */
async function keepMarking(session: Session<typeof game>, tally: Tally): Promise<{ acked: string[]; backAt: number }> {
  const acked: string[] = [];
  let backAt = 0;
  for (let n = 1; tally.back < HEALTHY; n += 1) {
    const isAfter = tally.diedAt !== undefined;
    await session.commands.mark({ id: `${n}` });
    acked.push(`${n}`);
    if (!isAfter || backAt > 0) continue;
    backAt = performance.now();
    tally.back += 1;
  }
  return { acked, backAt };
}

test(
  'RECOVERY-14: one session never returns among 20 others: the server comes back without it, and nobody else loses anything',
  { timeout: 90_000 },
  async (t) => {
    const server = await SupervisedServer.start(t, ['--hang-ms', '1000']);
    const url = await server.ready(1);
    const healthy = await Promise.all(Array.from({ length: HEALTHY }, (_, index) => joined(t, url, `player${index}`)));
    const victim = await joined(t, url, 'victim');
    await victim.commands.mark({ id: 'before' });
    const tally: Tally = { diedAt: undefined, back: 0 };
    const playing = healthy.map((session) => keepMarking(session, tally));

    const refused = assert.rejects(victim.commands.hang({}), (error: HoldfastError) => {
      assert.equal(error.code, 'quarantined');
      assert.match(error.message, /never returned from hang .*holdfast recover \S+ --to \d+/);
      return true;
    });
    await server.until(() => server.said.includes('started again'));
    const diedAt = performance.now();
    tally.diedAt = diedAt;
    await server.ready(2);
    const readyMs = performance.now() - diedAt;
    const results = await Promise.all(playing);
    await refused;

    assert.match(server.said, /'hang' has not returned for \d+ ms/);
    assert.ok(
      server.said.indexOf('session quarantined') < server.said.lastIndexOf('Holdfast is ready'),
      'it is quarantined before anything wakes',
    );
    for (const [index, { acked }] of results.entries())
      assert.deepEqual(healthy[index]?.state.marks, acked, `session ${index}: all that was acknowledged`);
    await assert.rejects(readFile(join(server.dir, 'hung.json')), { code: 'ENOENT' });
    const backMs = results.map(({ backAt }) => Math.round(backAt - diedAt)).toSorted((a, b) => a - b);
    t.diagnostic(`ready ${Math.round(readyMs)} ms after the process died; acknowledged again after ${backMs[0]} to ${backMs.at(-1)} ms`);
  },
);
