import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import type { Authorize } from './membership.ts';

const mira = person('mira');
const jon = person('jon');

/** A table of Mira's where Jon plays; what the host says of Jon next. */
async function table() {
  let says: Awaited<ReturnType<Authorize>> = { role: 'player' };
  let fails = false;
  const authorize: Authorize = ({ identity }) => {
    if (fails) throw new Error('the database is away');
    return identity.id === 'jon' ? says : undefined;
  };
  const harness = await new SessionHarness({ definitions: [tinyTabletop], authorize }).start();
  const session = await harness.create('tabletop');
  await harness.connect(session, mira);
  const player = await harness.connect(session, jon);
  const renew = async (identity = jon): Promise<void> => {
    harness.sessions.renew(session, player.id, identity);
    await harness.settle();
  };
  return { harness, session, player, renew, say: (next: typeof says) => (says = next), fail: () => (fails = true) };
}

test('IDENTITY-13: who may still be there stays, and nothing is written', async () => {
  const { harness, session, player, renew } = await table();
  const before = (await harness.sessions.get(session))?.headSeq;
  await renew();
  assert.equal(player.closed, undefined);
  assert.equal((await harness.sessions.get(session))?.headSeq, before);
});

test('IDENTITY-13: whom the host lets in no more is sent away at the next renewal, as from a session that is missing', async () => {
  const { player, renew, say } = await table();
  say(false);
  await renew();
  assert.equal(player.closed, 'not-found');
});

test('IDENTITY-13: another role comes with the login that follows', async () => {
  const { harness, session, player, renew, say } = await table();
  say({ role: 'gm' });
  await renew();
  assert.equal(player.closed, 'unavailable');
  const back = await harness.connect(session, jon);
  assert.equal(back.welcome?.participant.role, 'gm');
});

test('IDENTITY-13: while the host cannot be asked, nobody is sent away', async () => {
  const { player, renew, fail } = await table();
  fail();
  await renew();
  assert.equal(player.closed, undefined);
});

test('IDENTITY-13: a credential that is not the participant’s own renews nothing', async () => {
  const { harness, session, player, renew, say } = await table();
  say(false);
  await renew(mira);
  assert.equal(player.closed, undefined);
  harness.sessions.renew(session, 'nobody' as typeof player.id, jon);
  await harness.settle();
});
