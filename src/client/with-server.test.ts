import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import type { LifecycleStep } from './lifecycle-step.ts';
import type { Session } from './session.ts';

type Table = Session<typeof tinyTabletop>;

/** Resolves once the session shows what is asked for. */
function until(session: Table, shown: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!shown()) return;
      stop();
      resolve();
    };
    const stop = session.subscribe(look);
    look();
  });
}

async function twoAtATable() {
  const live = await createTestServer({ sessions: [tinyTabletop] });
  const [mira, otto] = [await live.signIn('Mira'), await live.signIn('Otto')];
  const { id } = await mira.client.sessions.create('tabletop', { name: 'Friday night', access: 'open' });
  const [gm, player] = [await mira.client.join<typeof tinyTabletop>(id), await otto.client.join<typeof tinyTabletop>(id)];
  return { live, gm, player, otto: otto.client, [Symbol.asyncDispose]: () => live.stop() };
}

test('CLIENT-2: two clients of a real server agree, and each has its own effect when its promise resolves', async () => {
  await using table = await twoAtATable();
  const { gm, player } = table;
  const rolled: number[] = [];
  gm.on('rolled', ({ n }) => rolled.push(n));
  const n = await player.commands.roll({ sides: 20 });
  assert.equal(player.state.rolls.at(-1)?.n, n);
  await gm.commands.moveToken({ id: 'marlin', x: 3, y: 4 });
  assert.deepEqual(gm.state.tokens, { marlin: { x: 3, y: 4 } });
  await until(player, () => player.seq >= gm.seq);
  assert.deepEqual(player.state.tokens, gm.state.tokens);
  assert.deepEqual(rolled, [n]);
  assert.equal(gm.participants.length, 2);
});

test('VIEW-24: a client pages through messages of events before now', async () => {
  await using table = await twoAtATable();
  const { live, gm, player } = table;
  const n = await gm.commands.roll({ sides: 20 });
  const { client: stranger } = await live.signIn('Zoe');
  await assert.rejects(stranger.sessions.missed(player.id, { from: 1 }), { code: 'not-found' });
  const { from, to, messages, next } = await table.otto.sessions.missed(player.id, { from: 1, to: gm.seq });
  assert.deepEqual([from > 1, to, next], [true, gm.seq, undefined]);
  assert.deepEqual(
    messages.filter(({ name }) => name === 'rolled').map(({ seq, payload, by }) => [seq, payload, by]),
    [[gm.seq, { n }, gm.self.id]],
  );
});

test('CLIENT-3: a command with no effect that its sender can see resolves all the same', async () => {
  await using table = await twoAtATable();
  const { state } = table.player;
  assert.equal(await table.player.commands.fill({ text: 'ab', times: 2 }), 'ababtable');
  assert.equal(table.player.state, state);
});

test('CLIENT-2: what the rules, the role or the schema refuse rejects with its code and changes nothing', async () => {
  await using table = await twoAtATable();
  const { player } = table;
  const { state } = player;
  await assert.rejects(player.commands.refuse(), { code: 'rejected', message: 'not today', details: { why: 'rain' } });
  await assert.rejects(player.commands.hide({ key: 'a', text: 'b' }), { code: 'forbidden' });
  await assert.rejects(player.commands.roll({ sides: 1 }), { code: 'invalid-arguments' });
  assert.equal(player.state, state);
});

test('CLIENT-17: others see that someone left, and coming back is a new join', async () => {
  await using table = await twoAtATable();
  const { gm, player } = table;
  const heard: string[] = [];
  gm.on('participant', ({ kind, participant }) => heard.push(`${kind} ${participant.name}`));
  await player.leave();
  await until(gm, () => gm.participants.length === 1);
  assert.deepEqual(heard, ['left Otto']);
  assert.ok(player.status.state === 'closed' && player.status.reason.code === 'left');
});

test('CLIENT-18: a session that its owner ends is ended for everyone', async () => {
  await using table = await twoAtATable();
  const { live, gm, player } = table;
  await live.server.sessions.end(gm.id, 'system', 'closing time');
  await until(player, () => player.status.state === 'ended');
  assert.equal(player.meta.status, 'ended');
  await assert.rejects(player.commands.roll({}), { code: 'ended' });
});

test('LIFECYCLE-2: a client hears who paused its session and why, and what it sends meanwhile is refused with that', async () => {
  await using table = await twoAtATable();
  const { gm, player } = table;
  const heard: LifecycleStep[] = [];
  player.on('@lifecycle', (step) => heard.push(step));
  await gm.manage.pause({ reason: 'pizza' });
  await until(player, () => player.meta.status === 'paused');
  assert.deepEqual([player.meta.pausedBy, player.meta.reason], [gm.self.id, 'pizza']);
  await assert.rejects(player.commands.roll({}), { code: 'not-active', message: 'The session was paused by Mira: pizza.' });
  await gm.manage.resume();
  await player.commands.roll({});
  assert.deepEqual(
    heard.map(({ event, from, to, by, reason }) => [event, from, to, by, reason]),
    [
      ['pause', 'active', 'paused', gm.self.id, 'pizza'],
      ['resume', 'paused', 'active', gm.self.id, null],
    ],
  );
});

test('CLIENT-18: who comes back after the end sees how it ended; a newcomer is refused', async () => {
  await using live = await createTestServer({ sessions: [tinyTabletop] });
  const [mira, otto] = [await live.signIn('Mira'), await live.signIn('Otto')];
  const { id } = await mira.client.sessions.create('tabletop', { name: 'Friday night', access: 'open' });
  const gm = await mira.client.join<typeof tinyTabletop>(id);
  await gm.commands.roll({});
  await gm.manage.end({ reason: 'late' });
  await until(gm, () => gm.status.state === 'ended');
  const again = await mira.client.join<typeof tinyTabletop>(id);
  assert.deepEqual([again.state.rolls.length, again.meta.reason, again.status.state], [1, 'late', 'ended']);
  await assert.rejects(again.commands.roll({}), { code: 'ended' });
  await assert.rejects(otto.client.join(id), { code: 'ended' });
});

test('CLIENT-20: a session made elsewhere appears in a watched list', async () => {
  await using live = await createTestServer({ sessions: [tinyTabletop] });
  const [mira, otto] = [await live.signIn('Mira'), await live.signIn('Otto')];
  const seen = Promise.withResolvers<string>();
  const stop = otto.client.sessions.watch({ type: 'tabletop' }, ([first], state) => {
    if (first === undefined && state === 'live') void mira.client.sessions.create('tabletop', { name: 'Friday night', access: 'open' });
    else if (first !== undefined) seen.resolve(`${first.name} by ${first.ownerName}`);
  });
  assert.equal(await seen.promise, 'Friday night by Mira');
  stop();
});
