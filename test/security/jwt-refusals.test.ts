import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { jwtAuth } from '../../src/server/index.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { ISSUER, KEY, madeToken, SECRET } from './tokens.ts';

// What an attacker or a careless issuer may hand in, against a server with a shared secret.

const AUTH = { secret: SECRET, issuer: ISSUER };
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });

const refused: Record<string, string> = {
  'the algorithm none, without a signature': madeToken({ header: { alg: 'none' }, signature: '' }),
  'the algorithm none in capitals': madeToken({ header: { alg: 'NONE' }, signature: '' }),
  'the algorithm none and a signature': madeToken({ header: { alg: 'none' } }),
  'another HMAC': madeToken({ hash: 'sha512', header: { alg: 'HS512' } }),
  'a public-key algorithm over our HMAC': madeToken({ header: { alg: 'RS256' } }),
  'no algorithm': madeToken({ header: { alg: undefined } }),
  'a list of algorithms': madeToken({ header: { alg: ['HS256'] } }),
  'a key of its own in the header': madeToken({
    key: 'k'.repeat(32),
    header: { jwk: { kty: 'oct', k: 'a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s' } },
  }),
  'a place to fetch its key from': madeToken({
    key: 'k'.repeat(32),
    header: { jku: 'https://evil.test/keys', x5u: 'https://evil.test/cert' },
  }),
  'a key id that is a path': madeToken({ key: '', header: { kid: '../../../dev/null' } }),
  'a key id that is no text': madeToken({ header: { kid: { $ne: null } } }),
  'a key id without end': madeToken({ header: { kid: 'k'.repeat(257) } }),
  'a demand that is not understood': madeToken({ header: { crit: ['exp'] } }),
  'the type of an operator’s token': madeToken({ header: { typ: 'holdfast-operator+jwt' } }),
  'the type of a guest’s token': madeToken({ header: { typ: 'holdfast-guest+jwt' } }),
  'the type of a logout token': madeToken({ header: { typ: 'logout+jwt' } }),
  'another issuer': madeToken({ claims: { iss: 'https://evil.test' } }),
  'a list of issuers': madeToken({ claims: { iss: [ISSUER] } }),
  'another audience': madeToken({ claims: { aud: 'billing' } }),
  'part of the audience': madeToken({ claims: { aud: 'hold' } }),
  'no expiry': madeToken({ claims: { exp: undefined } }),
  'an expiry in words': madeToken({ claims: { exp: '4102444800' } }),
  'an expiry beyond all time': madeToken({ claims: { exp: 1e300 } }),
  'a start in words': madeToken({ claims: { nbf: 'now' } }),
  'more characters than a token has': madeToken({ claims: { filler: 'x'.repeat(3_072) } }),
  'the public key of somebody as its secret': madeToken({ key: PEM }),
};

for (const [what, token] of Object.entries(refused)) {
  test(`IDENTITY-1: a token with ${what} is refused`, async () => {
    assert.equal((await jwtAuth(AUTH).verify(token)).ok, false);
  });
}

test('IDENTITY-1: the very same token without a trick is taken', async () => {
  for (const typ of [undefined, 'JWT', 'at+jwt', 'application/at+jwt'])
    assert.equal((await jwtAuth(AUTH).verify(madeToken({ header: { typ } }))).ok, true, String(typ));
});

test('IDENTITY-1: a signature of one claim does not carry another', async () => {
  const [header, , signature] = madeToken({}).split('.');
  const other = madeToken({ claims: { sub: 'eve' } }).split('.')[1];
  assert.equal((await jwtAuth(AUTH).verify(`${header}.${other}.${signature}`)).ok, false);
});

test('IDENTITY-2: start and end are taken with the tolerance, and not a moment more', async () => {
  const clock = new VirtualClock();
  const auth = jwtAuth({ ...AUTH, clock });
  const now = clock.now() / 1_000;
  const taken = async (claims: object) => (await auth.verify(madeToken({ claims }))).ok;
  assert.deepEqual([await taken({ exp: now - 4 }), await taken({ exp: now - 5 })], [true, false]);
  assert.deepEqual([await taken({ nbf: now + 5 }), await taken({ nbf: now + 6 })], [true, false]);
  const strict = jwtAuth({ ...AUTH, clock, clockToleranceMs: 0 });
  assert.equal((await strict.verify(madeToken({ claims: { exp: now } }))).ok, false);
});

test('IDENTITY-2: an identity says when its credential ends', async () => {
  const answer = await jwtAuth(AUTH).verify(madeToken({ claims: { exp: 4_000_000_000.5 } }));
  assert.equal(answer.ok && answer.identity.expiresAt, 4_000_000_000_500);
});

test('IDENTITY-4: the claims grant roles in campaigns and sessions', async () => {
  const claims = { campaigns: { mW3mPB7HkTj0q1bXUz2y4g: 'gm' }, sessions: { s1: 'spectator' } };
  const answer = await jwtAuth(AUTH).verify(madeToken({ claims }));
  assert.ok(answer.ok);
  assert.deepEqual([answer.identity.campaigns, answer.identity.sessions, answer.identity.claims], [claims.campaigns, claims.sessions, {}]);
});

test('IDENTITY-4: grants of another form, or too many, are refused with their token', async () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`c${at}`, 'gm']));
  const wrong: unknown[] = [
    many,
    ['gm'],
    'gm',
    { c1: 7 },
    { c1: '' },
    { c1: 'g m' },
    { 'c 1': 'gm' },
    { constructor: 'gm' },
    { c1: 'x'.repeat(65) },
  ];
  for (const grants of wrong) {
    for (const claim of ['campaigns', 'sessions']) {
      const token = madeToken({ claims: { [claim]: grants } });
      assert.equal((await jwtAuth(AUTH).verify(token)).ok, false, JSON.stringify(grants).slice(0, 40));
    }
  }
  const prototype = `{"sub":"ada","iss":"${ISSUER}","aud":"holdfast","exp":4102444800,"campaigns":{"__proto__":"gm"}}`;
  assert.equal((await jwtAuth(AUTH).verify(madeToken({ payload: prototype }))).ok, false);
});

test('IDENTITY-2: a payload that is no UTF-8 is none', async () => {
  const head = Buffer.from('{"alg":"HS256"}').toString('base64url');
  const body = Buffer.concat([
    Buffer.from('{"sub":"ada","exp":4102444800,"aud":"holdfast","x":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ]);
  const signed = `${head}.${body.toString('base64url')}`;
  const token = `${signed}.${createHmac('sha256', KEY).update(signed).digest('base64url')}`;
  assert.equal((await jwtAuth({ secret: SECRET }).verify(token)).ok, false);
});
