import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

async function campaigning() {
  const live = await createTestServer({ sessions: [tinyTabletop] });
  const [mira, otto] = [await live.signIn('Mira'), await live.signIn('Otto')];
  const campaign = await mira.client.campaigns.create({ name: 'The long road' });
  return { live, mira, otto, campaign, [Symbol.asyncDispose]: () => live.stop() };
}

test('CLIENT-33: a campaign is made, found, described, renamed and put away', async () => {
  await using scene = await campaigning();
  const { campaigns } = scene.mira.client;
  const { id } = scene.campaign;
  await campaigns.describe(id, 'Fridays at eight.');
  await campaigns.rename(id, { name: 'The longer road' });
  await campaigns.archive(id);
  const [found] = await campaigns.list();
  assert.deepEqual([found?.id, found?.name, found?.description, found?.archived], [id, 'The longer road', 'Fridays at eight.', true]);
  await campaigns.archive(id, false);
  assert.equal((await campaigns.get(id)).archived, false);
});

test('CLIENT-33: a member comes by an invitation, joins the campaign’s sessions, and is taken out of both', async () => {
  await using scene = await campaigning();
  const { mira, otto, campaign } = scene;
  const { token } = await mira.client.invites.create({ campaign: campaign.id });
  await otto.client.campaigns.join(campaign.id, { invite: token });
  const { id } = await mira.client.sessions.create('tabletop', { campaign: campaign.id });
  const session = await otto.client.join<typeof tinyTabletop>(id);
  assert.equal(session.self.role, 'player');
  assert.deepEqual(
    (await mira.client.campaigns.members(campaign.id)).map(({ name, role }) => [name, role]),
    [
      ['Mira', 'gm'],
      ['Otto', 'player'],
    ],
  );
  await mira.client.campaigns.kick(campaign.id, { participant: otto.participant.id, reason: 'gone for good' });
  await assert.rejects(otto.client.campaigns.get(campaign.id), { code: 'not-found' });
  await assert.rejects(otto.client.join(id), { code: 'not-found' });
});

test('CLIENT-33: what a member may not do is refused with its code', async () => {
  await using scene = await campaigning();
  const { mira, otto, campaign } = scene;
  const { token } = await mira.client.invites.create({ campaign: campaign.id });
  await otto.client.campaigns.join(campaign.id, { invite: token });
  await assert.rejects(otto.client.campaigns.describe(campaign.id, 'Mine.'), { code: 'forbidden' });
  await assert.rejects(otto.client.campaigns.kick(campaign.id, { participant: mira.participant.id }), { code: 'forbidden' });
  await otto.client.campaigns.leave(campaign.id);
  assert.deepEqual(await otto.client.campaigns.list(), []);
});

test('PRESENCE-1: who takes part from the first event on is shown as here too', async () => {
  await using scene = await campaigning();
  const session = await scene.mira.client.join(scene.campaign.id);
  const { id } = scene.mira.participant;
  await new Promise<void>((resolve) => {
    const stop = session.subscribe(() => {
      if (session.presence[id]?.status !== 'online') return;
      stop();
      resolve();
    });
  });
});
