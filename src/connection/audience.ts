import type { ViewId } from '../protocol/ports.ts';
import type { Connection } from './connection.ts';

/** The connections of one session, and which of them share a view. */
export class Audience {
  readonly connections = new Set<Connection>();
  readonly #views = new Map<ViewId, Set<Connection>>();

  add(connection: Connection): void {
    this.connections.add(connection);
  }

  remove(connection: Connection): void {
    this.show(connection, null);
    this.connections.delete(connection);
  }

  /** Gives a connection another view (null: none). */
  show(connection: Connection, view: ViewId | null): void {
    if (connection.view !== null) this.#leaveView(connection, connection.view);
    connection.view = view;
    if (view === null) return;
    const viewers = this.#views.get(view);
    if (viewers === undefined) this.#views.set(view, new Set([connection]));
    else viewers.add(connection);
  }

  viewers(view: ViewId): ReadonlySet<Connection> | undefined {
    return this.#views.get(view);
  }

  #leaveView(connection: Connection, view: ViewId): void {
    const viewers = this.#views.get(view);
    viewers?.delete(connection);
    if (viewers?.size === 0) this.#views.delete(view);
  }
}
