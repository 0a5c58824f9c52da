import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { anyOf, cleanName, isParticipantId } from './auth.ts';
import { DevAuth } from './dev-auth.ts';
import { jwtAuth } from './jwt-auth-adapter.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';
const KEY = new TextEncoder().encode(SECRET);
const ISSUER = 'https://accounts.example.org';

/** A token with anything in it, as an attacker or a careless issuer would make it. */
function token(claims: Record<string, unknown>, { alg = 'HS256', key = KEY }: { alg?: string; key?: Uint8Array } = {}): Promise<string> {
  return new SignJWT({ sub: 'ada', aud: 'holdfast', exp: 4_102_444_800, ...claims }).setProtectedHeader({ alg }).sign(key);
}

test('SERVER-5: a signed token names the participant, the display name and the application’s claims', async () => {
  const answer = await jwtAuth({ secret: SECRET }).verify(await token({ name: 'Ada', role: 'gm', tier: 3, nested: { x: 1 } }));
  assert.deepEqual(answer, {
    ok: true,
    identity: { id: 'ada', name: 'Ada', claims: { role: 'gm', tier: 3 }, expiresAt: 4_102_444_800_000 },
    role: 'gm',
  });
});

test('SERVER-5: what the server issues, it accepts, until it expires', async () => {
  const auth = jwtAuth({ secret: SECRET, issuer: ISSUER });
  assert.equal((await auth.verify(await auth.issue({ sub: 'ada' }, 60))).ok, true);
  assert.deepEqual(await auth.verify(await auth.issue({ sub: 'ada' }, -60)), {
    ok: false,
    message: 'The token has expired; sign in again.',
  });
});

/** A token whose signature is right, whatever the rest says. */
function handmade(header: object, payload: unknown = { sub: 'ada', aud: 'holdfast', iss: ISSUER, exp: 4_102_444_800 }): Promise<string> {
  const signed = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return Promise.resolve(`${signed}.${createHmac('sha256', KEY).update(signed).digest('base64url')}`);
}

test('SERVER-5: a token may be for several audiences, and may be signed elsewhere', async () => {
  const auth = jwtAuth({ secret: SECRET, issuer: ISSUER });
  assert.equal((await auth.verify(await token({ iss: ISSUER, aud: ['other', 'holdfast'] }))).ok, true);
  assert.equal((await auth.verify(await handmade({ alg: 'HS256' }))).ok, true);
});

const refused: Record<string, () => Promise<string>> = {
  'another audience': () => token({ aud: 'other' }),
  'no audience': () => token({ aud: undefined }),
  'another issuer': () => token({ iss: 'https://evil.test' }),
  'no expiry': () => token({ iss: ISSUER, exp: undefined }),
  'not yet valid': () => token({ iss: ISSUER, nbf: 4_102_444_000 }),
  'no sub': () => token({ iss: ISSUER, sub: undefined }),
  'another secret': () => token({ iss: ISSUER }, { key: new TextEncoder().encode('x'.repeat(32)) }),
  'another algorithm': () => token({ iss: ISSUER }, { alg: 'HS512' }),
  'no signature': async () =>
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await token({ iss: ISSUER })).split('.')[1] ?? ''}.`,
  'a header that asks for more': () => handmade({ alg: 'HS256', crit: ['b64'], b64: true }),
  'a payload that is no object': () => handmade({ alg: 'HS256' }, ['ada']),
  'another spelling of its signature': async () => `${await token({ iss: ISSUER })}=`,
  'a part too many': async () => `${await token({ iss: ISSUER })}.x`,
  'an id that cannot be one': () => token({ iss: ISSUER, sub: '__proto__' }),
  'an id that is reserved': () => token({ iss: ISSUER, sub: 'prototype' }),
  'an id with a quote': () => token({ iss: ISSUER, sub: 'say"hi"' }),
  'an id with a backslash': () => token({ iss: ISSUER, sub: 'back\\slash' }),
  'an id with a control character': () => token({ iss: ISSUER, sub: 'line\nbreak' }),
  'the id of the system': () => token({ iss: ISSUER, sub: 'system' }),
  'nothing': () => Promise.resolve(''),
  'anything': () => Promise.resolve('a.b.c'),
};

for (const [what, make] of Object.entries(refused)) {
  test(`SERVER-5: a token with ${what} is refused`, async () => {
    const answer = await jwtAuth({ secret: SECRET, issuer: ISSUER }).verify(await make());
    assert.equal(answer.ok, false);
  });
}

test('SERVER-5: with published keys only the issuer’s own key and algorithm count', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const other = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
  const issuer = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] }))).listen(0, '127.0.0.1');
  t.after(() => issuer.close());
  await once(issuer, 'listening');
  const address = issuer.address();
  const jwksUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/keys`;
  const auth = jwtAuth({ jwksUrl, issuer: ISSUER, algorithms: ['ES256'] });
  const sign = (key: CryptoKey) =>
    new SignJWT({ sub: 'ada', aud: 'holdfast', iss: ISSUER, exp: 4_102_444_800 }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(key);
  assert.equal((await auth.verify(await sign(privateKey))).ok, true);
  assert.equal((await auth.verify(await sign(other.privateKey))).ok, false);
  assert.equal((await auth.verify(await token({ iss: ISSUER }, { key: new TextEncoder().encode(JSON.stringify(jwk)) }))).ok, false);
});

test('SERVER-5: when the issuer’s keys cannot be fetched the token is not called wrong', async () => {
  const auth = jwtAuth({ jwksUrl: 'http://127.0.0.1:9/keys', algorithms: ['ES256'] });
  const { privateKey } = await generateKeyPair('ES256');
  const signed = await new SignJWT({ sub: 'ada', aud: 'holdfast', exp: 4_102_444_800 })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(privateKey);
  const answer = await auth.verify(signed);
  assert.equal(!answer.ok && answer.code, 'unavailable');
});

test('SERVER-6: an empty, short or placeholder secret is refused with the way to make a good one', () => {
  for (const secret of ['', 'short', 'x'.repeat(64), 'changeme-changeme-changeme-1234567890', 'secret-secret-secret-secret-1234567']) {
    assert.throws(() => jwtAuth({ secret }), /Make one with: node -p/, secret);
  }
});

test('SERVER-6: options that would weaken the check are refused', () => {
  assert.throws(() => jwtAuth({}), /either a secret or a jwksUrl/);
  assert.throws(() => jwtAuth({ secret: SECRET, jwksUrl: 'https://a.example' }), /either a secret or a jwksUrl/);
  assert.throws(() => jwtAuth({ secret: SECRET, algorithms: ['none'] }), /HS256/);
  assert.throws(() => jwtAuth({ jwksUrl: 'https://a.example', algorithms: ['HS256'] }), /public-key/);
  assert.throws(() => jwtAuth({ jwksUrl: 'http://a.example' }), /https:/);
  assert.throws(() => jwtAuth({ jwksUrl: 'https://a.example', algorithms: ['none'] }), /public-key/);
  assert.throws(() => jwtAuth({ jwksUrl: 'https://a.example', algorithms: [] }), /public-key/);
  assert.throws(() => jwtAuth({ secret: SECRET, clockToleranceMs: 3_600_000 }), /60000/);
  assert.throws(() => jwtAuth({ secret: SECRET, audience: 'holdfast-dev' }), /development/);
  assert.throws(() => jwtAuth({ secret: SECRET, audience: 'holdfast-operator' }), /operators/);
  assert.throws(() => jwtAuth({ secret: SECRET, audience: 'holdfast-guest' }), /guests/);
});

test('SERVER-7: a development token is worth nothing to production auth, even with the same secret', async () => {
  const dev = new DevAuth(new Uint8Array(KEY), new SeededBytes(1));
  const { token: made, participant } = await dev.signIn({ name: 'Ada', role: 'gm' });
  const known = await dev.verify(made);
  assert.deepEqual(known.ok && [known.identity.id, known.identity.name, known.role], [participant.id, 'Ada', 'gm']);
  assert.equal((await jwtAuth({ secret: SECRET }).verify(made)).ok, false);
  assert.equal((await dev.verify(await token({}))).ok, false);
});

test('SERVER-7: two browsers of one name are two people', async () => {
  const dev = new DevAuth(new Uint8Array(KEY), new SeededBytes(1));
  assert.notEqual((await dev.signIn({ name: 'Ada' })).participant.id, (await dev.signIn({ name: 'Ada' })).participant.id);
});

test('SERVER-5: several ways to sign in are asked in turn', async () => {
  const dev = new DevAuth(new Uint8Array(KEY), new SeededBytes(1));
  const both = anyOf([dev, jwtAuth({ secret: SECRET })]);
  assert.equal((await both.verify((await dev.signIn({ name: 'Ada' })).token)).ok, true);
  assert.equal((await both.verify(await token({}))).ok, true);
  assert.equal((await both.verify('x')).ok, false);
});

test('SERVER-5: ids are bounded words, names are cleaned of what could deceive', () => {
  for (const id of ['a', 'auth0|5f7', 'ada@example.org', 'a'.repeat(128)]) assert.ok(isParticipantId(id), id);
  for (const id of ['', 'a'.repeat(129), ' a', 'a b', '@a', '-a', 'constructor', 'a\n', 'ä', 7, null])
    assert.ok(!isParticipantId(id), String(id));
  assert.equal(cleanName('  Ada\n\u0000 Love\u2028lace '), 'Ada Love lace');
  assert.equal(Array.from(cleanName('🎲'.repeat(100))).length, 64);
});
