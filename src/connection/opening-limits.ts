import { CODES, type CloseCode } from '../protocol/codes.ts';
import type { Random } from '../protocol/ports.ts';
import { causeOf } from './cause.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { jitter } from './jitter.ts';
import type { Cause } from './lifecycle-states.ts';
import { TokenBuckets } from './token-bucket.ts';

/** How many transports may be open, wait for their login, and come from one address in a time. */
export class OpeningLimits {
  readonly #limits: ConnectionLimits;
  readonly #random: Random;
  readonly #addresses: TokenBuckets;
  readonly #turnedAwayTotal: Partial<Record<CloseCode, number>> = {};

  constructor(limits: ConnectionLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    this.#addresses = new TokenBuckets(limits.addressOpens);
  }

  /** Why another transport may not come, and after how long to try again; undefined when it may. */
  turnsAway(address: string | undefined, now: { readonly at: number; readonly open: number; readonly live: number }): Cause | undefined {
    const { maxConnections, maxHandshakes } = this.#limits;
    if (now.open >= maxConnections || now.open - now.live >= maxHandshakes) return this.#turnAway('too-many-connections', 0);
    if (address === undefined || isLoopback(address)) return undefined;
    const waitMs = this.#addresses.take(address, now.at);
    return waitMs === 0 ? undefined : this.#turnAway('rate-limited', waitMs);
  }

  /** Transports that were turned away, by code. */
  counts(): Readonly<Partial<Record<CloseCode, number>>> {
    return { ...this.#turnedAwayTotal };
  }

  /** Unused allowances cost no memory. */
  sweep(at: number): void {
    this.#addresses.forgetFull(at);
  }

  #turnAway(code: 'too-many-connections' | 'rate-limited', waitMs: number): Cause {
    this.#turnedAwayTotal[code] = (this.#turnedAwayTotal[code] ?? 0) + 1;
    const { turnAwayMs } = this.#limits;
    return causeOf(code, CODES[code].message, waitMs + turnAwayMs + jitter(turnAwayMs, this.#random));
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
