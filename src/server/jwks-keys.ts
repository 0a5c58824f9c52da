import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Clock } from '../protocol/ports.ts';

/** The part of jose that is needed here; it is loaded with the first token. */
export type Jose = Pick<typeof import('jose'), 'createLocalJWKSet' | 'compactVerify' | 'errors'>;

export type JwksPorts = {
  /** Fetches the published set. Rejects when it cannot be had. */
  readonly fetch: () => Promise<unknown>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly jose: Jose;
};

/** The set is fetched again after this long, while the keys at hand go on being good. */
const REFRESH_MS = 10 * 60_000;
/** However many unknown keys are named: the issuer is asked no more often than this. */
const COOLDOWN_MS = 30_000;
/** Keys outlast an issuer that cannot be reached by so much; then nobody is let in any more on their word. */
const KEEP_MS = 24 * 3_600_000;
const KEYS_MOST = 100;

/** The issuer's keys cannot be had: that says nothing about the token. */
export class KeysUnavailableError extends Error {
  constructor(cause: unknown) {
    super('The keys of the issuer cannot be fetched.', { cause });
    this.name = 'KeysUnavailableError';
  }
}

/**
 * The published keys of an issuer. A key that is not known yet has the set fetched anew, with a pause between two fetches;
 * while the issuer cannot be reached, the keys of before are used.
 */
export class JwksKeys {
  readonly #ports: JwksPorts;
  #keys: JWTVerifyGetKey | undefined;
  #fetchedAt = 0;
  #askedAt = -Infinity;
  #fault: unknown;
  #fetching: Promise<void> | undefined;

  constructor(ports: JwksPorts) {
    this.#ports = ports;
  }

  /** The key that a token's header asks for, as jose looks keys up. Throws jose's own error when there is none. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.#current();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!this.#isUnknown(error)) throw error;
      return this.#findAnew(error, header, token);
    }
  };

  async #findAnew(error: unknown, ...asked: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    await this.#refresh();
    // As far as anybody can tell now it may be one of the issuer's newest.
    if (this.#fault !== undefined) throw new KeysUnavailableError(this.#fault);
    if (this.#keys === undefined) throw error;
    return this.#keys(...asked);
  }

  async #current(): Promise<JWTVerifyGetKey> {
    const age = this.#ports.clock.monotonic() - this.#fetchedAt;
    if (this.#keys === undefined || age > KEEP_MS) {
      await this.#refresh();
      if (this.#fault !== undefined) this.#keys = undefined;
    } else if (age > REFRESH_MS) void this.#refresh();
    if (this.#keys === undefined) throw new KeysUnavailableError(this.#fault);
    return this.#keys;
  }

  /** Fetches the set, unless that was tried a moment ago. Never rejects. */
  #refresh(): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    const now = this.#ports.clock.monotonic();
    if (now - this.#askedAt < COOLDOWN_MS) return Promise.resolve();
    this.#askedAt = now;
    this.#fetching = this.#fetch().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    try {
      this.#keys = this.#ports.jose.createLocalJWKSet(publicKeysOf(await this.#ports.fetch()));
      this.#fetchedAt = this.#ports.clock.monotonic();
      this.#fault = undefined;
    } catch (error) {
      this.#fault = error;
    }
  }

  #isUnknown(error: unknown): boolean {
    const { code } = this.#ports.jose.errors.JWKSNoMatchingKey;
    return error instanceof Error && 'code' in error && error.code === code;
  }
}

/** A set without what could be taken for a shared secret. */
function publicKeysOf(set: unknown): JSONWebKeySet {
  const { keys }: { keys?: unknown } = Object(set);
  if (!Array.isArray(keys) || keys.length > KEYS_MOST) throw new Error('What the issuer answers is no set of keys.');
  return { keys: keys.filter((key: unknown) => Object(key).kty !== 'oct') };
}
