import type { SessionStatus } from 'holdfast/client';

/** How long the server's word that it comes back is believed. */
const BELIEVED_MS = 30_000;

/**
 * Whether the server is away because it restarts. It says so once, when it goes; what the tries meanwhile run into, which
 * is that nobody answers, is part of a restart and no news.
 */
export class Restart {
  readonly #now: () => number;
  #until = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  see(status: SessionStatus): void {
    if (status.state !== 'waiting') this.#until = 0;
    else if (status.reason.code === 'shutting-down') this.#until = this.#now() + BELIEVED_MS;
  }

  get isUnderWay(): boolean {
    return this.#now() < this.#until;
  }
}
