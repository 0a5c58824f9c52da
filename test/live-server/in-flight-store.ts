import { openSync, readFileSync, writeSync } from 'node:fs';
import type { AppendEntry, AppendResult, Store } from '../../src/store/store.ts';
import { PassingStore } from '../../src/testing/passing-store.ts';

/**
 * Passes everything on, and keeps the number of events that are handed to the store and not yet durable in a file: what a
 * process that was killed in between leaves there tells that a batch was in flight.
 */
export class InFlightStore extends PassingStore {
  readonly #file: number;
  #inFlight = 0;

  constructor(store: Store, path: string) {
    super(store);
    this.#file = openSync(path, 'w');
    this.#write(0);
  }

  override async append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    const count = entries.reduce((sum, entry) => sum + entry.events.length, 0);
    this.#write(count);
    try {
      return await super.append(entries);
    } finally {
      this.#write(-count);
    }
  }

  #write(change: number): void {
    this.#inFlight += change;
    writeSync(this.#file, String(this.#inFlight).padEnd(8), 0);
  }
}

export function readInFlight(path: string): number {
  return Number(readFileSync(path, 'utf8'));
}
