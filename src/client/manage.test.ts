import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { builtInNameOf } from './manage.ts';
import type { Session } from './session.ts';

type Table = Session<typeof tinyTabletop>;

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
  await until(gm, () => gm.participants.length === 2);
  return { live, gm, player, otto, [Symbol.asyncDispose]: () => live.stop() };
}

test('CLIENT-32: an act has the name of its command', () => {
  assert.deepEqual(['kick', 'handOver', 'revokeInvite'].map(builtInNameOf), ['@kick', '@hand-over', '@revoke-invite']);
});

test('CLIENT-32: a GM pauses with a reason, and resumes; both are seen when the promise resolves', async () => {
  await using table = await twoAtATable();
  const { gm, player } = table;
  await gm.manage.pause({ reason: 'dinner' });
  assert.deepEqual([gm.meta.status, gm.meta.pausedBy, gm.meta.reason], ['paused', gm.self.id, 'dinner']);
  await until(player, () => player.meta.status === 'paused');
  await assert.rejects(player.commands.roll({ sides: 20 }), { code: 'not-active', message: /paused by Mira: dinner/ });
  await gm.manage.resume();
  assert.equal(gm.meta.status, 'active');
  assert.equal(typeof (await player.commands.roll({ sides: 20 })), 'number');
});

test('CLIENT-32: a player who tries what is the GM’s is refused, and nothing changes', async () => {
  await using table = await twoAtATable();
  const { gm, player } = table;
  await assert.rejects(player.manage.kick({ participant: gm.self.id }), { code: 'forbidden' });
  await assert.rejects(player.manage.pause(), { code: 'forbidden' });
  await assert.rejects(player.manage.lock({ locked: true }), { code: 'forbidden' });
  assert.deepEqual([player.meta.status, player.meta.locked, player.participants.length], ['active', undefined, 2]);
});

test('CLIENT-32: roles, names, colours and the lock are changed for everyone', async () => {
  await using table = await twoAtATable();
  const { gm, player } = table;
  await gm.manage.role({ participant: player.self.id, role: 'gm' });
  await until(player, () => player.self.role === 'gm');
  await player.manage.profile({ name: 'Otto the Wet', color: '#1a2b3c' });
  assert.equal(player.self.name, 'Otto the Wet');
  await player.manage.lock({ locked: true });
  await until(gm, () => gm.meta.locked === true);
  await gm.manage.rename({ name: 'Saturday' });
  await gm.manage.handOver({ participant: player.self.id });
  await until(player, () => player.meta.name === 'Saturday');
  assert.deepEqual(
    gm.participants.map(({ name, role, color }) => [name, role, color]),
    [
      ['Mira', 'player', undefined],
      ['Otto the Wet', 'gm', '#1a2b3c'],
    ],
  );
});

test('CLIENT-32: who is kicked hears so; who is banned stays out until the ban is lifted', async () => {
  await using table = await twoAtATable();
  const { gm, player, otto } = table;
  await gm.manage.kick({ participant: player.self.id, reason: 'shouting' });
  assert.equal(gm.participants.length, 1);
  await until(player, () => player.status.state === 'closed');
  assert.ok(player.status.state === 'closed' && player.status.reason.code === 'kicked');
  await gm.manage.ban({ participant: player.self.id, reason: 'shouting' });
  assert.equal(gm.meta.moderation?.bans?.[player.self.id]?.reason, 'shouting');
  await assert.rejects(otto.client.join(gm.id), { code: 'banned' });
  await gm.manage.unban({ participant: player.self.id });
  assert.equal((await otto.client.join(gm.id)).self.role, 'player');
});

test('CLIENT-32: a GM ends the session for everyone', async () => {
  await using table = await twoAtATable();
  const { gm, player } = table;
  await gm.manage.end({ reason: 'late' });
  await until(player, () => player.status.state === 'ended');
  assert.deepEqual([player.meta.status, player.meta.reason], ['ended', 'late']);
});
