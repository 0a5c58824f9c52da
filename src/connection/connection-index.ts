import type { ConnectionId, ParticipantId, SessionId } from '../protocol/ids.ts';
import { Audience } from './audience.ts';
import type { Connection } from './connection.ts';

/** Every open connection, found by its id, by its identity and by its session. */
export class ConnectionIndex {
  readonly #byId = new Map<ConnectionId, Connection>();
  readonly #byIdentity = new Map<ParticipantId, Set<Connection>>();
  readonly #bySession = new Map<SessionId, Audience>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: ConnectionId): Connection | undefined {
    return this.#byId.get(id);
  }

  all(): IterableIterator<Connection> {
    return this.#byId.values();
  }

  ofIdentity(id: ParticipantId): readonly Connection[] {
    return [...(this.#byIdentity.get(id) ?? [])];
  }

  audience(session: SessionId): Audience | undefined {
    return this.#bySession.get(session);
  }

  add(connection: Connection): void {
    this.#byId.set(connection.id, connection);
  }

  /** From now on the connection is found by its identity and its session too. */
  bind(connection: Connection, identity: ParticipantId, session: SessionId): void {
    const siblings = this.#byIdentity.get(identity);
    if (siblings === undefined) this.#byIdentity.set(identity, new Set([connection]));
    else siblings.add(connection);
    let audience = this.#bySession.get(session);
    if (audience === undefined) this.#bySession.set(session, (audience = new Audience()));
    audience.add(connection);
  }

  remove(connection: Connection): void {
    this.#byId.delete(connection.id);
    if (connection.status.state !== 'live') return;
    const { identity, session } = connection.status;
    const siblings = this.#byIdentity.get(identity.id);
    siblings?.delete(connection);
    if (siblings?.size === 0) this.#byIdentity.delete(identity.id);
    const audience = this.#bySession.get(session);
    audience?.remove(connection);
    if (audience?.connections.size === 0) this.#bySession.delete(session);
  }
}
