import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError, type Session } from 'holdfast/client';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { Overheard } from '../live-server/overheard.ts';
import { prepareServer } from '../live-server/scratch.ts';
import { SmallDisk } from './small-disk.ts';

type Ann = Session<typeof ledger>;

const PAGE = 'x'.repeat(2_000);

/** Writes until the disk takes no more; answers the refusal. */
async function writeUntilRefused(session: Ann): Promise<HoldfastError> {
  for (let n = 0; n < 20_000; n++) {
    const refusal = await session.commands.note({ key: `page${n % 50}`, text: PAGE }).then(
      () => undefined,
      (error: unknown) => error as HoldfastError,
    );
    if (refusal !== undefined) return refusal;
  }
  throw new Error('a full disk took 40 MB');
}

/** Sends it again for as long as the refusal says that this may help. */
async function appendAtLast(session: Ann, id: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.commands.append({ id: `${id}-${attempt}` });
      return;
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.then !== 'retry') throw error;
    }
  }
}

function comeBack(session: Ann, network: Overheard): Promise<void> {
  return new Promise((resolve) => {
    let lost = false;
    const stop = session.on('status', (status) => {
      if (status.state !== 'live') lost = true;
      else if (lost) {
        stop();
        resolve();
      }
    });
    network.cut();
  });
}

test(
  'KILL-3: a full disk refuses commands retryably, joins, reads and reconnects go on, and it recovers by itself',
  { timeout: 120_000 },
  async (t) => {
    const disk = await SmallDisk.mount(t, 40);
    const server = await prepareServer(t, `${disk.dir}/data`);
    await server.start();
    const id = await server.createSession();
    const network = new Overheard();
    const ann = await clientOf(t, server, 'ann', network).join<typeof ledger>(id);
    await ann.commands.append({ id: 'before' });

    server.freezeDuring(() => disk.fill());
    const refusal = await writeUntilRefused(ann);
    assert.equal(refusal.code, 'disk-full');
    assert.equal(refusal.then, 'retry');
    await assert.rejects(ann.commands.append({ id: 'meanwhile' }), { code: 'disk-full' });
    assert.deepEqual(
      ann.state.entries.map((entry) => entry.id),
      ['before'],
    );

    const ben = await clientOf(t, server, 'ben').join<typeof ledger>(id);
    assert.deepEqual(ben.state.entries, ann.state.entries);
    assert.ok(ben.participants.some((each) => each.name === 'ben'));
    await comeBack(ann, network);
    assert.deepEqual(ann.state.entries, ben.state.entries);
    await assert.rejects(ben.commands.append({ id: 'meanwhile' }), { code: 'disk-full' });

    disk.empty();
    await appendAtLast(ann, 'after');
    await appendAtLast(ben, 'after-too');
    assert.equal(ben.state.entries.length, 3);

    const replay = new LogReplay();
    replay.follow(await server.readLog(id, 0));
    assert.ok(!JSON.stringify(replay.state).includes('meanwhile'));
    assert.equal(JSON.stringify(ben.state), JSON.stringify(replay.state));
    await server.kill();
    await server.start();
    const cleo = await clientOf(t, server, 'cleo').join<typeof ledger>(id);
    assert.equal(JSON.stringify(cleo.state), JSON.stringify(replay.state));
  },
);
