import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import { prepareServer } from '../live-server/scratch.ts';

test(
  'KILL-2: a second server on the same data directory refuses to start and says why; the first goes on',
  { timeout: 60_000 },
  async (t) => {
    const first = await prepareServer(t);
    await first.start();
    const id = await first.createSession();
    const second = await prepareServer(t, first.dir);

    await assert.rejects(second.start(), (error: Error) => {
      const line = error.message.split('\n').find((each) => each.includes(first.dir));
      assert.ok(line !== undefined, `the message names the directory: ${error.message}`);
      assert.match(line, /another|already|in use|locked/i);
      return true;
    });

    const ann = await clientOf(t, first, 'ann').join<typeof ledger>(id);
    await ann.commands.append({ id: 'still-here' });
    assert.equal(ann.state.entries[0]?.id, 'still-here');
  },
);

test('KILL-2: a directory whose server was killed can be served again at once', { timeout: 60_000 }, async (t) => {
  const server = await prepareServer(t);
  await server.start();
  await server.kill();
  await server.start();
  assert.ok(server.running);
});
