import type { SessionId } from '../protocol/ids.ts';

/** Sessions that are woken at the same time: enough to keep the store busy, few enough that the first ones are soon done. */
const WAKES_MOST = 8;

type Waiting = { readonly work: () => Promise<void>; urgent: boolean };

/** Bounds how many sessions wake at a time. Those that people wait for go first, each kind in the order in which it came. */
export class WakeQueue {
  readonly #most: number;
  readonly #waiting = new Map<SessionId, Waiting>();
  #running = 0;

  constructor(most: number = WAKES_MOST) {
    this.#most = most;
  }

  /** Does the work when its turn comes; it must not reject. */
  add(id: SessionId, urgent: boolean, work: () => Promise<void>): void {
    this.#waiting.set(id, { work, urgent });
    this.#next();
  }

  /** Somebody waits for it now. */
  raise(id: SessionId): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) waiting.urgent = true;
  }

  #next(): void {
    while (this.#running < this.#most && this.#waiting.size > 0) {
      const found = [...this.#waiting].find(([, { urgent }]) => urgent) ?? this.#waiting.entries().next().value;
      if (found === undefined) return;
      const [id, { work }] = found;
      this.#waiting.delete(id);
      this.#running += 1;
      void work().finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }
}
