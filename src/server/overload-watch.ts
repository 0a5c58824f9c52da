import type { Clock } from '../protocol/ports.ts';
import type { Sessions } from '../session/sessions.ts';
import { LoadReader, machineMemory } from './load-adapter.ts';
import type { Logger } from './logger-adapter.ts';
import { defaultOverload, Overload, overloadPolicy, type GivenOverload } from './overload.ts';

export type OverloadWatchOptions = {
  readonly given: GivenOverload;
  readonly clock: Clock;
  readonly sessions: () => Pick<Sessions, 'counts' | 'budgets'>;
  readonly logger: Logger;
};

/** Lets a running server look at itself from time to time. */
export class OverloadWatch {
  readonly overload: Overload;
  readonly #clock: Clock;
  readonly #reader = new LoadReader();
  #cancel: (() => void) | undefined;

  constructor({ given, clock, sessions, logger }: OverloadWatchOptions) {
    this.#clock = clock;
    this.overload = new Overload({
      policy: overloadPolicy(given, defaultOverload(machineMemory())),
      read: () => ({ ...this.#reader.read(), awakeSessions: sessions().counts().awake }),
      sleep: (count, prefer) => sessions().budgets.makeRoom(count, prefer),
      crossed: ({ budget: load, level, value, limit }) =>
        logger[level === 'hard' ? 'error' : 'warn']({ load, level, value, limit }, 'server load'),
    });
  }

  start(): void {
    this.#reader.start();
    this.#wait();
  }

  stop(): void {
    this.#cancel?.();
    this.#reader.stop();
  }

  #wait(): void {
    this.#cancel = this.#clock.startTimer(this.overload.policy.lookEveryMs, () => {
      this.overload.look();
      this.#wait();
    });
  }
}
