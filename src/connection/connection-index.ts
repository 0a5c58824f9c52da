import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { Connection } from './connection.ts';

/** Every connection, found by its id, by its identity and by its session. */
export class ConnectionIndex<Who extends { readonly id: string }> {
  readonly #byId = new Map<ConnectionId, Connection<Who>>();
  readonly #byIdentity = new Map<string, Set<Connection<Who>>>();
  readonly #bySession = new Map<SessionId, Set<Connection<Who>>>();

  get(id: ConnectionId): Connection<Who> | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Connection<Who>> {
    return this.#byId.values();
  }

  ofIdentity(id: string): Iterable<Connection<Who>> {
    return this.#byIdentity.get(id) ?? [];
  }

  ofSession(session: SessionId): Iterable<Connection<Who>> {
    return this.#bySession.get(session) ?? [];
  }

  add(connection: Connection<Who>): void {
    this.#byId.set(connection.id, connection);
  }

  /** Its login was accepted: its identity and session are known. */
  bind(connection: Connection<Who>): void {
    if (connection.identity !== undefined) put(this.#byIdentity, connection.identity.id, connection);
    if (connection.session !== undefined) put(this.#bySession, connection.session, connection);
  }

  rename(connection: Connection<Who>, id: ConnectionId): void {
    this.#byId.delete(connection.id);
    connection.id = id;
    this.#byId.set(id, connection);
  }

  remove(connection: Connection<Who>): void {
    if (this.#byId.get(connection.id) === connection) this.#byId.delete(connection.id);
    if (connection.identity !== undefined) take(this.#byIdentity, connection.identity.id, connection);
    if (connection.session !== undefined) take(this.#bySession, connection.session, connection);
  }
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
