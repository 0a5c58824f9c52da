import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { CompactSign } from 'jose';
import { jwtAuth, type Auth } from '../../src/server/index.ts';
import { ISSUER, madeToken } from './tokens.ts';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const WEAK = generateKeyPairSync('rsa', { modulusLength: 1024 });
const CLAIMS = { sub: 'ada', iss: ISSUER, aud: 'holdfast', exp: 4_102_444_800 };

/** A server's auth with the keys of an issuer, and what that issuer was asked. */
async function withKeys(t: TestContext, keys: object[], algorithms = ['RS256']): Promise<{ auth: Auth; asked: string[] }> {
  const asked: string[] = [];
  const issuer = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  t.after(() => issuer.close());
  await once(issuer, 'listening');
  const address = issuer.address();
  const jwksUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/keys`;
  return { auth: jwtAuth({ jwksUrl, issuer: ISSUER, algorithms }), asked };
}

function jwk(key: KeyObject, more: object = {}): object {
  return { ...key.export({ format: 'jwk' }), kid: 'k1', ...more };
}

function signed(header: object, key = RSA.privateKey, claims: object = CLAIMS): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key);
}

test('IDENTITY-1: a token of the issuer is taken, with its key’s id and without', async (t) => {
  const { auth } = await withKeys(t, [jwk(RSA.publicKey)]);
  assert.equal((await auth.verify(await signed({}))).ok, true);
  assert.equal((await auth.verify(await signed({ kid: undefined }))).ok, true);
});

test('IDENTITY-1: the issuer’s public key is not taken for a shared secret', async (t) => {
  const { auth } = await withKeys(t, [jwk(RSA.publicKey)]);
  const forms = [
    RSA.publicKey.export({ type: 'spki', format: 'pem' }),
    RSA.publicKey.export({ type: 'spki', format: 'der' }),
    JSON.stringify(jwk(RSA.publicKey)),
    String(RSA.publicKey.export({ format: 'jwk' }).n),
  ];
  for (const key of forms) {
    for (const alg of ['HS256', 'RS256', 'none'])
      assert.equal((await auth.verify(madeToken({ key, header: { alg, kid: 'k1' }, claims: CLAIMS }))).ok, false, alg);
  }
});

test('IDENTITY-1: a shared secret among the published keys counts for nothing', async (t) => {
  const k = Buffer.from('k'.repeat(32));
  const { auth } = await withKeys(t, [{ kty: 'oct', k: k.toString('base64url'), kid: 'k1', alg: 'HS256' }]);
  assert.equal((await auth.verify(madeToken({ key: k, header: { kid: 'k1' } }))).ok, false);
});

test('IDENTITY-1: an algorithm of the same key that the configuration does not name is refused', async (t) => {
  const { auth } = await withKeys(t, [jwk(RSA.publicKey)]);
  for (const alg of ['PS256', 'RS512']) assert.equal((await auth.verify(await signed({ alg }))).ok, false, alg);
});

test('IDENTITY-1: a key that the token brings, or says where to find, is not used', async (t) => {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { auth, asked } = await withKeys(t, [jwk(RSA.publicKey)]);
  const brought = { jwk: jwk(own.publicKey), jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/cert' };
  assert.equal((await auth.verify(await signed(brought, own.privateKey))).ok, false);
  assert.deepEqual(asked, ['/keys']);
});

test('IDENTITY-1: a published key that is too weak signs nothing', async (t) => {
  const { auth } = await withKeys(t, [jwk(WEAK.publicKey)]);
  const { createSign } = await import('node:crypto');
  const [head, body] = madeToken({ header: { alg: 'RS256', kid: 'k1' } }).split('.');
  const signature = createSign('RSA-SHA256').update(`${head}.${body}`).sign(WEAK.privateKey, 'base64url');
  assert.equal((await auth.verify(`${head}.${body}.${signature}`)).ok, false);
});

test('IDENTITY-2: what is no token of ours costs the issuer no question', async (t) => {
  const { auth, asked } = await withKeys(t, [jwk(RSA.publicKey)]);
  for (const token of ['', 'a.b.c', madeToken({}), await signed({ typ: 'logout+jwt' }), 'x'.repeat(4_000)])
    assert.equal((await auth.verify(token)).ok, false);
  assert.deepEqual(asked, []);
});

test('IDENTITY-2: with published keys issuer, audience and expiry count as with a secret', async (t) => {
  const { auth } = await withKeys(t, [jwk(RSA.publicKey)]);
  for (const claims of [
    { iss: 'https://evil.test' },
    { aud: 'billing' },
    { exp: undefined },
    { exp: 1 },
    { nbf: 4_102_444_000 },
    { sub: undefined },
  ])
    assert.equal((await auth.verify(await signed({}, RSA.privateKey, { ...CLAIMS, ...claims }))).ok, false, JSON.stringify(claims));
});

test('IDENTITY-3: an address that leads elsewhere is not followed', async (t) => {
  const { asked } = await withKeys(t, []);
  const issuer = createServer((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()).listen(0, '127.0.0.1');
  t.after(() => issuer.close());
  await once(issuer, 'listening');
  const address = issuer.address();
  const jwksUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/keys`;
  const answer = await jwtAuth({ jwksUrl, issuer: ISSUER }).verify(await signed({}));
  assert.equal(!answer.ok && answer.code, 'unavailable');
  assert.deepEqual(asked, []);
});
