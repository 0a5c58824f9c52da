import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpHarness } from '../testing/http-harness.ts';

test('ACCESS-19: a campaign’s members read what its sessions are remembered by, page by page', async (t) => {
  const { live } = await HttpHarness.start(t);
  const [mira, otto] = [await live.signIn('Mira'), await live.signIn('Otto')];
  const { id: campaign } = await mira.client.campaigns.create({ name: 'The long road' });
  const { token } = await mira.client.invites.create({ campaign });
  await otto.client.campaigns.join(campaign, { invite: token });
  for (const name of ['First evening', 'Second evening']) {
    const { id } = await mira.client.sessions.create('tabletop', { name, campaign });
    const session = await otto.client.join(id);
    await session.leave();
    await mira.client.sessions.end(id, 'late');
  }
  const { sessions, cursor } = await otto.client.campaigns.history(campaign, { limit: 1 });
  const rest = await otto.client.campaigns.history(campaign, { limit: 5, ...(cursor !== undefined && { cursor }) });
  const all = [...sessions, ...rest.sessions];
  assert.deepEqual(
    all.map(({ name }) => name).toSorted((a, b) => String(a).localeCompare(String(b))),
    ['First evening', 'Second evening'],
  );
  assert.deepEqual(
    all.map(({ reason, endedBy }) => [reason, endedBy]),
    [
      ['late', mira.participant.id],
      ['late', mira.participant.id],
    ],
  );
  assert.equal(all[0]?.people[otto.participant.id]?.name, 'Otto');
});

test('ACCESS-19: to who is no member the record is missing, as that of no campaign is', async (t) => {
  const http = await HttpHarness.start(t);
  const mira = await http.live.signIn('Mira');
  const { id: campaign } = await mira.client.campaigns.create({ name: 'The long road' });
  const table = await http.create(mira.token);
  const token = await http.token('Zoë');
  for (const id of [campaign, table, 'A'.repeat(22)]) {
    assert.deepEqual(await http.refusal('GET', `/v1/campaigns/${id}/history`, { token }), [404, 'not-found']);
  }
});
