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

/** Marks one after the other until `isOver`; answers what was acknowledged, and when the first one after `since()` was. */
async function keepMarking(session: Session<typeof game>, isOver: () => boolean, since: () => number | undefined) {
  const acked: string[] = [];
  let backAt: number | undefined;
  for (let n = 1; !isOver(); n += 1) {
    const asked = since() !== undefined;
    await session.commands.mark({ id: `${n}` });
    acked.push(`${n}`);
    if (asked) backAt ??= performance.now();
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
    const tally = { back: 0 };
    const died: { at?: number } = {};
    const playing = healthy.map(async (session) => {
      let counted = false;
      const over = (): boolean => tally.back === HEALTHY;
      const marking = keepMarking(session, over, () => died.at);
      session.subscribe(() => {
        if (counted || died.at === undefined || session.status.state !== 'live') return;
        counted = true;
        tally.back += 1;
      });
      return marking;
    });

    const refused = assert.rejects(victim.commands.hang({}), (error: HoldfastError) => {
      assert.equal(error.code, 'quarantined');
      assert.match(error.message, /never returned from hang .*holdfast recover \S+ --to \d+/);
      return true;
    });
    await server.until(() => server.said.includes('started again'));
    died.at = performance.now();
    await server.ready(2);
    const readyMs = performance.now() - died.at;
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
    const backMs = results.map(({ backAt = Number.NaN }) => Math.round(backAt - (died.at ?? 0))).toSorted((a, b) => a - b);
    t.diagnostic(`ready ${Math.round(readyMs)} ms after the process died; acknowledged again after ${backMs[0]} to ${backMs.at(-1)} ms`);
  },
);
