import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from 'holdfast/client';
import { createTestServer, type TestServer } from 'holdfast/testing';
import { tabletop } from './game.ts';

type Seat = Session<typeof tabletop>;

/** A table that Mira runs and where Tom plays. */
async function table(live: TestServer, options = {}): Promise<{ mira: Seat; tom: Seat }> {
  const [gm, player] = await Promise.all([live.signIn('Mira'), live.signIn('Tom')]);
  const { id } = await gm.client.sessions.create('tabletop', { options });
  const [mira, tom] = await Promise.all([gm.client.join<typeof tabletop>(id), player.client.join<typeof tabletop>(id)]);
  return { mira, tom };
}

test('DEMO-11: a table starts empty, or with the scene that is asked for', async () => {
  await using live = await createTestServer({ sessions: [tabletop] });
  const bare = await table(live);
  assert.deepEqual(bare.tom.state, { tokens: {}, rolls: [], lines: [] });
  const harbour = await table(live, { scene: 'harbour' });
  assert.equal(harbour.tom.state.tokens['marlin']?.kind, 'boat');
});

test('DEMO-11: tokens are put on the board, moved and taken away by anyone at the table', async () => {
  await using live = await createTestServer({ sessions: [tabletop] });
  const { mira, tom } = await table(live);
  await mira.commands.addToken({ id: 'marlin', name: 'The Marlin', kind: 'boat', x: 10, y: 20 });
  await tom.commands.moveToken({ id: 'marlin', x: 30, y: 40 });
  assert.deepEqual(tom.state.tokens['marlin'], { name: 'The Marlin', kind: 'boat', x: 30, y: 40, by: mira.self.id });
  await tom.commands.removeToken({ id: 'marlin' });
  await assert.rejects(mira.commands.moveToken({ id: 'marlin', x: 1, y: 1 }), { code: 'rejected' });
});

test('DEMO-11: a token cannot leave the board', async () => {
  await using live = await createTestServer({ sessions: [tabletop] });
  const { tom } = await table(live, { scene: 'harbour' });
  await assert.rejects(tom.commands.moveToken({ id: 'marlin', x: -1, y: 0 }), { code: 'invalid-arguments' });
});

test('DEMO-11: a roll gives as many faces as dice, adds the modifier, and everyone hears of it', async () => {
  await using live = await createTestServer({ sessions: [tabletop] });
  const { mira, tom } = await table(live);
  const heard = new Promise<number>((resolve) => {
    mira.on('rolled', ({ total }) => resolve(total));
  });
  const { faces, total } = await tom.commands.roll({ count: 3, sides: 6, modifier: -2 });
  assert.equal(faces.length, 3);
  assert.ok(faces.every((face) => face >= 1 && face <= 6));
  assert.equal(
    total,
    faces.reduce((sum, face) => sum + face, -2),
  );
  assert.equal(await heard, total);
  assert.partialDeepStrictEqual(mira.state.rolls.at(-1), { name: 'Tom', dice: '3d6-2', faces, total });
});

test('DEMO-11: the log keeps the last hundred rolls', async () => {
  await using live = await createTestServer({ sessions: [tabletop] });
  const { mira } = await table(live);
  await Promise.all(Array.from({ length: 103 }, () => mira.commands.roll({ sides: 20 })));
  assert.equal(mira.state.rolls.length, 100);
});

test('DEMO-4: secrets and rolls behind the screen are the GM’s alone', async () => {
  await using live = await createTestServer({ sessions: [tabletop] });
  const { mira, tom } = await table(live);
  await mira.commands.keepSecret({ text: 'The keeper is a ghost' });
  await mira.commands.roll({ sides: 20, secret: true });
  assert.equal(Object.keys(mira.state.secrets ?? {}).length, 2);
  assert.deepEqual([mira.state.rolls, 'secrets' in tom.state], [[], false]);
  await assert.rejects(tom.commands.keepSecret({ text: 'mine' }), { code: 'forbidden' });
  await assert.rejects(tom.commands.roll({ sides: 20, secret: true }), { code: 'rejected' });
});

test('DEMO-4: a revealed secret leaves the drawer and is told to everyone', async () => {
  await using live = await createTestServer({ sessions: [tabletop] });
  const { mira, tom } = await table(live);
  await mira.commands.keepSecret({ text: 'The keeper is a ghost' });
  const [id = ''] = Object.keys(mira.state.secrets ?? {});
  await mira.commands.reveal({ id });
  await tom.commands.say({ text: 'I knew it' });
  assert.deepEqual(mira.state.secrets, {});
  assert.deepEqual(
    tom.state.lines.map(({ name, text }) => [name, text]),
    [
      ['Mira', 'The keeper is a ghost'],
      ['Tom', 'I knew it'],
    ],
  );
});
