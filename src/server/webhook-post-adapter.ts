import { lookup as lookUp, type LookupAddress } from 'node:dns';
import type { RequestOptions } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { isPublicAddress } from './public-address-adapter.ts';

/** Finds the addresses of a host. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export type Delivery = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  /** Gives up at once. */
  readonly signal?: AbortSignal;
};

/** Posts a delivery and tells the status of the answer. Rejects where there was none, with a sentence that may be shown. */
export type PostWebhook = (delivery: Delivery) => Promise<number>;

const resolveByDns: Resolve = (host) => promisify(lookUp)(host, { all: true });

/**
 * Posts to an address of the public network, and to no other: the addresses of the host are looked up once, all of them are
 * checked, and the connection goes to one of exactly those. No redirect is followed, and what is answered is not read.
 */
export function webhookPost(resolve: Resolve = resolveByDns): PostWebhook {
  return async ({ url, headers, body, allowPrivate, timeoutMs, signal }) => {
    const target = new URL(url);
    const addresses = await addressesOf(target, resolve);
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    if (!allowPrivate && refused !== undefined)
      throw new Error(`${target.hostname} leads to ${refused.address}, which is no public address`);
    return post(target, { headers, lookup: pinnedTo(addresses), timeoutMs, signal }, body);
  };
}

async function addressesOf({ hostname }: URL, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(literal);
  if (family !== 0) return [{ address: literal, family }];
  const found = await resolve(hostname);
  if (found.length === 0) throw new Error(`${hostname} has no address`);
  return found;
}

/** Answers every question for an address with those that were checked, so that a second answer of the DNS changes nothing. */
function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  const [first] = addresses;
  return (_host, options, answer) => {
    if (options.all === true) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family ?? 4);
  };
}

type Sending = {
  readonly headers: Delivery['headers'];
  readonly lookup: LookupFunction;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
};

function post(target: URL, { headers, lookup, timeoutMs, signal }: Sending, body: string): Promise<number> {
  // Not imported: an import reads every export of it, which loads Node's own client of fetch at every start.
  const { request } = process.getBuiltinModule(target.protocol === 'https:' ? 'node:https' : 'node:http');
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    lookup,
    // A connection of its own: one that is kept would go to where an earlier answer of the DNS led.
    agent: false,
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
  };
  return new Promise((settle, fail) => {
    const sending = request(target, options, (answer) => {
      settle(answer.statusCode ?? 0);
      answer.destroy();
    });
    sending.on('error', (error) =>
      fail(new Error(error.name === 'AbortError' || error.name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : error.message)),
    );
    sending.end(body);
  });
}
