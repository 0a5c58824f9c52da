import type { ConnectionLimits } from './connection-limits.ts';
import type { Peer } from './peer.ts';
import { fillUp, TokenBuckets, waitFor } from './token-bucket.ts';

/**
 * How many messages are taken from each connection, and from all connections of one identity. Counting one is a
 * subtraction; allowances fill up, and identities are asked, at the first message after each sweep only.
 */
export class FrameLimits {
  readonly #limits: ConnectionLimits;
  readonly #identities: TokenBuckets;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
    this.#identities = new TokenBuckets(limits.participantFrames);
  }

  /** Takes one message of a peer. The result is 0, or how many milliseconds it is to wait. `sweptAt`: the last sweep. */
  take(peer: Peer<{ readonly id: string }>, sweptAt: number): number {
    peer.allowance -= 1;
    const behindMs = peer.filledAt === sweptAt ? 0 : this.#refill(peer, sweptAt);
    if (behindMs > 0 || peer.allowance >= 0) return behindMs;
    return waitFor(peer.allowance, this.#limits.connectionFrames);
  }

  /** Unused allowances cost no memory. */
  sweep(at: number): void {
    this.#identities.forgetFull(at);
  }

  /** Fills up the allowance, and settles what was used with the identity's. The result is how far that is behind. */
  #refill(peer: Peer<{ readonly id: string }>, sweptAt: number): number {
    const used = peer.filledTo - peer.allowance;
    peer.allowance = fillUp(peer.allowance, sweptAt - peer.filledAt, this.#limits.connectionFrames);
    peer.filledTo = peer.allowance;
    peer.filledAt = sweptAt;
    const { identity } = peer.connection;
    return identity === undefined ? 0 : this.#identities.charge(identity.id, used, sweptAt);
  }
}
