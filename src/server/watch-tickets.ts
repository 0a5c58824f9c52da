import { createHash } from 'node:crypto';
import type { Authentication } from '../connection/session-delivery.ts';
import type { HelloFrame } from '../protocol/frames.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { Clock, Identity, Random } from '../protocol/ports.ts';

/** A ticket that nobody has used is worth nothing after this time. */
const FIRST_USE_MS = 60_000;
/** Without its stream a used one is kept this long. */
const AWAY_MS = 10 * 60_000;
const MOST = 10_000;

type Ticket = {
  readonly session: SessionId;
  readonly identity: Identity;
  /** Random, and in the id of every event of the ticket's stream: only who read that stream can go on with it. */
  readonly key: string;
  used: boolean;
  /** When it is forgotten; Infinity while its stream is open. Monotonic milliseconds. */
  until: number;
  /** Numbers its streams, so that the late end of an earlier one changes nothing. */
  streams: number;
  /** What its next stream presents, to go on under the same connection. */
  returning: Returning | undefined;
};

/** A connection, and the reconnect token that goes on with it. */
type Returning = Required<Pick<HelloFrame, 'connection' | 'reconnect'>>;

/** The right to one stream. */
export type Use = {
  readonly identity: Identity;
  readonly key: string;
  /** The connection of the stream before, if there was one: this one goes on as the same. */
  readonly returning: Returning | undefined;
  /** The stream has begun: with this the next one can go on. */
  follow(returning: Returning): void;
  /** The stream of this use is over; `forGood`: coming back is of no use. */
  over(forGood: boolean): void;
};

/**
 * Tickets to watch a session with a plain `EventSource`, which cannot send a credential: read-only, for one stream of one
 * participant. Kept in memory and only as hashes; a restart of the server ends them all.
 */
export class WatchTickets {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tickets = new Map<string, Ticket>();
  readonly #admitted = new Map<string, Identity>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** How many tickets of one person are in use. */
  countOf(person: string): number {
    this.#forgetOld();
    return [...this.#tickets.values()].filter(({ identity }) => identity.id === person).length;
  }

  /** A new ticket, 43 characters. Undefined when too many are in use. */
  issue(session: SessionId, identity: Identity): string | undefined {
    this.#forgetOld();
    if (this.#tickets.size >= MOST) return undefined;
    const ticket = this.#draw(32);
    const until = this.#clock.monotonic() + FIRST_USE_MS;
    this.#tickets.set(hash(ticket), { session, identity, key: this.#draw(12), used: false, until, streams: 0, returning: undefined });
    return ticket;
  }

  /**
   * Uses a ticket. The first time the ticket alone is enough; after that only together with the key of an event of its own
   * stream. Undefined when it is not good.
   */
  use(ticket: string, session: SessionId, key: string | undefined): Use | undefined {
    const name = hash(ticket);
    const found = this.#tickets.get(name);
    if (found === undefined || found.session !== session || found.until <= this.#clock.monotonic()) return undefined;
    if (found.used && key !== found.key) return undefined;
    found.used = true;
    found.until = Infinity;
    found.streams += 1;
    return this.#useOf(found, name);
  }

  #useOf(ticket: Ticket, name: string): Use {
    const number = ticket.streams;
    return {
      identity: ticket.identity,
      key: ticket.key,
      returning: ticket.returning,
      follow: ({ connection, reconnect }) => void (ticket.returning = { connection, reconnect }),
      over: (forGood) => {
        if (number !== ticket.streams) return;
        if (forGood) this.#tickets.delete(name);
        else ticket.until = this.#clock.monotonic() + AWAY_MS;
      },
    };
  }

  /** A credential for the one login of the stream that a ticket was used for. It never leaves the server. */
  credentialOf(identity: Identity): string {
    const credential = this.#draw(32);
    this.#admitted.set(credential, identity);
    return credential;
  }

  /** Whom such a credential names; it is good once. */
  admit(credential: string): Authentication | undefined {
    const identity = this.#admitted.get(credential);
    this.#admitted.delete(credential);
    return identity && { ok: true, identity };
  }

  clear(): void {
    this.#tickets.clear();
    this.#admitted.clear();
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic();
    for (const [name, ticket] of this.#tickets) if (ticket.until <= now) this.#tickets.delete(name);
  }

  #draw(bytes: number): string {
    return Buffer.from(this.#random.bytes(bytes)).toString('base64url');
  }
}

function hash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}
