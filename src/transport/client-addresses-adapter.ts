import { BlockList, isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Whose address a request comes from: the peer's own, or the one that a trusted proxy vouches for. */
export class ClientAddresses {
  readonly #trusted = new BlockList();

  /** `proxies`: addresses, or networks as in `10.0.0.0/8`. Throws a RangeError for anything else. */
  constructor(proxies: readonly string[]) {
    for (const proxy of proxies) this.#trust(proxy);
  }

  /** The newest address that no trusted proxy has written: whatever stands before it may be made up. */
  of(socket: Duplex, forwardedFor: string | string[] | undefined): string | undefined {
    return this.from(socket instanceof Socket ? socket.remoteAddress : undefined, forwardedFor);
  }

  /** The same, for a peer whose address is known already. */
  from(peer: string | undefined, forwardedFor: string | string[] | undefined): string | undefined {
    const direct = plain(peer);
    if (direct === undefined || forwardedFor === undefined || !this.#trusts(direct)) return direct;
    const hops = String(forwardedFor)
      .split(',')
      .map((hop) => plain(hop.trim()) ?? '');
    let address = direct;
    for (const hop of hops.toReversed()) {
      if (isIP(hop) === 0) break;
      address = hop;
      if (!this.#trusts(hop)) break;
    }
    return address;
  }

  #trust(proxy: string): void {
    const [address = '', bits] = proxy.split('/');
    const version = isIP(address);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    const most = version === 6 ? 128 : 32;
    const length = bits === undefined ? most : Number(bits);
    if (version === 0 || !Number.isInteger(length) || length < 0 || length > most) {
      throw new RangeError(`trustedProxies: expected an address or a network such as '10.0.0.0/8', got '${proxy}'.`);
    }
    this.#trusted.addSubnet(address, length, family);
  }

  #trusts(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 address as a dual-stack socket shows it, without its prefix. */
function plain(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
