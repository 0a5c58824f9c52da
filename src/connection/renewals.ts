import { encodeFrame } from '../protocol/codec.ts';
import type { ConnectionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import { causeOf } from './cause.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { Expiries } from './expiries.ts';
import type { Peer } from './peer.ts';
import type { Authentication, SessionHost } from './session-delivery.ts';

export type RenewalsPorts = {
  readonly host: Pick<SessionHost, 'authenticate' | 'renew'>;
  readonly connections: Pick<Connections, 'drop' | 'fail'>;
  /** Sends a frame to one connection, at once. */
  readonly send: (connection: Connection, frame: string) => void;
};

/** Keeps connections no longer than the credentials that they go by, and takes new credentials on the way. */
export class Renewals {
  readonly #ports: RenewalsPorts;
  readonly #expiries = new Expiries<Identity>();
  /** The peer that each came from. */
  readonly #underWay = new Map<ConnectionId, Peer | undefined>();

  constructor(ports: RenewalsPorts) {
    this.#ports = ports;
  }

  /** A login was accepted with this credential. */
  begin(connection: Connection, identity: Identity): void {
    connection.identity = identity;
    this.#expiries.set(connection, identity.expiresAt);
  }

  /** Without a transport a connection needs no credential. */
  end(connection: Connection): void {
    this.#expiries.forget(connection);
    this.#underWay.delete(connection.id);
  }

  /** A new credential came. */
  renew(connection: Connection, token: string): void {
    const { connections, host } = this.#ports;
    const { peer, id } = connection;
    // One that came over a transport of before is none of this one's.
    if (this.#underWay.has(id) && this.#underWay.get(id) === peer)
      return connections.drop(connection, causeOf('bad-frame', 'One credential at a time: wait for `renewed`.'));
    this.#underWay.set(id, peer);
    host.authenticate(token).then(
      (answer) => {
        if (connection.peer !== peer) return;
        this.#underWay.delete(id);
        this.#settle(connection, answer);
      },
      (error: unknown) => (connection.peer === peer ? connections.fail(connection, error) : undefined),
    );
  }

  /** Ends the transports of connections whose credential has ended. Their places are kept: they may sign in again. */
  sweep(now: number): void {
    for (const connection of this.#expiries.take(now)) this.#ports.connections.drop(connection, causeOf('expired'));
  }

  #settle(connection: Connection, answer: Authentication): void {
    const { connections, host } = this.#ports;
    const { session } = connection;
    if (session === undefined) return;
    if (answer.ok) {
      const fault = faultIn(connection, answer.identity);
      if (fault !== undefined) return connections.drop(connection, causeOf('unauthenticated', fault));
      this.begin(connection, answer.identity);
    } else if (answer.code === undefined) {
      return connections.drop(connection, causeOf('unauthenticated', answer.message));
    }
    // Where nobody could tell, the credential of before goes on to its end, and the client may try again until then.
    const expiresAt = this.#expiries.get(connection);
    this.#ports.send(connection, encodeFrame({ t: 'renewed', ...(expiresAt === undefined ? {} : { expiresAt }) }));
    if (answer.ok) host.renew(session, connection.id, answer.identity);
  }
}

function faultIn({ identity, session }: Connection, renewed: Identity): string | undefined {
  if (identity?.id !== renewed.id) return 'The new credential is another person’s; a connection stays with whom it began.';
  if (renewed.guest !== undefined && renewed.guest.session !== session) return 'This guest’s token is for another session.';
  return undefined;
}
