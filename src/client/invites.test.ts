import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../testing/create-test-server.ts';
import { ClientHarness } from '../testing/client-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { createClient } from './create-client.ts';

async function inviting() {
  const live = await createTestServer({ sessions: [tinyTabletop] });
  const mira = await live.signIn('Mira');
  const { id } = await mira.client.sessions.create('tabletop', { name: 'Friday night', access: 'invite' });
  return { live, mira, id, nobody: createClient({ url: live.url }), [Symbol.asyncDispose]: () => live.stop() };
}

test('CLIENT-33: an invitation is made with a link, looked at, listed and revoked', async () => {
  await using scene = await inviting();
  const { live, mira, id, nobody } = scene;
  const made = await mira.client.invites.create({ session: id }, { uses: 3, label: 'for the crew' });
  assert.equal(made.link, `${live.url}/#invite=${made.token}`);
  const { session, role } = await nobody.invites.preview(made.token);
  assert.deepEqual([session.id, session.name, session.ownerName, role], [id, 'Friday night', 'Mira', 'player']);
  const [listed] = await mira.client.invites.list({ session: id });
  assert.deepEqual([listed?.id, listed?.uses, listed?.used, listed?.label], [made.invite, 3, 0, 'for the crew']);
  await mira.client.invites.revoke({ session: id }, made.invite);
  await assert.rejects(nobody.invites.preview(made.token), { code: 'invite-invalid' });
});

test('CLIENT-34: a guest joins by an invitation without an account, and the join is its use', async () => {
  await using scene = await inviting();
  const { live, mira, id, nobody } = scene;
  const { token, invite } = await mira.client.invites.create({ session: id }, { uses: 1 });
  const guest = await nobody.invites.redeem(token, { name: 'Otto' });
  const client = createClient({ url: live.url, token: guest.token });
  const session = await client.join<typeof tinyTabletop>(guest.session);
  assert.deepEqual([session.self.name, session.self.id], ['Otto', guest.participant.id]);
  const [listed] = await mira.client.invites.list({ session: id });
  assert.deepEqual([listed?.id, listed?.used, Object.keys(listed?.usedBy ?? {})], [invite, 1, [guest.participant.id]]);
  await assert.rejects(nobody.invites.redeem(token, { name: 'Zoë' }), { code: 'invite-invalid' });
  client.close();
});

test('CLIENT-34: someone with an account joins by an invitation as themself', async () => {
  await using scene = await inviting();
  const { live, mira, id } = scene;
  const otto = await live.signIn('Otto');
  await assert.rejects(otto.client.join(id), { code: 'not-found' });
  const { token } = await mira.client.invites.create({ session: id }, { role: 'spectator' });
  const session = await otto.client.join<typeof tinyTabletop>({ invite: token });
  assert.deepEqual([session.id, session.self.id, session.self.role], [id, otto.participant.id, 'spectator']);
});

test('CLIENT-34: an invitation that is none refuses the join with its code', async () => {
  await using scene = await inviting();
  await assert.rejects(scene.mira.client.join({ invite: 'no-such-token' }), { code: 'invite-invalid' });
});

test('CLIENT-34: an account claims what its guest was', async () => {
  await using scene = await inviting();
  const { live, mira, id, nobody } = scene;
  const { token } = await mira.client.invites.create({ session: id });
  const guest = await nobody.invites.redeem(token, { name: 'Otto' });
  const before = createClient({ url: live.url, token: guest.token });
  await before.join(guest.session);
  before.close();
  const otto = await live.signIn('Otto B.');
  assert.deepEqual(await otto.client.invites.claim(guest.token), { session: id, participant: guest.participant.id });
  assert.equal((await otto.client.join(id)).self.id, guest.participant.id);
});

test('CLIENT-33: without a credential everything else says that one must sign in', async () => {
  await using scene = await inviting();
  await assert.rejects(scene.nobody.sessions.list(), { code: 'unauthenticated' });
  await assert.rejects(scene.nobody.campaigns.list(), { code: 'unauthenticated' });
});

test('CLIENT-33: looking at an invitation sends no credential, also where there is one', async () => {
  const sent: (string | null)[] = [];
  const fetch = async (_url: string, init: RequestInit) => {
    sent.push(new Headers(init.headers).get('authorization'));
    return Response.json({});
  };
  const { invites } = new ClientHarness({ fetch }).client;
  await invites.preview('token');
  await invites.redeem('token', { name: 'Otto' });
  await invites.claim('guest');
  assert.deepEqual(sent, [null, null, 'Bearer token-1']);
});
