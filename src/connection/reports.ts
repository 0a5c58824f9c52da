import type { ConnectionId } from '../protocol/ids.ts';
import type { ConnectionEvent } from './connection-events.ts';

type Observer<Who> = (event: ConnectionEvent<Who>) => void;

/** Who wants to hear of the steps of all connections, or of one. */
export class Reports<Who> {
  readonly #ofAll = new Set<Observer<Who>>();
  readonly #ofOne = new Map<ConnectionId, Set<Observer<Who>>>();

  observe(observer: Observer<Who>, id?: ConnectionId): () => void {
    const observers = id === undefined ? this.#ofAll : this.#observersOf(id);
    observers.add(observer);
    return () => void observers.delete(observer);
  }

  report(event: ConnectionEvent<Who>): void {
    for (const observer of this.#ofAll) observer(event);
    if (this.#ofOne.size === 0) return;
    for (const observer of this.#ofOne.get(event.connection.id) ?? []) observer(event);
  }

  /** The connection is over. */
  forget(id: ConnectionId): void {
    this.#ofOne.delete(id);
  }

  #observersOf(id: ConnectionId): Set<Observer<Who>> {
    let observers = this.#ofOne.get(id);
    if (observers === undefined) this.#ofOne.set(id, (observers = new Set()));
    return observers;
  }
}
