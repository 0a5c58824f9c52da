import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { HoldfastError, Session } from 'holdfast/client';
import type { SessionId } from '../../src/protocol/ids.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { Overheard } from '../live-server/overheard.ts';
import { prepareServer } from '../live-server/scratch.ts';
import { flipBitOf, settleDatabases } from './flip.ts';

const MARK = 'Zauberspruch';
/** What the mark becomes when its first byte's lowest bit flips. */
const FLIPPED = '[auberspruch';

/** An event that holds the mark, between others; answers its seq. */
async function writeMarked(ann: Session<typeof ledger>): Promise<number> {
  await ann.commands.append({ id: 'before' });
  await ann.commands.note({ key: 'spell', text: MARK });
  const seq = ann.seq;
  await ann.commands.note({ key: 'spell', text: 'gone' });
  await ann.commands.append({ id: 'after' });
  return seq;
}

async function damagedServer(t: TestContext): Promise<{ server: LiveServer; id: SessionId; other: SessionId; seq: number }> {
  const server = await prepareServer(t);
  await server.start();
  const [id, other] = [await server.createSession(), await server.createSession()];
  const ann = await clientOf(t, server, 'ann').join<typeof ledger>(id);
  const seq = await writeMarked(ann);
  await server.kill();
  settleDatabases(server.dir);
  assert.ok(flipBitOf(server.dir, MARK) > 0, 'the mark stands in the database');
  await server.start();
  return { server, id, other, seq };
}

test('KILL-4: a flipped bit in a stored event is found, named by session and seq, and never sent', { timeout: 60_000 }, async (t) => {
  const { server, id, seq } = await damagedServer(t);
  const network = new Overheard();

  await assert.rejects(clientOf(t, server, 'ben', network).join(id), (error: HoldfastError) => {
    assert.equal(error.code, 'quarantined');
    return true;
  });

  const sent = network.received.join('\n');
  assert.ok(!sent.includes(FLIPPED) && !sent.includes(MARK));
  const { health, damage } = await server.status(id);
  assert.equal(health, 'quarantined');
  assert.equal(damage?.seq, seq);
  const line = server.output.split('\n').find((each) => each.includes(id) && /quarantin/i.test(each));
  assert.ok(line?.includes(String(seq)), `the server's log names session and seq: ${line}`);
  assert.ok(!server.output.includes(FLIPPED) && !server.output.includes(MARK), 'the server logs no content');
});

test('KILL-4: the damage of one session leaves the others alone', { timeout: 60_000 }, async (t) => {
  const { server, id, other } = await damagedServer(t);
  await assert.rejects(clientOf(t, server, 'ben').join(id), { code: 'quarantined' });
  const ben = await clientOf(t, server, 'ben').join<typeof ledger>(other);
  await ben.commands.append({ id: 'fine' });
  assert.equal(ben.state.entries.length, 1);
});
