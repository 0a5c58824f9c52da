import type { ConnectionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';

/** The places of connections that have lost their transport: each is kept for the reconnect window, then given up. */
export class ReconnectWindows {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #giveUp: (ids: readonly ConnectionId[]) => void;
  /** When each place is given up (monotonic). */
  readonly #until = new Map<ConnectionId, number>();
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, windowMs: number, giveUp: (ids: readonly ConnectionId[]) => void) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#giveUp = giveUp;
  }

  /** Places that are kept now. */
  get size(): number {
    return this.#until.size;
  }

  /** The window of this connection begins (again). */
  keep(id: ConnectionId): void {
    // All windows are of one length: the order in which they began is that in which they end.
    this.#until.delete(id);
    this.#until.set(id, this.#clock.monotonic() + this.#windowMs);
    this.#schedule();
  }

  /** The connection is back, or its place is gone. */
  forget(id: ConnectionId): void {
    this.#until.delete(id);
    if (this.#until.size === 0) this.#cancel();
  }

  /** No window ends any more. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    const [next] = this.#until.values();
    if (this.#cancelTimer !== undefined || next === undefined || this.#stopped) return;
    this.#cancelTimer = this.#clock.startTimer(Math.max(0, next - this.#clock.monotonic()), () => {
      this.#cancelTimer = undefined;
      const now = this.#clock.monotonic();
      const over = [...this.#until].filter(([, until]) => until <= now).map(([id]) => id);
      if (over.length > 0) this.#giveUp(over);
      this.#schedule();
    });
  }
}
