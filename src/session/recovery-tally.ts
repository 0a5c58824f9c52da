import type { SessionEvent } from './session-event.ts';

/** What became of wakes and recoveries since the start, for operators. */
export type RecoveryCounts = {
  readonly woken: number;
  /** Milliseconds that all of them took together. */
  readonly wakingMs: number;
  /** Snapshots that were no good. */
  readonly snapshotsPassedOver: number;
  readonly wakesFailed: number;
  readonly crashed: number;
  readonly recovered: number;
};

/** Counts them as they are reported. */
export class RecoveryTally {
  readonly #counts: { -readonly [Name in keyof RecoveryCounts]: number } = {
    woken: 0,
    wakingMs: 0,
    snapshotsPassedOver: 0,
    wakesFailed: 0,
    crashed: 0,
    recovered: 0,
  };

  note(event: SessionEvent): void {
    const counts = this.#counts;
    if (event.kind === 'wake-failed') counts.wakesFailed += 1;
    else if (event.kind === 'crashed') counts.crashed += 1;
    else if (event.kind === 'recovered') counts.recovered += 1;
    else if (event.kind === 'woke') {
      counts.woken += 1;
      counts.wakingMs += event.tookMs;
      counts.snapshotsPassedOver += event.passedOver.length;
    }
  }

  counts(): RecoveryCounts {
    return { ...this.#counts, wakingMs: Math.round(this.#counts.wakingMs) };
  }
}
