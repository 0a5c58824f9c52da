import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { decodeContent } from '../../src/protocol/event-text.ts';
import type { EventContent } from '../../src/protocol/event.ts';
import type { WelcomeFrame } from '../../src/protocol/frames.ts';
import type { SessionId } from '../../src/protocol/ids.ts';
import { SeededRandom } from '../../src/session/seeded-random.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { Overheard } from '../live-server/overheard.ts';
import { prepareServer, scratchDir } from '../live-server/scratch.ts';

const MOST = 1_000_000_000;

async function contentsOf(server: LiveServer, id: SessionId): Promise<EventContent[]> {
  const { events } = await server.readLog(id, 0);
  return events.map((event) => decodeContent(event.content ?? '{}'));
}

/** Every string of at least 16 characters in a JSON value, keys included. */
function longStrings(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= 16 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [...longStrings(key), ...longStrings(each)]);
}

/** The ways in which a secret could be spelled on the wire. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, 'base64url');
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')];
}

test('KILL-5: no frame holds a seed, a salt or anything else that the session keeps to itself', { timeout: 60_000 }, async (t) => {
  const server = await prepareServer(t);
  await server.start();
  const id = await server.createSession();
  const network = new Overheard();
  const ann = await clientOf(t, server, 'ann', network).join<typeof ledger>(id);
  for (let n = 0; n < 30; n++) await ann.commands.append({ id: `roll${n}` });
  network.cut();
  await ann.commands.append({ id: 'after a reconnect' });
  await clientOf(t, server, 'ann', network).join<typeof ledger>(id);

  const contents = await contentsOf(server, id);
  const seeds = contents.flatMap((content) => content.seed ?? []);
  assert.equal(seeds.length, 31, 'every roll had a seed of its own');
  assert.equal(new Set(seeds).size, 31);
  // Who it is to its server is all that a client is told of what the session keeps.
  const told = network.received.filter((text) => text.startsWith('{"t":"welcome"')).map((text) => JSON.parse(text) as WelcomeFrame);
  const names = new Set(told.flatMap(({ connection, instance }): string[] => [connection, instance]));
  const kept = contents.flatMap((content) => longStrings(content.internal)).filter((text) => !names.has(text));
  assert.ok(kept.length >= 4, 'the key of the session, and the hash of every token');
  const secrets = [...seeds, ...contents.map((content) => content.salt), ...kept];
  const sent = network.received.join('\n');
  assert.ok(sent.includes('roll29'), 'the frames were overheard');
  for (const secret of secrets.flatMap(spellings)) assert.ok(!sent.includes(secret), `a secret of the session was sent: ${secret}`);
});

/** Starts a server on a copy of a stopped one's data and answers what its next roll is. */
async function nextRoll(t: TestContext, from: LiveServer, id: SessionId): Promise<{ draw: number; seed: string }> {
  const dir = join(await scratchDir(t), 'data');
  await cp(from.dir, dir, { recursive: true });
  const server = await prepareServer(t, dir);
  await server.start();
  const ann = await clientOf(t, server, 'ann').join<typeof ledger>(id);
  const draw = await ann.commands.append({ id: 'next' });
  const seed = (await contentsOf(server, id)).at(-1)?.seed ?? '';
  return { draw, seed };
}

test('KILL-5: the same state, client and command roll differently, because only the fresh seed decides', { timeout: 60_000 }, async (t) => {
  const server = await prepareServer(t);
  await server.start();
  const id = await server.createSession();
  const ann = await clientOf(t, server, 'ann').join<typeof ledger>(id);
  await ann.commands.append({ id: 'first' });
  await server.kill();

  const [one, two] = [await nextRoll(t, server, id), await nextRoll(t, server, id)];
  assert.notEqual(one.draw, two.draw);
  for (const { draw, seed } of [one, two]) assert.equal(new SeededRandom(seed).int(1, MOST), draw);
});
