import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { isParticipantId } from './auth.ts';
import { GuestAuth, withoutGuestIds } from './guest-auth.ts';
import { jwtAuth } from './jwt-auth-adapter.ts';
import { operatorAuth } from './operator-auth.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const OF = { session: 'S'.repeat(22) as SessionId, invite: 'i3' };
const clock = new VirtualClock();

function guestAuth(): { auth: GuestAuth; loads: () => number } {
  let loads = 0;
  const load = (): Promise<Uint8Array> => {
    loads += 1;
    return Promise.resolve(new TextEncoder().encode(SECRET));
  };
  return { auth: new GuestAuth(load, new SeededBytes(1), clock), loads: () => loads };
}

test('IDENTITY-8: a guest is somebody new, with a name, a session and an invite, for 30 days', async () => {
  const { auth } = guestAuth();
  const { token, participant } = await auth.issue('  Otto\n ', OF);
  assert.match(participant.id, /^guest-[\w-]{22}$/);
  const answer = await auth.verify(token);
  assert.ok(answer.ok);
  const { id, name, guest, expiresAt, campaigns, sessions } = answer.identity;
  assert.deepEqual([id, name, guest, campaigns, sessions], [participant.id, 'Otto', OF, undefined, undefined]);
  assert.equal(expiresAt, Math.floor(clock.now() / 1_000) * 1_000 + 30 * 24 * 3_600_000);
  assert.notEqual((await auth.issue('Otto', OF)).participant.id, id);
});

test('IDENTITY-8: with one secret for all, no other token is a guest’s, and a guest’s is no other', async () => {
  const { auth } = guestAuth();
  const [players, operators] = [jwtAuth({ secret: SECRET, clock }), operatorAuth({ secret: SECRET, clock })];
  const { token } = await auth.issue('Otto', OF);
  assert.equal((await players.verify(token)).ok, false);
  assert.equal((await operators.verify(token)).ok, false);
  assert.equal((await auth.verify(await players.issue({ sub: 'guest-1' }, 60))).ok, false);
  assert.equal((await auth.verify(await operators.issue({ sub: 'guest-1', scopes: ['read'] }, 60))).ok, false);
});

test('IDENTITY-8: the secret is loaded with the first guest, and once', async () => {
  const { auth, loads } = guestAuth();
  await auth.verify(await jwtAuth({ secret: SECRET }).issue({ sub: 'ada' }, 60));
  await auth.verify('anything');
  assert.equal(loads(), 0);
  await Promise.all([auth.issue('Otto', OF), auth.issue('Mira', OF)]);
  assert.equal(loads(), 1);
});

test('IDENTITY-8: an account cannot have the id of a guest, nor of the server or an operator', async () => {
  const accounts = withoutGuestIds(jwtAuth({ secret: SECRET }));
  const taken = async (sub: string) => (await accounts.verify(await jwtAuth({ secret: SECRET }).issue({ sub }, 60))).ok;
  assert.deepEqual(
    [await taken('guest-1'), await taken('operator:sam'), await taken('system'), await taken('guest')],
    [false, false, false, true],
  );
  assert.ok(!isParticipantId('operator:sam'));
});
