import { openSync, readFileSync, writeSync } from 'node:fs';
import type { AppendEntry, AppendResult, CatalogueQuery, Store } from '../../src/store/store.ts';

/**
 * Passes everything on, and keeps the number of events that are handed to the store and not yet durable in a file: what a
 * process that was killed in between leaves there tells that a batch was in flight.
 */
export class InFlightStore implements Store {
  readonly #store: Store;
  readonly #file: number;
  #inFlight = 0;

  constructor(store: Store, path: string) {
    this.#store = store;
    this.#file = openSync(path, 'w');
    this.#write(0);
  }

  async append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    const count = entries.reduce((sum, entry) => sum + entry.events.length, 0);
    this.#write(count);
    try {
      return await this.#store.append(entries);
    } finally {
      this.#write(-count);
    }
  }

  open = (): ReturnType<Store['open']> => this.#store.open();
  close = (): Promise<void> => this.#store.close();
  claim: Store['claim'] = (session) => this.#store.claim(session);
  read: Store['read'] = (session, after, upTo) => this.#store.read(session, after, upTo);
  readSnapshot: Store['readSnapshot'] = (session, atMost) => this.#store.readSnapshot(session, atMost);
  list = (query: CatalogueQuery): ReturnType<Store['list']> => this.#store.list(query);
  get: Store['get'] = (session) => this.#store.get(session);
  probe = (): Promise<number> => this.#store.probe();

  #write(change: number): void {
    this.#inFlight += change;
    writeSync(this.#file, String(this.#inFlight).padEnd(8), 0);
  }
}

export function readInFlight(path: string): number {
  return Number(readFileSync(path, 'utf8'));
}
