import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Clock } from '../protocol/ports.ts';
import { statusOf } from './lifecycle.ts';
import type { SessionLog } from './session-log.ts';
import { Timers, type TimersHost } from './timers.ts';
import { Ticker } from './timers-tick.ts';

/** What a session that moves by itself needs of the session around it. */
export type ByItselfHost = Omit<TimersHost, 'clock'> & {
  /** True while somebody is connected. */
  readonly isWatched: () => boolean;
  /** Runs the tick so many times as one event; false where it failed. */
  readonly tick: (times: number) => boolean;
  readonly pause: (reason: string) => void;
};

/** What happens in a session without anybody sending a command: its timers, and its tick. */
export class ByItself {
  readonly #timers: Timers;
  readonly #ticker: Ticker | undefined;

  constructor(log: SessionLog, clock: Clock, host: ByItselfHost) {
    this.#timers = new Timers(log, { ...host, clock });
    this.#ticker = tickerOf(log.definition.tick, log, clock, host);
  }

  /** Follows what the last event did. */
  follow(): void {
    this.#timers.rearm();
    this.#ticker?.follow();
  }

  /** True while the session has to stay in memory for its timers. */
  get holds(): boolean {
    return this.#timers.holds;
  }

  /** Nothing runs any more. */
  stop(): void {
    this.#timers.stop();
    this.#ticker?.stop();
  }
}

function tickerOf(tick: SessionDefinition['tick'], log: SessionLog, clock: Clock, host: ByItselfHost): Ticker | undefined {
  if (tick === undefined) return undefined;
  return new Ticker(tick, {
    clock,
    isPlayed: () => statusOf(log.tree) === 'active' && host.isWatched(),
    isBehind: () => log.durable < log.head || host.isFull(),
    run: host.tick,
    giveUp: () => host.pause('the tick keeps failing'),
  });
}
