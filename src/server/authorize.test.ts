import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpHarness } from '../testing/http-harness.ts';

test('IDENTITY-21: the host’s own rules, given with the options, decide over creations and logins', async (t) => {
  const asked: string[] = [];
  const harness = await HttpHarness.start(t, {
    openAccess: true,
    authorize: ({ action, identity }) => {
      asked.push(`${action} ${identity.name}`);
      if (action === 'create') return identity.name === 'Ada' ? undefined : false;
      return identity.name === 'Eve' ? false : { role: 'spectator' };
    },
  });
  const [ada, otto, eve] = [await harness.live.signIn('Ada'), await harness.live.signIn('Otto'), await harness.live.signIn('Eve')];
  const table = await harness.create(ada.token);
  assert.deepEqual(await harness.refusal('POST', '/v1/sessions', { token: otto.token, body: { type: 'tabletop' } }), [403, 'forbidden']);
  const session = await otto.client.join(table);
  assert.equal(session.self.role, 'spectator');
  await assert.rejects(eve.client.join(table), { code: 'not-found' });
  assert.deepEqual(asked, ['create Ada', 'create Otto', 'join Otto', 'join Eve']);
});

test('IDENTITY-21: while the host’s rules fail nobody new comes in, and the answer is to try again', async (t) => {
  const harness = await HttpHarness.start(t, {
    authorize: () => {
      throw new Error('the database is away');
    },
  });
  const token = await harness.token('Ada');
  assert.deepEqual(await harness.refusal('POST', '/v1/sessions', { token, body: { type: 'tabletop' } }), [503, 'unavailable']);
});
