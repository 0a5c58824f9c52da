import type { Clock } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';

const PROBE_MS = 1_000;

/** Whether the disk has room: where it has none, game commands are refused until a real write with room to spare succeeds again. */
export class DiskRoom {
  readonly #store: Pick<Store, 'probe'>;
  readonly #clock: Pick<Clock, 'startTimer'>;
  readonly #changed: (full: boolean) => void;
  #isFull = false;
  #isStopped = false;
  #cancel: (() => void) | undefined;

  constructor(store: Pick<Store, 'probe'>, clock: Pick<Clock, 'startTimer'>, changed: (full: boolean) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#changed = changed;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** A write found no room. */
  ranOut(): void {
    if (this.#isFull) return;
    this.#set(true);
    this.#probeLater();
  }

  /** What is found from now on is left to the next start. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #set(full: boolean): void {
    this.#isFull = full;
    this.#changed(full);
  }

  #probeLater(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#clock.startTimer(PROBE_MS, () => {
      this.#store.probe().then(
        () => this.#set(false),
        () => this.#probeLater(),
      );
    });
  }
}
