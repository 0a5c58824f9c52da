import { TokenBuckets, type Rate } from '../connection/token-bucket.ts';
import type { Clock } from '../protocol/ports.ts';
import { refuse } from '../session/outcome.ts';
import { ClientAddresses } from '../transport/client-addresses-adapter.ts';
import type { Peer, RouteRefusal } from './route.ts';

const FORGET_EVERY = 1_000;

/** How often one address may ask for something that needs no sign-in. */
export class AddressLimit {
  readonly #buckets: TokenBuckets;
  readonly #addresses: ClientAddresses;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #taken = 0;

  constructor(rate: Rate, trustedProxies: readonly string[], clock: Pick<Clock, 'monotonic'>) {
    this.#buckets = new TokenBuckets(rate);
    this.#addresses = new ClientAddresses(trustedProxies);
    this.#clock = clock;
  }

  /** A refusal for who asks too often; those whose address nobody knows share one allowance. */
  take({ remoteAddress, forwardedFor }: Peer): RouteRefusal | undefined {
    const at = this.#clock.monotonic();
    this.#taken += 1;
    if (this.#taken % FORGET_EVERY === 0) this.#buckets.forgetFull(at);
    const retryAfterMs = this.#buckets.take(networkOf(this.#addresses.from(remoteAddress, forwardedFor) ?? ''), at);
    return retryAfterMs === 0 ? undefined : { ...refuse('rate-limited'), retryAfterMs };
  }
}

/** One customer of a provider has a whole /64 of IPv6. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const [before, after] = [head.split(':'), tail === undefined || tail === '' ? [] : tail.split(':')];
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
