import { GroupMap } from '../protocol/group-map.ts';
import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { Connection } from './connection.ts';
import type { ConnectionState } from './lifecycle-states.ts';

/** Which connections: those for which everything given is true. */
export type ConnectionFilter = {
  readonly state?: ConnectionState | undefined;
  /** Id of the identity. */
  readonly identity?: string | undefined;
  readonly session?: SessionId | undefined;
  /** Kind of transport. */
  readonly transport?: string | undefined;
};

/** The connections of one identity by session: one person, or one bot, may be in very many sessions. */
type BySession<Who> = GroupMap<SessionId | undefined, Connection<Who>>;

/** Every connection, found by its id, by its session, by its identity, and by both of these. */
export class ConnectionIndex<Who extends { readonly id: string }> {
  readonly #byId = new Map<ConnectionId, Connection<Who>>();
  readonly #bySession = new GroupMap<SessionId, Connection<Who>>();
  /** Most identities have one connection. */
  readonly #byIdentity = new Map<string, Connection<Who> | BySession<Who>>();

  get(id: ConnectionId): Connection<Who> | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Connection<Who>> {
    return this.#byId.values();
  }

  find({ identity, session, state, transport }: ConnectionFilter): Connection<Who>[] {
    const found: Connection<Who>[] = [];
    for (const connection of this.#candidates(identity, session)) {
      if (state !== undefined && connection.lifecycle.state !== state) continue;
      if (transport === undefined || connection.transport === transport) found.push(connection);
    }
    return found;
  }

  #candidates(identity: string | undefined, session: SessionId | undefined): Iterable<Connection<Who>> {
    if (identity === undefined) return session === undefined ? this.all() : this.#bySession.of(session);
    const found = this.#byIdentity.get(identity);
    if (found instanceof GroupMap) return session === undefined ? found.values() : found.of(session);
    return found === undefined || (session !== undefined && found.session !== session) ? [] : [found];
  }

  add(connection: Connection<Who>): void {
    this.#byId.set(connection.id, connection);
  }

  /** Its login was accepted: its identity and session are known. */
  bind(connection: Connection<Who>): void {
    const { identity, session } = connection;
    if (session !== undefined) this.#bySession.add(session, connection);
    if (identity === undefined) return;
    const known = this.#byIdentity.get(identity.id);
    if (known === undefined || known === connection) return void this.#byIdentity.set(identity.id, connection);
    const all: BySession<Who> = known instanceof GroupMap ? known : new GroupMap();
    if (!(known instanceof GroupMap)) {
      all.add(known.session, known);
      this.#byIdentity.set(identity.id, all);
    }
    all.add(session, connection);
  }

  rename(connection: Connection<Who>, id: ConnectionId): void {
    this.#byId.delete(connection.id);
    connection.id = id;
    this.#byId.set(id, connection);
  }

  remove(connection: Connection<Who>): void {
    const { id, identity, session } = connection;
    if (this.#byId.get(id) === connection) this.#byId.delete(id);
    if (session !== undefined) this.#bySession.delete(session, connection);
    if (identity === undefined) return;
    const known = this.#byIdentity.get(identity.id);
    if (known instanceof GroupMap) known.delete(session, connection);
    if (known === connection || (known instanceof GroupMap && known.size === 0)) this.#byIdentity.delete(identity.id);
  }
}
