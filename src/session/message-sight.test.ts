import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { ServerFrame } from '../protocol/frames.ts';
import type { SessionId } from '../protocol/ids.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';

const mira = person('mira');
const jon = person('jon');
const ann = person('ann');

/** Everyone sees the same state: the players share a view. */
const chat = defineSession('chat', {
  version: 1,
  initial: () => ({ lines: 0 }),
  messages: { said: z.string() },
  policies: { access: 'open' },
  commands: (command) => ({
    say: command(
      z.object({ text: z.string(), roles: z.array(z.string()).optional(), participants: z.array(z.string()).optional() }),
      (state, { text, roles, participants }, ctx) => {
        state.lines += 1;
        ctx.send('said', `before ${text}`);
        const to = { ...(roles && { roles: roles as 'gm'[] }), ...(participants && { participants }) };
        ctx.send('said', text, { to: roles || participants ? to : 'all' });
        ctx.send('said', `after ${text}`);
      },
    ),
    aside: command(z.object({ text: z.string(), to: z.string() }), (_state, { text, to }, ctx) =>
      ctx.send('said', text, { to: { participants: to } }),
    ),
  }),
});

async function table(store = new HeldStore(new MemoryStore())) {
  const harness = await new SessionHarness({ definitions: [chat], store }).start();
  const session = await harness.create('chat', mira);
  const gm = await harness.connect(session, mira);
  const [player, other] = [await harness.connect(session, jon), await harness.connect(session, ann)];
  return { harness, store, session, gm, player, other };
}

async function say(harness: SessionHarness, session: SessionId, args: object, command = 'say'): Promise<void> {
  const running = harness.sessions.run(session, { as: 'system', command, args: args as never });
  await harness.settle();
  const outcome = await running;
  assert.ok(outcome.ok, JSON.stringify(outcome));
}

/** What was said, as it came. */
function heard(frames: readonly ServerFrame[]): string[] {
  return [...JSON.stringify(frames).matchAll(/\["m","said","([^"]*)"/g)].map(([, text]) => text ?? '');
}

function kinds({ frames }: HarnessConnection, from: number): string[] {
  return frames.slice(from).map((frame) => ('t' in frame ? frame.t : 'live'));
}

test('VIEW-19: a message to a role reaches everyone who has it, and nobody else', async () => {
  const { harness, session, gm, player, other } = await table();
  await say(harness, session, { text: 'psst', roles: ['gm'] });
  assert.deepEqual(heard(gm.frames), ['before psst', 'psst', 'after psst']);
  for (const { frames } of [player, other]) assert.deepEqual(heard(frames), ['before psst', 'after psst']);
});

test('VIEW-19: a message to one of those who share a view reaches all their connections, in its place among the others', async () => {
  const { harness, session, gm, player, other } = await table();
  const tablet = await harness.connect(session, jon);
  await say(harness, session, { text: 'psst', participants: ['jon'] });
  for (const { frames } of [player, tablet]) assert.deepEqual(heard(frames), ['before psst', 'psst', 'after psst']);
  for (const { frames } of [gm, other]) assert.deepEqual(heard(frames), ['before psst', 'after psst']);
  assert.equal(player.view, other.view, 'they still share a view');
});

test('VIEW-19: a role and names together reach those who are in either', async () => {
  const { harness, session, gm, player, other } = await table();
  await say(harness, session, { text: 'psst', roles: ['gm'], participants: ['ann', 'nobody'] });
  assert.deepEqual(
    [gm, player, other].map(({ frames }) => heard(frames).includes('psst')),
    [true, false, true],
  );
});

test('VIEW-19: the role at the message’s place in the log counts', async () => {
  const { harness, session, player } = await table();
  const run = (command: string, args: object) => harness.sessions.run(session, { as: 'system', command, args: args as never });
  const running = [
    run('say', { text: 'one', roles: ['gm'] }),
    run('@role', { participant: 'jon', role: 'gm' }),
    run('say', { text: 'two', roles: ['gm'] }),
    run('@role', { participant: 'jon', role: 'player' }),
    run('say', { text: 'three', roles: ['gm'] }),
  ];
  await harness.settle();
  for (const outcome of await Promise.all(running)) assert.ok(outcome.ok);
  assert.deepEqual(
    heard(player.frames).filter((text) => !text.includes(' ')),
    ['two'],
  );
});

test('VIEW-19: who returns gets the messages that were for them alone, from memory and from the log', async () => {
  const { harness, store, session, player, other } = await table();
  for (const { id } of [player, other]) harness.sessions.detach(session, id);
  await say(harness, session, { text: 'psst', participants: ['jon'] });
  await say(harness, session, { text: 'aside', to: 'jon' }, 'aside');
  const later = await new SessionHarness({ definitions: [chat], store, seed: 9 }).start();
  for (const now of [harness, later]) {
    const back = await now.connect(session, jon, { position: player.position as never, table: player.table as never });
    assert.deepEqual(heard(back.frames), ['before psst', 'psst', 'after psst', 'aside']);
    const stranger = await now.connect(session, ann, { position: other.position as never, table: other.table as never });
    assert.deepEqual(heard(stranger.frames), ['before psst', 'after psst']);
  }
});

test('VIEW-19: who had another role for a while does not get what went to those of the old one meanwhile', async () => {
  const { harness, session, player } = await table();
  harness.sessions.detach(session, player.id);
  await say(harness, session, { participant: 'jon', role: 'gm' }, '@role');
  await say(harness, session, { text: 'about jon', roles: ['player'] });
  await say(harness, session, { participant: 'jon', role: 'player' }, '@role');
  const back = await harness.connect(session, jon, { position: player.position as never, table: player.table as never });
  assert.deepEqual(heard(back.frames), []);
  assert.match(JSON.stringify(back.frames), /"sight-changed","missed":/);
});

test('VIEW-19: a message that names nobody who could exist is a mistake of the definition', async () => {
  const { harness, session } = await table();
  for (const to of [{ roles: ['dm'] }, { participants: [''] }]) {
    const running = harness.sessions.run(session, { as: 'system', command: 'say', args: { text: 'psst', ...to } });
    await harness.settle();
    const outcome = await running;
    assert.equal(!outcome.ok && outcome.code, 'handler-failed');
  }
});

test('VIEW-20: the others’ frames say nothing of a message that is not for them', async () => {
  const { harness, session, gm, player, other } = await table();
  const before = [gm, player, other].map(({ frames }) => frames.length);
  await say(harness, session, { text: 'only jon', to: 'jon' }, 'aside');
  assert.deepEqual(
    [gm, player, other].map((connection, index) => kinds(connection, before[index] ?? 0)),
    [[], ['live'], []],
  );
  await say(harness, session, { text: 'all' });
  const [shared, own] = [other, player].map(({ live }) => live.at(-1));
  assert.deepEqual(shared, own, 'from here on they share frames again');
});

test('VIEW-20: one write holds what came before, between and after', async () => {
  const { harness, store, session, player, other } = await table();
  const before = [player.frames.length, other.frames.length] as const;
  store.hold();
  const running = [
    harness.sessions.run(session, { as: 'system', command: 'say', args: { text: 'a' } }),
    harness.sessions.run(session, { as: 'system', command: 'aside', args: { text: 'b', to: 'jon' } }),
    harness.sessions.run(session, { as: 'system', command: 'say', args: { text: 'c' } }),
    harness.sessions.run(session, { as: 'system', command: 'aside', args: { text: 'd', to: 'ann' } }),
  ];
  await harness.settle();
  store.letGo();
  await harness.settle();
  await Promise.all(running);
  assert.deepEqual(heard(player.frames), ['before a', 'a', 'after a', 'b', 'before c', 'c', 'after c']);
  assert.deepEqual(heard(other.frames), ['before a', 'a', 'after a', 'before c', 'c', 'after c', 'd']);
  assert.ok(player.frames.length - before[0] <= 2 && other.frames.length - before[1] <= 2);
});

test('VIEW-20: a return between the message and its durability gets it once', async () => {
  const { harness, store, session, player } = await table();
  const { position, table: had } = player;
  store.hold();
  const running = harness.sessions.run(session, { as: 'system', command: 'aside', args: { text: 'b', to: 'jon' } });
  await harness.settle();
  harness.sessions.detach(session, player.id);
  const { welcome } = player;
  const back = harness.knock(session, jon, {
    position: position as never,
    table: had as never,
    ...({ reconnect: { connection: welcome?.connection, token: welcome?.reconnect } } as object),
  });
  await harness.settle();
  store.letGo();
  await harness.settle();
  assert.ok((await running).ok);
  assert.deepEqual(heard(back.frames), ['b']);
});
