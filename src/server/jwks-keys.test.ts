import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as jose from 'jose';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { JwksKeys } from './jwks-keys.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

type Made = { readonly publicJwk: jose.JWK; sign(): Promise<string> };

async function makeKey(kid: string): Promise<Made> {
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256');
  const publicJwk = { ...(await jose.exportJWK(publicKey)), kid, alg: 'ES256' };
  return { publicJwk, sign: () => new jose.CompactSign(Buffer.from('{}')).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey) };
}

/** An issuer that publishes these keys, and how often it was asked. */
class Issuer {
  keys: jose.JWK[];
  asked = 0;
  isDown = false;
  readonly clock = new VirtualClock();
  readonly known = new JwksKeys({ jose, clock: this.clock, fetch: () => this.#answer() });

  constructor(...keys: Made[]) {
    this.keys = keys.map(({ publicJwk }) => publicJwk);
  }

  #answer(): Promise<unknown> {
    this.asked += 1;
    return this.isDown ? Promise.reject(new Error('down')) : Promise.resolve({ keys: this.keys });
  }

  /** What comes of a token with that key: `taken`, or the name of the refusal. */
  async takes(key: Made): Promise<string> {
    return jose.compactVerify(await key.sign(), this.known.find, { algorithms: ['ES256'] }).then(
      () => 'taken',
      (error: Error) => error.name,
    );
  }
}

const [first, second, stranger] = [await makeKey('first'), await makeKey('second'), await makeKey('stranger')];

test('IDENTITY-3: the set is fetched once, for any number of tokens at a time', async () => {
  const issuer = new Issuer(first, second);
  assert.deepEqual(await Promise.all([first, second, first].map((key) => issuer.takes(key))), ['taken', 'taken', 'taken']);
  assert.equal(issuer.asked, 1);
});

test('IDENTITY-3: a key that the issuer has begun to use is fetched when it first comes', async () => {
  const issuer = new Issuer(first);
  await issuer.takes(first);
  issuer.keys = [first.publicJwk, second.publicJwk];
  issuer.clock.advance(31 * SECOND);
  assert.equal(await issuer.takes(second), 'taken');
  assert.equal(issuer.asked, 2);
});

test('IDENTITY-3: however many unknown keys are named, the issuer is asked once in 30 seconds', async () => {
  const issuer = new Issuer(first);
  for (let at = 0; at < 10; at += 1) assert.equal(await issuer.takes(stranger), 'JWKSNoMatchingKey');
  assert.equal(issuer.asked, 1);
  issuer.clock.advance(30 * SECOND);
  await issuer.takes(stranger);
  assert.equal(issuer.asked, 2);
});

test('IDENTITY-3: a key that is no longer published stops being good after ten minutes and the next fetch', async () => {
  const issuer = new Issuer(first, second);
  await issuer.takes(second);
  issuer.keys = [first.publicJwk];
  issuer.clock.advance(11 * 60 * SECOND);
  await issuer.takes(first);
  assert.equal(await issuer.takes(second), 'JWKSNoMatchingKey');
});

test('IDENTITY-3: while the issuer cannot be reached, its keys of before are good for a day', async () => {
  const issuer = new Issuer(first);
  await issuer.takes(first);
  issuer.isDown = true;
  issuer.clock.advance(23 * HOUR);
  assert.equal(await issuer.takes(first), 'taken');
  issuer.clock.advance(2 * HOUR);
  assert.equal(await issuer.takes(first), 'KeysUnavailableError');
  issuer.isDown = false;
  issuer.clock.advance(30 * SECOND);
  assert.equal(await issuer.takes(first), 'taken');
});

test('IDENTITY-3: an unknown key while the issuer cannot be reached is not called wrong', async () => {
  const issuer = new Issuer(first);
  await issuer.takes(first);
  issuer.isDown = true;
  issuer.clock.advance(31 * SECOND);
  assert.deepEqual([await issuer.takes(second), await issuer.takes(second)], ['KeysUnavailableError', 'KeysUnavailableError']);
  assert.equal(issuer.asked, 2);
  assert.equal(await issuer.takes(first), 'taken');
});

test('IDENTITY-3: an answer that is no set of keys changes nothing', async () => {
  const issuer = new Issuer(first);
  await issuer.takes(first);
  for (const answer of [{}, { keys: 'none' }, [], { keys: Array.from({ length: 101 }, () => first.publicJwk) }]) {
    Object.assign(issuer, { keys: Object(answer).keys });
    issuer.clock.advance(11 * 60 * SECOND);
    assert.equal(await issuer.takes(first), 'taken');
  }
  assert.equal(issuer.asked, 5);
});
