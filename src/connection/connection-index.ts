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

type Connected<Who> = Set<Connection<Who>>;

/** Every connection, found by its id, by its session, by its identity, and by both of these. */
export class ConnectionIndex<Who extends { readonly id: string }> {
  readonly #byId = new Map<ConnectionId, Connection<Who>>();
  readonly #bySession = new Map<SessionId, Connected<Who>>();
  /** Of each identity by session: one person, or one bot, may be in very many sessions. */
  readonly #byIdentity = new Map<string, Map<SessionId | undefined, Connected<Who>>>();

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
    if (identity === undefined) return session === undefined ? this.all() : (this.#bySession.get(session) ?? []);
    const bySession = this.#byIdentity.get(identity);
    if (bySession === undefined) return [];
    return session === undefined ? together(bySession.values()) : (bySession.get(session) ?? []);
  }

  add(connection: Connection<Who>): void {
    this.#byId.set(connection.id, connection);
  }

  /** Its login was accepted: its identity and session are known. */
  bind(connection: Connection<Who>): void {
    const { identity, session } = connection;
    if (session !== undefined) put(this.#bySession, session, connection);
    if (identity === undefined) return;
    let bySession = this.#byIdentity.get(identity.id);
    if (bySession === undefined) this.#byIdentity.set(identity.id, (bySession = new Map()));
    put(bySession, session, connection);
  }

  rename(connection: Connection<Who>, id: ConnectionId): void {
    this.#byId.delete(connection.id);
    connection.id = id;
    this.#byId.set(id, connection);
  }

  remove(connection: Connection<Who>): void {
    const { id, identity, session } = connection;
    if (this.#byId.get(id) === connection) this.#byId.delete(id);
    if (session !== undefined) take(this.#bySession, session, connection);
    const bySession = identity === undefined ? undefined : this.#byIdentity.get(identity.id);
    if (identity === undefined || bySession === undefined) return;
    take(bySession, session, connection);
    if (bySession.size === 0) this.#byIdentity.delete(identity.id);
  }
}

function* together<Value>(sets: Iterable<Iterable<Value>>): Iterable<Value> {
  for (const set of sets) yield* set;
}

function put<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

function take<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}
