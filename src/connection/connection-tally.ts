import type { CloseReason, ConnectionCounts } from './connection-events.ts';
import type { ConnectionStatus } from './lifecycle-states.ts';

/** What has happened to connections, in numbers. */
export class ConnectionTally {
  #open = 0;
  #live = 0;
  #kept = 0;
  #openedTotal = 0;
  #framesReceivedTotal = 0;
  readonly #closedTotal: Partial<Record<CloseReason, number>> = {};

  /** Transports that have come and not ended. */
  get open(): number {
    return this.#open;
  }

  get live(): number {
    return this.#live;
  }

  /** A transport has come. The result is its number. */
  opened(): number {
    this.#open += 1;
    return (this.#openedTotal += 1);
  }

  received(): void {
    this.#framesReceivedTotal += 1;
  }

  changed(before: ConnectionStatus, after: ConnectionStatus): void {
    this.#live += Number(isLoggedIn(after)) - Number(isLoggedIn(before));
    this.#kept += Number(after.state === 'reconnecting') - Number(before.state === 'reconnecting');
  }

  /** A transport has ended. */
  closed(reason: CloseReason): void {
    this.#open -= 1;
    this.#closedTotal[reason] = (this.#closedTotal[reason] ?? 0) + 1;
  }

  counts(): Omit<ConnectionCounts, 'writesTotal' | 'turnedAwayTotal'> {
    return {
      open: this.#open,
      live: this.#live,
      kept: this.#kept,
      openedTotal: this.#openedTotal,
      framesReceivedTotal: this.#framesReceivedTotal,
      closedTotal: { ...this.#closedTotal },
    };
  }
}

function isLoggedIn({ state }: ConnectionStatus): boolean {
  return state === 'live' || state === 'suspect';
}
