import type { Clock } from '../protocol/ports.ts';
import type { TokenSource } from './token-source.ts';

/** A credential is renewed when a fifth of its time is left, and a minute before its end at the earliest. */
const MOST_AHEAD_MS = 60_000;
/** Nothing is asked for more often than this. */
const LEAST_WAIT_MS = 1_000;
/** Browsers take no timers for months. */
const MOST_WAIT_MS = 24 * 3_600_000;

export type RenewalPorts = {
  readonly clock: Clock;
  readonly tokens: Pick<TokenSource, 'renew'>;
  /** The credential that the connection goes by. */
  readonly current: () => string;
  readonly send: (token: string) => void;
};

/** Gets a new credential before the one that a connection goes by ends. Without one the server says how it ended. */
export class Renewal {
  readonly #ports: RenewalPorts;
  /** By how much the server's clock is ahead of this device's. */
  #aheadMs = 0;
  #cancel: () => void = () => undefined;

  constructor(ports: RenewalPorts) {
    this.#ports = ports;
  }

  /** A welcome came, or the answer to a renewal, when this device's clock stood `at`. */
  saw({ expiresAt, now }: { readonly expiresAt?: number; readonly now?: number }, at: number): void {
    if (now !== undefined) this.#aheadMs = now - at;
    this.stop();
    if (expiresAt !== undefined) this.#wait(expiresAt);
  }

  stop(): void {
    this.#cancel();
  }

  #wait(expiresAt: number): void {
    const { clock } = this.#ports;
    const leftMs = expiresAt - this.#aheadMs - clock.now();
    const waitMs = Math.max(LEAST_WAIT_MS, leftMs * 0.8, leftMs - MOST_AHEAD_MS);
    if (leftMs <= 0) return;
    this.#cancel = clock.startTimer(Math.min(waitMs, MOST_WAIT_MS), () =>
      waitMs > MOST_WAIT_MS ? this.#wait(expiresAt) : void this.#renew(expiresAt),
    );
  }

  async #renew(expiresAt: number): Promise<void> {
    let isStopped = false;
    this.#cancel = () => (isStopped = true);
    const { tokens, current, send } = this.#ports;
    const token = await tokens.renew(current()).catch(() => undefined);
    if (isStopped) return;
    // Until `renewed` comes, or where there is no other credential yet, it is tried again as the end comes closer.
    this.#wait(expiresAt);
    if (token !== undefined) send(token);
  }
}
