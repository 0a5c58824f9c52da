import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { jwtAuth } from './jwt-auth-adapter.ts';
import { operatorAuth, type Scope } from './operator-auth.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const clock = new VirtualClock();
const operators = operatorAuth({ secret: SECRET, clock });
/** Of the same secret, so that nothing but the purpose keeps the two apart. */
const players = jwtAuth({ secret: SECRET, clock });

test('IDENTITY-9: an operator’s token says who it is and what they may do', async () => {
  const answer = await operators.verify(await operators.issue({ sub: 'sam', name: 'Sam', scopes: ['read', 'evict'] }, 60));
  assert.deepEqual(answer, { ok: true, operator: { id: 'sam', name: 'Sam', scopes: new Set(['read', 'evict']) } });
});

test('IDENTITY-9: a player’s token is no operator’s, and an operator’s is no player’s, not even with one secret for both', async () => {
  assert.equal((await operators.verify(await players.issue({ sub: 'sam' }, 60))).ok, false);
  assert.equal((await players.verify(await operators.issue({ sub: 'sam', scopes: ['read'] }, 60))).ok, false);
});

test('IDENTITY-9: a player’s token with the audience of operators is still no operator’s', async () => {
  const forged = jwtAuth({ secret: SECRET, clock, audience: 'tables' });
  const lax = operatorAuth({ secret: SECRET, clock, audience: 'tables' });
  assert.equal((await lax.verify(await forged.issue({ sub: 'sam' }, 60))).ok, false);
  assert.equal((await forged.verify(await lax.issue({ sub: 'sam', scopes: ['read'] }, 60))).ok, false);
});

test('IDENTITY-9: a token that allows nothing known, has ended or names nobody is refused', async () => {
  const scopes = ['everything', 'reads'] as unknown[] as Scope[];
  assert.equal((await operators.verify(await operators.issue({ sub: 'sam', scopes }, 60))).ok, false);
  assert.equal((await operators.verify(await operators.issue({ sub: 'sam', scopes: ['read'] }, -60))).ok, false);
  assert.equal((await operators.verify(await operators.issue({ sub: 'system', scopes: ['read'] }, 60))).ok, false);
});

test('IDENTITY-9: operators cannot share the audience of other tokens, or have a weak secret', () => {
  for (const audience of ['holdfast', 'holdfast-dev', 'holdfast-guest'])
    assert.throws(() => operatorAuth({ secret: SECRET, audience }), /one of their own/);
  assert.throws(() => operatorAuth({ secret: 'short' }), /at least 32/);
  assert.throws(() => operatorAuth({}), /operatorAuth either a secret or a jwksUrl/);
});
