import type { Connection } from './connection.ts';

/** When the credentials of connections end, in wall-clock time: that is what those who issue them count in. */
export class Expiries<Who> {
  readonly #ends = new Map<Connection<Who>, number>();
  /** Nothing ends before this. */
  #next = Infinity;

  /** The credential that a connection goes by from now on. Undefined: it has no end. */
  set(connection: Connection<Who>, expiresAt: number | undefined): void {
    this.#ends.delete(connection);
    if (expiresAt === undefined) return;
    this.#ends.set(connection, expiresAt);
    this.#next = Math.min(this.#next, expiresAt);
  }

  forget(connection: Connection<Who>): void {
    this.#ends.delete(connection);
  }

  get(connection: Connection<Who>): number | undefined {
    return this.#ends.get(connection);
  }

  /** Takes out the connections whose credential has ended by `now`. */
  take(now: number): Connection<Who>[] {
    if (now < this.#next) return [];
    const over: Connection<Who>[] = [];
    this.#next = Infinity;
    for (const [connection, end] of this.#ends) {
      if (end <= now) over.push(connection);
      else this.#next = Math.min(this.#next, end);
    }
    for (const connection of over) this.#ends.delete(connection);
    return over;
  }
}
